package clock

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Virtual is a clock for programs that live in one process and wait for
// nothing but it. Such a program is driven by Run, and a day of it takes
// milliseconds.
//
// Who is busy: a goroutine started by Go, AfterFunc or Run holds a token from
// that call until its function returns, except while it is in Sleep, Quiet or
// Advance. Whoever wakes it gives it the token before letting go of its own,
// so there is no moment at which work is at hand and nobody is busy.
//
// Who runs: of the busy goroutines one, the one whose turn it is. It keeps the
// turn until it sleeps or ends; the others follow in the order in which they
// got their tokens. So nothing depends on the scheduler, not even the order of
// what happens at one moment, and the same program repeats itself exactly.
// What was done in a turn is visible to all later turns, without locks. (For
// that reason the race detector finds little here; run the same code on a Wall
// clock for it.)
//
// When time passes: when nobody is busy, and only while a Run is in progress.
// First, sleepers whose context is done get their tokens, in the order they
// fell asleep: time does not move before a cancellation has been noticed.
// Else, a Quiet whose horizon is free returns, the shortest horizon first, so
// that whoever waits for the end of everything comes last. Else, the clock jumps
// to the next timer, by due time, then by the order they were set, and gives it
// a token. A driver who holds its token therefore holds the time, and time
// passes only while all drivers are in Sleep, Quiet or Advance. Sleeping
// Forever is no timer.
//
// Who follows the rules: Sleep, Quiet and Advance are for goroutines that hold
// a token; Now, Go, AfterFunc and its stop are for anyone. A goroutine that
// waits for another one by a channel, a WaitGroup, or a mutex held across a
// Sleep keeps its turn and stops the world: wait by Sleep(ctx, Forever) and
// wake by cancelling ctx. A time limit is a cancel by AfterFunc, never
// context.WithTimeout, which counts real time.
type Virtual struct {
	mu      sync.Mutex // guards what follows
	now     time.Time
	drivers int      // Runs in progress
	taken   bool     // somebody has the turn
	ready   []func() // one for each token holder who waits for its turn: gives it the turn
	pending queue
	quiet   []quiet // those who wait in Quiet, the shortest horizon first
	fired   int     // timers and sleeps that came due so far
}

// quiet is a goroutine that waits in Quiet.
type quiet struct {
	horizon time.Duration
	resume  func()
}

// NewVirtual returns a clock that stands at start until it is driven by Run.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start.Round(0).UTC()} }

// Run calls f on this goroutine, with a token, and makes time pass whenever
// nobody is busy. It returns when f has returned and everything else that could
// still run at that moment has run, as by Quiet(0): afterwards nothing moves,
// later timers stay pending, and the state may be looked at. A token holder
// must not call it.
func (v *Virtual) Run(f func()) {
	turn := make(chan struct{})
	v.mu.Lock()
	v.drivers++
	v.queueUp(func() { close(turn) })
	v.mu.Unlock()
	<-turn
	defer v.leave()
	f()
	v.Quiet(0)
}

// leave ends a Run, even one whose function panicked.
func (v *Virtual) leave() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drivers--
	v.release()
}

// Now implements Clock. It changes only between turns.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Go implements Clock: f is busy from now on and runs when its turn comes.
func (v *Virtual) Go(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queueUp(func() { go v.work(f) })
}

// AfterFunc implements Clock. A duration of zero or less lets everyone who is
// busy go first.
func (v *Virtual) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.pending.add(v.now, d, func() { go v.work(f) })
	v.handOn()
	return func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.pending.remove(t)
	}
}

// work is the life of a goroutine that was given the turn to run f.
func (v *Virtual) work(f func()) {
	defer v.giveUp()
	f()
}

// giveUp returns token and turn.
func (v *Virtual) giveUp() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.release()
}

// Sleep implements Clock. A duration of zero or less lets everyone else who
// can run at this moment go first. It panics when nobody holds a token.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := make(chan struct{})
	t := v.lieDown(ctx, d, func() { close(turn) })
	select {
	case <-turn:
	case <-ctx.Done():
		v.nudge()
		<-turn
	}
	return t.err
}

// lieDown puts the caller to sleep as far as the clock is concerned.
func (v *Virtual) lieDown(ctx context.Context, d time.Duration, wake func()) *timer {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mustBeTaken("Sleep")
	t := v.pending.add(v.now, d, wake)
	if ctx.Done() != nil {
		t.ctx = ctx
	}
	v.release()
	return t
}

// nudge has a cancellation noticed if the clock is at rest. If somebody is
// busy it does nothing: the end of that turn will notice, at a point that does
// not depend on how soon this goroutine did.
func (v *Virtual) nudge() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.handOn()
}

// Advance implements Clock. It is a Sleep that counts what comes due meanwhile
// (itself excepted), and a Quiet(0), so that what is due at its very end has run
// too. It panics when nobody holds a token.
func (v *Virtual) Advance(d time.Duration) (fired int, err error) {
	if err := checkForward(d); err != nil {
		return 0, err
	}
	before := v.firedSoFar()
	if err := v.Sleep(context.Background(), d); err != nil {
		return 0, err
	}
	v.Quiet(0)
	return v.firedSoFar() - before - 1, nil
}

// firedSoFar counts the timers and sleeps that came due.
func (v *Virtual) firedSoFar() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.fired
}

// Quiet gives up the caller's token, lets everything else run, and returns with
// the token when nobody is busy and no timer is due within horizon of that
// moment. Timers within the horizon are jumped to, and each that fires starts
// the horizon anew; later ones stay pending, and time does not pass them. So Now
// is afterwards the moment at which something last ran. When only Forever
// sleepers are left, or nothing, it returns too. With Forever as horizon it
// returns when no timer is left at all; a timer that sets itself anew within the
// horizon keeps it from ever returning. It panics when nobody holds a token.
func (v *Virtual) Quiet(horizon time.Duration) {
	turn := make(chan struct{})
	v.await(quiet{horizon, func() { close(turn) }})
	<-turn
}

// await enters q among those who wait for quiet, in place of the caller.
func (v *Virtual) await(q quiet) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mustBeTaken("Quiet")
	v.quiet = append(v.quiet, q)
	slices.SortStableFunc(v.quiet, func(a, b quiet) int { return cmp.Compare(a.horizon, b.horizon) })
	v.release()
}

// mustBeTaken stops a caller who surely holds no token: there is none out.
func (v *Virtual) mustBeTaken(method string) {
	if !v.taken {
		panic("clock: " + method + " on a Virtual clock by a goroutine it does not know; drive the program by Run and start goroutines by Go")
	}
}

// queueUp gives a token to whoever turn starts or resumes. The lock is held.
func (v *Virtual) queueUp(turn func()) {
	v.ready = append(v.ready, turn)
	v.handOn()
}

// release takes the turn back and hands it on. The lock is held.
func (v *Virtual) release() {
	v.taken = false
	v.handOn()
}

// handOn gives the turn, if nobody has it, to the next token holder; when there
// is none, it wakes somebody as described at Virtual. The lock is held.
func (v *Virtual) handOn() {
	if v.taken {
		return
	}
	if len(v.ready) == 0 {
		v.wakeCancelled()
	}
	if len(v.ready) == 0 {
		v.wakeNext()
	}
	if len(v.ready) == 0 {
		return
	}
	turn := v.ready[0]
	v.ready = v.ready[1:]
	v.taken = true
	turn()
}

// wakeCancelled gives tokens to all sleepers whose context is done. It asks
// the contexts themselves, since Err is set before cancel returns, while Done
// reaches the sleeping goroutine only some time later.
func (v *Virtual) wakeCancelled() {
	var gone []*timer
	for _, t := range v.pending.heap {
		if t.ctx == nil {
			continue
		}
		if err := t.ctx.Err(); err != nil {
			t.err = err
			gone = append(gone, t)
		}
	}
	slices.SortFunc(gone, func(a, b *timer) int { return cmp.Compare(a.seq, b.seq) })
	for _, t := range gone {
		v.pending.remove(t)
		v.ready = append(v.ready, t.fire)
	}
}

// wakeNext gives a token to the Quiet with the shortest horizon, if that is
// free (if not, no other is), or else jumps to the next timer and gives it one.
func (v *Virtual) wakeNext() {
	if v.drivers == 0 {
		return
	}
	t := v.pending.next()
	if len(v.quiet) > 0 && (t == nil || t.due.Sub(v.now) > v.quiet[0].horizon) {
		v.ready = append(v.ready, v.quiet[0].resume)
		v.quiet = v.quiet[1:]
		return
	}
	if t == nil {
		return
	}
	v.pending.remove(t)
	v.now = t.due
	v.fired++
	v.ready = append(v.ready, t.fire)
}
