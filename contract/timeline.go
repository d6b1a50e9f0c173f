package contract

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// maxLines is how much of a timeline a failure prints: its end.
const maxLines = 60

// line is one moment of a timeline.
type line struct {
	tick int64
	text string
}

// exchanges are those of a thread, or all with an empty one, after number n, in
// the order of their arrival.
func (s *Sandbox) exchanges(thread string, n int64) ([]sim.Entry, error) {
	entries, err := s.Workspace().Find(context.Background(), n+1, func(o sim.Outline) bool { return thread == "" || o.Thread == thread })
	slices.SortStableFunc(entries, func(a, b sim.Entry) int { return cmp.Compare(a.Tick, b.Tick) })
	return entries, err
}

// timeline words what happened in a thread, or everywhere with an empty one:
// exchange number, simulated time, what it was, how it ended.
func (s *Sandbox) timeline(thread string) string {
	entries, err := s.exchanges(thread, 0)
	if err != nil {
		return "    (the journal cannot be read: " + err.Error() + ")\n"
	}
	lines := s.advances(thread)
	for _, e := range entries {
		text := fmt.Sprintf("#%-3d %s  %s", e.N, stamp(e.At), told(e))
		if thread == "" && e.Thread != "" {
			text += "  [" + e.Thread + "]"
		}
		lines = append(lines, line{e.Tick, text})
	}
	return printed(lines)
}

func printed(lines []line) string {
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.tick, b.tick) })
	var out strings.Builder
	if len(lines) == 0 {
		out.WriteString("    nothing happened\n")
	}
	if more := len(lines) - maxLines; more > 0 {
		fmt.Fprintf(&out, "    … %d earlier lines\n", more)
		lines = lines[more:]
	}
	for _, l := range lines {
		out.WriteString("    " + l.text + "\n")
	}
	return out.String()
}

// advances are the moments at which the clock was moved.
func (s *Sandbox) advances(thread string) (lines []line) {
	threads := []string{thread}
	if thread == "" {
		all, _ := s.Workspace().Threads(context.Background())
		threads = nil
		for _, t := range all {
			threads = append(threads, t.ID)
		}
	}
	for _, id := range threads {
		events, _, _ := s.Workspace().Timeline(context.Background(), id)
		for _, e := range events {
			if n, ok := e.Note.(note.ClockAdvanced); ok {
				lines = append(lines, line{e.Tick, fmt.Sprintf("     %s  the clock went on by %v", stamp(e.At), n.By)})
			}
		}
	}
	return lines
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05.000") }

// told is an exchange on one line.
func told(e sim.Entry) string {
	name := e.Fake + "." + e.Operation
	if e.Operation == "" {
		name = e.Request.Method + " " + e.Request.URL
	}
	parts := []string{e.Direction + "  " + name}
	if what := content(e); what != "" {
		parts = append(parts, what)
	}
	parts = append(parts, ending(e))
	if e.Fault != nil {
		parts = append(parts, "fault "+e.Fault.Effect)
	}
	if len(e.Problems) > 0 {
		parts = append(parts, strings.Join(e.Problems, "; "))
	}
	return strings.Join(parts, ", ")
}

// content is what an exchange said.
func content(e sim.Entry) string {
	if all := observed(e); len(all) > 0 {
		o := all[0]
		text := string(o.Word)
		if o.Text != "" {
			text += " " + quoted(o.Text)
		}
		if o.Detail != "" {
			text += " (" + o.Detail + ")"
		}
		return text + noFill(e)
	}
	for _, n := range e.Notes {
		switch n := n.(type) {
		case note.InboundMessage:
			return "the customer wrote " + quoted(n.Text)
		case note.EventDelivered:
			return n.Event + " " + n.Status
		case note.DeliveryConfirmed:
			return "delivery confirmed"
		case note.OfferClicked:
			return "offer clicked"
		}
	}
	return ""
}

// noFill is why Encore had no offer.
func noFill(e sim.Entry) string {
	if decided, ok := Note[note.OfferDecided](e); ok && decided.NoFill != "" {
		return " (no offer: " + decided.NoFill + ")"
	}
	return ""
}

// ending says how an exchange was answered.
func ending(e sim.Entry) string {
	status, known := e.Status()
	switch {
	case !known:
		return "not answered yet"
	case status == 0 && e.Ended != nil && e.Direction == sim.Out:
		return "not delivered" + undelivered(e)
	case status == 0 && e.Ended == nil:
		return "no answer yet"
	case status == 0:
		return "no answer"
	case e.Ended == nil:
		return fmt.Sprintf("%d on its way", status)
	case e.Ended.Outcome != sim.Completed:
		return fmt.Sprintf("%d, %s", status, e.Ended.Outcome)
	}
	return fmt.Sprintf("%d", status)
}

func undelivered(e sim.Entry) string {
	for _, n := range e.Ended.Notes {
		if acked, ok := n.(note.WebhookAcked); ok && acked.Reason != "" {
			return ": " + acked.Reason
		}
	}
	return ""
}

func quoted(text string) string { return fmt.Sprintf("%q", shortened(text)) }

func shortened(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
