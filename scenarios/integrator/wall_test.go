package integrator_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

// counted is the wall clock with goroutines that can be waited for.
type counted struct {
	integrator.Wall
	wg *sync.WaitGroup
}

func (c counted) Go(f func()) { c.wg.Go(f) }

func TestManyCustomersAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	w := newWorld(t, func(w *world, c *integrator.Config) {
		c.Clock = counted{wg: &wg}
		w.encore = []http.HandlerFunc{says(200, noFillBody)}
	})
	const customers = 20
	var posts sync.WaitGroup
	for i := range customers {
		posts.Go(func() {
			for n := range 2 {
				text := strings.Replace(message(fmt.Sprintf("m%d", 100*i+n), "text", epoch), phone, fmt.Sprint(15014006000+i), 1)
				w.post(envelope(number, `"messages":[`+text+`]`), secret)
			}
		})
	}
	posts.Wait()
	wg.Wait()
	asked, replied := 0, 0
	for _, line := range w.play(nil) {
		switch {
		case strings.HasPrefix(line, "ask "):
			asked++
		case strings.HasPrefix(line, "reply "):
			replied++
		}
	}
	if asked != customers || replied != 2*customers {
		t.Errorf("Encore was asked %d times for %d replies, want %d and %d", asked, replied, customers, 2*customers)
	}
}

func TestWall(t *testing.T) {
	t.Parallel()
	var wall integrator.Wall
	before := wall.Now()
	if err := wall.Sleep(context.Background(), time.Millisecond); err != nil || wall.Now().Sub(before) < time.Millisecond {
		t.Errorf("sleep returned %v after %v", err, wall.Now().Sub(before))
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := wall.Sleep(gone, time.Hour); err == nil {
		t.Error("sleep with a cancelled context slept on")
	}
	fired := make(chan bool)
	wall.AfterFunc(0, func() { close(fired) })
	<-fired
	if stop := wall.AfterFunc(time.Hour, func() {}); !stop() {
		t.Error("a pending timer could not be stopped")
	}
}
