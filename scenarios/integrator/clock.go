package integrator

import (
	"context"
	"time"
)

// Clock is where the integrator's time and goroutines come from. [Wall] is the
// real one; a simulated one makes waits free, and can tell by Go, Sleep and
// AfterFunc whether anything is still running.
type Clock interface {
	// Now is the current time.
	Now() time.Time
	// Sleep returns after d, or earlier with the context's error.
	Sleep(ctx context.Context, d time.Duration) error
	// AfterFunc calls f once after d; stop prevents it and says whether it did.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
	// Go runs f in a goroutine of its own.
	Go(f func())
}
