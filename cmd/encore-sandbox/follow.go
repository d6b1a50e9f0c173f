package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Pauses of the judge: after a change it waits for what belongs to it; with
// many threads judging takes time, of which it leaves nine parts in ten to
// others; and what must come is missed only when the time for it is over.
const (
	judgeAfter = 200 * time.Millisecond
	judgeShare = 10
	judgeLast  = rules.DefaultReplyBudget + time.Second
)

// perSecond is how many exchanges the log tells in a second. Nobody reads more,
// and under load the log must not cost what the calls need.
const perSecond = 200

// follower logs what is said in a workspace, and what is found.
type follower struct {
	sb    *scenarios.Sandbox
	ws    *sim.Workspace
	talk  *voice
	log   report.Log
	rev   int64
	known map[string]bool // findings that were told
	since time.Time       // when the current second of the log began
	told  int             // exchanges told in it
}

// follow logs the default workspace until the context ends.
func follow(ctx context.Context, sb *scenarios.Sandbox, talk *voice) {
	f := &follower{sb: sb, ws: sb.Default(), talk: talk, known: map[string]bool{}}
	f.log.Text.Color = talk.colored
	signal, stop := f.ws.Watch()
	defer stop()
	f.tell(ctx)
	alarm := &alarm{clock: clock.NewWall(0), rings: make(chan struct{}, 1)}
	defer alarm.stop()
	pause, changed := judgeAfter, false
	for {
		select {
		case <-signal:
			f.tell(ctx)
			alarm.within(pause)
			changed = true
		case <-alarm.rings:
			alarm.at = time.Time{}
			began := clock.Real()
			f.tell(ctx) // a finding comes after the lines that it is about
			f.judge(ctx)
			pause = max(judgeAfter, judgeShare*clock.Since(began))
			if changed {
				alarm.after(judgeLast)
			}
			changed = false
		case <-ctx.Done():
			return
		}
	}
}

// tell prints what has changed in the journal, as far as a reader can follow.
func (f *follower) tell(ctx context.Context) {
	f.breathe(ctx)
	changed, skipped, rev, err := f.ws.FirstChanges(ctx, f.rev, perSecond-f.told)
	if err != nil {
		return
	}
	f.rev = rev
	f.told += len(changed)
	for _, line := range f.log.Lines(changed) {
		f.talk.say(strings.TrimRight(line, "\n"))
	}
	if skipped > 0 {
		f.talk.say(fmt.Sprintf("… %d more; the journal has the newest: encore-sandbox journal", skipped))
	}
}

// breathe waits for the next second when enough was told in this one.
func (f *follower) breathe(ctx context.Context) {
	left := time.Second - clock.Since(f.since)
	if f.told >= perSecond && left > 0 {
		_ = clock.NewWall(0).Sleep(ctx, left)
	}
	if clock.Since(f.since) >= time.Second {
		f.since, f.told = clock.Real(), 0
	}
}

// judge prints the findings that are new.
func (f *follower) judge(ctx context.Context) {
	verdict, err := f.sb.Judge(ctx, f.ws)
	if err != nil {
		return
	}
	for _, finding := range verdict.Findings {
		if key := finding.Key(); !f.known[key] {
			f.known[key] = true
			f.talk.say(strings.TrimRight(f.log.Text.Found(finding), "\n"))
		}
	}
}

// alarm rings once for several calls of within.
type alarm struct {
	clock *clock.Wall
	rings chan struct{}
	at    time.Time // when it will ring; zero: not set
	undo  func() bool
}

// within lets the alarm ring after d, or sooner if it is set already.
func (a *alarm) within(d time.Duration) {
	if at := clock.Real().Add(d); a.at.IsZero() || at.Before(a.at) {
		a.after(d)
	}
}

// after sets the alarm anew.
func (a *alarm) after(d time.Duration) {
	a.stop()
	a.at = clock.Real().Add(d)
	a.undo = a.clock.AfterFunc(d, func() {
		select {
		case a.rings <- struct{}{}:
		default:
		}
	})
}

func (a *alarm) stop() {
	if a.undo != nil {
		a.undo()
	}
}
