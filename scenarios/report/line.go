package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

// Line is an exchange in the words of terminal and diagrams, or time that
// passed between two, for those who draw it themselves.
type Line struct {
	N         int64     `json:"n"`           // of the exchange; 0 for time that passed
	Tick      int64     `json:"tick,string"` // order over all lines
	At        time.Time `json:"at"`          // simulated time
	Thread    string    `json:"thread,omitempty"`
	Operation string    `json:"operation,omitempty"` // fake.operation
	Out       bool      `json:"out,omitempty"`       // a webhook
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	Said      string    `json:"said,omitempty"`
	Trouble   string    `json:"trouble,omitempty"` // why it did not go well
	Pause     string    `json:"pause,omitempty"`   // instead of all that: time that passed
	Kind      string    `json:"kind,omitempty"`    // offer, reply, ask or hook: what it is for
	Status    int       `json:"status,omitempty"`  // of the answer
	Fault     string    `json:"fault,omitempty"`   // that struck, by id
	Flight    bool      `json:"flight,omitempty"`  // it has not ended
	Broken    bool      `json:"broken,omitempty"`  // it ended without an answer
}

// Lines words exchanges in order of arrival. Passed are events of the thread
// that they belong to, of which those that are about time are told between them.
func Lines(entries []sim.Entry, passed []sim.Event) []Line {
	lines := []Line{}
	ids := messages{}
	for _, e := range entries {
		s := sceneOf(e)
		ids.learn(s.notes)
		s.sent = ids
		lines = append(lines, lineOf(e, s))
	}
	for _, p := range passed {
		if by, ok := p.Note.(note.ClockAdvanced); ok {
			lines = append(lines, Line{Tick: p.Tick, At: p.At, Pause: short(by.By)})
		}
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(a.Tick, b.Tick) })
	return lines
}

func lineOf(e sim.Entry, s scene) Line {
	l := s.line()
	l.Tick, l.Thread, l.Operation, l.Flight = e.Tick, e.Thread, e.Fake+"."+e.Operation, s.flight
	if e.Fault != nil {
		l.Fault = e.Fault.ID
	}
	l.Broken = !s.flight && (l.Status == 0 || e.Ended.Outcome == sim.Cut || e.Ended.Outcome == sim.Aborted)
	return l
}

// LinesOf words the timeline of a thread, which knows less than the journal.
func LinesOf(e rules.Evidence) []Line {
	lines := []Line{}
	ids := messages{}
	for i, s := range scenes(e) {
		ids.learn(s.notes)
		s.sent = ids
		l := s.line()
		l.Tick, l.Thread, l.Fault, l.Broken = int64(i), e.Thread, s.struck(), s.unanswered()
		if l.Pause != "" {
			l = Line{Tick: l.Tick, At: l.At, Pause: strings.TrimSuffix(strings.TrimPrefix(l.Pause, "… "), " pass")}
		}
		lines = append(lines, l)
	}
	return lines
}

// line is what both have in common.
func (s scene) line() Line {
	told := s.tell()
	l := Line{
		N: s.n, At: s.at, Out: s.out, From: told.from, To: told.to, Said: told.said, Trouble: told.trouble,
		Pause: told.pause, Kind: kind(s), Status: s.status,
	}
	if ack, ok := noted[note.WebhookAcked](s); ok {
		l.Status = ack.Status
	}
	return l
}

// unanswered tells an exchange whose answer did not arrive.
func (s scene) unanswered() bool {
	answered, asked := noted[note.OfferAnswered](s)
	acked, hooked := noted[note.WebhookAcked](s)
	return asked && !answered.Complete || hooked && acked.Status == 0
}

// Brief is what a list says of a conversation.
type Brief struct {
	From   string    `json:"from"` // customer or integrator: who said the last thing
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`   // message, offer, reply or refused
	Offers int       `json:"offers"` // that the provider accepted
}

// BriefOf sums up a thread's events.
func BriefOf(events []sim.Event) Brief {
	var b Brief
	for _, e := range events {
		switch n := e.Note.(type) {
		case note.InboundMessage:
			b.say(theCustomer, "message", cmp.Or(n.Text, n.NotAnInbound), e.At)
		case note.MessageSent:
			kind := "reply"
			if n.OfferLinks > 0 {
				kind = "offer"
				b.Offers++
			}
			b.say(theIntegrator, kind, cmp.Or(n.Content.Text, n.Type), e.At)
		case note.SendRefused:
			b.say(theIntegrator, "refused", join(strconv.Itoa(n.Status), code(n.Code)), e.At)
		}
	}
	return b
}

func (b *Brief) say(from, kind, text string, at time.Time) {
	b.From, b.Kind, b.Text, b.At = from, kind, text, at
}
