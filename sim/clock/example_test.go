package clock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// A vendor that never answers, and a client with a time limit of two seconds
// that retries after a minute: all of it in no time.
func ExampleVirtual() {
	c := clock.NewVirtual(time.Date(2025, 6, 2, 12, 0, 0, 0, time.UTC))
	call := func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer c.AfterFunc(2*time.Second, cancel)()
		err := c.Sleep(ctx, clock.Forever)
		fmt.Println(c.Now().Format(time.TimeOnly), err)
	}
	c.Run(func() {
		c.Go(func() {
			call()
			if err := c.Sleep(context.Background(), time.Minute); err == nil {
				call()
			}
		})
		c.Quiet(time.Hour)
		fmt.Println(c.Now().Format(time.TimeOnly), "quiet")
	})
	// Output:
	// 12:00:02 context canceled
	// 12:01:04 context canceled
	// 12:01:04 quiet
}
