package scenarios

import (
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

// A customer who has not written yet does not stop the others' time.
func TestWaitPassesInEveryThread(t *testing.T) {
	t.Parallel()
	sb, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	ws := sb.Default()
	ws.SetWebhook("", sim.Target{URL: "http://127.0.0.1:1/", Transport: sim.Transport{Handler: sb}})
	sent, err := ws.Write(t.Context(), sim.CustomerMessage{From: "15014005001", Text: "Hi"})
	if err != nil {
		t.Fatal(err)
	}
	p := &player{ws: ws, since: map[string]time.Time{}, order: []string{"unheard", "known"}, actors: map[string]sim.Customer{
		"unheard": {Thread: "whatsapp:106540352242922:15014005002"}, "known": {Thread: sent.Thread},
	}}
	if err := p.wait(t.Context(), story.Wait{Extra: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if thread, _, err := ws.Thread(t.Context(), sent.Thread); err != nil || thread.Offset != time.Hour {
		t.Errorf("the known thread is %v ahead (%v), want 1h", thread.Offset, err)
	}
}
