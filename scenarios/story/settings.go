package story

import (
	"fmt"
	"time"
)

// DefaultIdleGap is how long a customer must have been quiet for the next
// message to count as re-engagement, when nobody says otherwise (the Encore
// integration guide leaves it at "some hours or days").
const DefaultIdleGap = 24 * time.Hour

// Settings is how the integrator under test is configured, as far as stories
// depend on it.
type Settings struct {
	Cap     int           // offers per thread; 0: it never calls Encore
	IdleGap time.Duration // 0: DefaultIdleGap
	// MaxExtra bounds how far a relative wait goes beyond or stays below the
	// idle gap. Where waits pass in real time it keeps `idle + 2h` playable.
	// 0: as written.
	MaxExtra time.Duration
	// MaxWait is the longest wait that can be played, for waits that pass in real
	// time. 0: any.
	MaxWait   time.Duration
	Operators int // businesses that it answers for; 0: any number
	// Reply is the text of the normal reply, or of its first message, where it is known.
	Reply string
}

// Fit gives the settings of an integrator that the story can be played with,
// as near to these as its needs allow.
func (s *Story) Fit(set Settings) Settings {
	if need := s.Needs.Cap; need != nil {
		set.Cap = max(set.Cap, need.Min)
		if need.Max != Unbounded {
			set.Cap = min(set.Cap, need.Max)
		}
	}
	if s.Needs.Reply != "" {
		set.Reply = s.Needs.Reply
	}
	return set
}

func (s Settings) idleGap() time.Duration {
	if s.IdleGap == 0 {
		return DefaultIdleGap
	}
	return s.IdleGap
}

func (s Settings) limit(extra time.Duration) time.Duration {
	if s.MaxExtra == 0 {
		return extra
	}
	return max(-s.MaxExtra, min(extra, s.MaxExtra))
}

// Playable gives the reason why the story makes no sense with an integrator
// so configured, like "integrator has cap 3", or "" when it can be played.
func (s *Story) Playable(set Settings) (reason string) {
	if need := s.Needs.Cap; need != nil && !need.Contains(set.Cap) {
		return fmt.Sprintf("integrator has cap %d", set.Cap)
	}
	if s.Needs.Reply != "" && s.Needs.Reply != set.Reply {
		return "integrator has another reply than the story needs"
	}
	return stepsPlayable(s.Steps, set)
}

func stepsPlayable(steps []Step, set Settings) string {
	for _, step := range steps {
		if reason := stepPlayable(step, set); reason != "" {
			return reason
		}
	}
	return ""
}

func stepPlayable(step Step, set Settings) string {
	switch {
	case set.Operators > 0 && step.Operator > set.Operators:
		return fmt.Sprintf("integrator answers for %d operator(s), as far as operators in sandbox.yaml say", set.Operators)
	case step.Wait != nil:
		return waitPlayable("wait", *step.Wait, set)
	case step.Repeat != nil:
		if step.Repeat.Times.Resolve(set) < 0 {
			return fmt.Sprintf("integrator has cap %d, too low for repeat: %s", set.Cap, step.Repeat.Times)
		}
		return stepsPlayable(step.Repeat.Steps, set)
	case step.Given != nil:
		return givenPlayable(*step.Given, set)
	case step.Deliver != nil && step.Deliver.Late != nil:
		return waitPlayable("late", *step.Deliver.Late, set)
	}
	return ""
}

func givenPlayable(g Given, set Settings) string {
	switch n := g.Offers.Resolve(set); {
	case n < 0:
		return fmt.Sprintf("integrator has cap %d, too low for offers: %s", set.Cap, g.Offers)
	case n > set.Cap:
		return fmt.Sprintf("integrator has cap %d, too low for %d earlier offers", set.Cap, n)
	case g.Quiet != nil:
		return waitPlayable("quiet", *g.Quiet, set)
	}
	return ""
}

func waitPlayable(key string, w Wait, set Settings) string {
	switch d := w.Resolve(set); {
	case d > 0 && set.MaxWait > 0 && d > set.MaxWait:
		return fmt.Sprintf("%s: %s is %s of real time, and at most %s are waited for", key, w, formatDuration(d), formatDuration(set.MaxWait))
	case d > 0:
		return ""
	}
	return fmt.Sprintf("integrator has idle gap %s, too short for %s: %s", formatDuration(set.idleGap()), key, w)
}

// Turn is a step in playing order. Round counts the rounds of the innermost
// repeat around it from 1; it is 0 outside every repeat.
type Turn struct {
	Step  Step
	Round int
}

// Plan unrolls every repeat for an integrator so configured. No Step of the
// result has Repeat set.
func (s *Story) Plan(set Settings) []Turn { return plan(nil, s.Steps, 0, set) }

func plan(turns []Turn, steps []Step, round int, set Settings) []Turn {
	for _, step := range steps {
		if step.Repeat == nil {
			turns = append(turns, Turn{Step: step, Round: round})
			continue
		}
		for n := range max(0, step.Repeat.Times.Resolve(set)) {
			turns = plan(turns, step.Repeat.Steps, n+1, set)
		}
	}
	return turns
}
