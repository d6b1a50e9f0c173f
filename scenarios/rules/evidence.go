package rules

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// Defaults of Settings.
const (
	// DefaultCap is how many offers a thread may get (the guide's example).
	DefaultCap = 3
	// DefaultIdleGap is the silence after which a customer counts as returning.
	DefaultIdleGap = 24 * time.Hour
	// DefaultReplyBudget is how long a reply may take when Encore is in trouble:
	// 6.2 s of documented backoff, four attempts of 2 s, and a margin.
	DefaultReplyBudget = 15 * time.Second
)

// Settings is what the integrator was configured with, as far as judging
// depends on it. Of the zero value only Cap has a meaning of its own: a cap of
// 0 means that no offer may be asked for.
type Settings struct {
	Cap         int           // offers per thread
	IdleGap     time.Duration // 0: DefaultIdleGap
	ReplyBudget time.Duration // 0: DefaultReplyBudget
	// Reply is the normal reply, one element a message, learnt by LearnReply
	// or configured. Nil means unknown: then a reply must only be there, not
	// empty and free of Encore links.
	Reply []ReplyText
	// Live says that the traffic is an integrator's in production: what reaches
	// Encore's own host then has a live key.
	Live bool
	// Operator names the business, so that its accounts on several channels
	// can be told to be one. Empty means unknown.
	Operator string
}

// ReplyText is one message of the normal reply.
type ReplyText struct {
	Text   string
	Varies bool // the text differs from one reply to the next and is not compared
}

// DefaultSettings is what the sandbox assumes of an integrator that says nothing.
func DefaultSettings() Settings {
	return Settings{Cap: DefaultCap, IdleGap: DefaultIdleGap, ReplyBudget: DefaultReplyBudget}
}

// LearnReply makes a baseline of the replies to two plain messages. Texts on
// which both agree must not change; the others vary. Replies of different
// length teach nothing: the baseline stays unknown.
func LearnReply(first, second []note.Content) []ReplyText {
	if len(first) != len(second) || len(first) == 0 {
		return nil
	}
	reply := make([]ReplyText, len(first))
	for i := range first {
		if a, b := first[i].Text, second[i].Text; a == b && a != "" {
			reply[i].Text = a
		} else {
			reply[i].Varies = true
		}
	}
	return reply
}

// Evidence is one thread as far as it was observed.
type Evidence struct {
	Thread  string // channel:account:customer; empty: what no thread can claim, for JudgeRun alone
	Channel string // empty: the first part of Thread
	// Events is the timeline: the notes of all exchanges of the thread and
	// their end records, in any order.
	Events []sim.Event
	// Now is the thread's time at which the evidence was taken. Zero means
	// unknown: then nothing is judged for being absent unless Closed.
	Now time.Time
	// Closed says that nothing will follow.
	Closed bool
	// Incomplete is why the timeline has no head ("older exchanges were
	// dropped", "no message from this sandbox"), or empty.
	Incomplete string
	// Headless says that what was before the first event is not known, and what
	// came after is: whether a message was the thread's first, and how many offers
	// there had been, is then left open.
	Headless bool
	Settings
}

// Moment is a point of a timeline: Tick orders, At measures.
type Moment struct {
	Tick int64
	At   time.Time // thread time
}

// Elapsed is the time that really passed between two moments: the difference
// of thread time minus the advances of the clock in between. It is never
// negative.
func (e *Evidence) Elapsed(from, to Moment) time.Duration {
	d := to.At.Sub(from.At)
	for _, event := range e.Events {
		advance, ok := event.Note.(note.ClockAdvanced)
		if ok && from.Tick < event.Tick && event.Tick <= to.Tick && e.concerns(advance) {
			d -= advance.By
		}
	}
	return max(d, 0)
}

// advanced tells whether the clock was advanced between two moments.
func (e *Evidence) advanced(from, to Moment) bool {
	return slices.ContainsFunc(e.Events, func(event sim.Event) bool {
		advance, ok := event.Note.(note.ClockAdvanced)
		return ok && from.Tick < event.Tick && event.Tick <= to.Tick && e.concerns(advance)
	})
}

// concerns tells whether an advance moved this thread: its own, or the whole workspace.
func (e *Evidence) concerns(advance note.ClockAdvanced) bool {
	return advance.Thread == "" || advance.Thread == e.Thread
}

// now is the moment after everything observed.
func (e *Evidence) now() Moment { return Moment{Tick: math.MaxInt64, At: e.Now} }

// spent tells whether what was due since a moment may be called absent.
func (e *Evidence) spent(since Moment) bool {
	return e.Closed || !e.Now.IsZero() && e.Elapsed(since, e.now()) > e.ReplyBudget
}

// part returns one part of the thread id: 0 channel, 1 account, 2 customer.
func (e *Evidence) part(i int) string {
	parts := strings.SplitN(e.Thread, ":", 3)
	if i < len(parts) {
		return parts[i]
	}
	return ""
}

func (e *Evidence) account() string  { return e.part(1) }
func (e *Evidence) customer() string { return e.part(2) }

// platform is what Encore calls the thread's channel.
func (e *Evidence) platform() string {
	switch e.Channel {
	case "messenger":
		return "facebook"
	case "instagram":
		return "instagram"
	default: // WhatsApp itself and the providers that carry it
		return "whatsapp"
	}
}

// withDefaults fills what was left at zero.
func (e Evidence) withDefaults() Evidence {
	e.Channel = cmp.Or(e.Channel, e.part(0))
	e.IdleGap = cmp.Or(e.IdleGap, DefaultIdleGap)
	e.ReplyBudget = cmp.Or(e.ReplyBudget, DefaultReplyBudget)
	return e
}
