package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

// Timeline words what happened in a thread, one line an exchange in order of
// arrival, with the thread's time and the exchange's number.
func (t Text) Timeline(e rules.Evidence) string {
	var b strings.Builder
	b.WriteString(t.paint(bold, e.Thread) + "\n")
	if e.Incomplete != "" {
		b.WriteString("  incomplete: " + e.Incomplete + "\n")
	}
	ids := messages{}
	all := scenes(e)
	for _, s := range all {
		s.sent = ids
		ids.learn(s.notes)
		b.WriteString("  " + t.elapsed(all[0], s) + t.scene(s, "") + "\n")
	}
	return b.String()
}

// elapsed is the real time since a timeline began, where that is wanted.
func (t Text) elapsed(first, s scene) string {
	if !t.Wall {
		return ""
	}
	return t.paint(dim, fmt.Sprintf("%+8.3fs  ", s.wall.Sub(first.wall).Seconds()))
}

// scenes puts the exchanges of a thread together again from its events.
func scenes(e rules.Evidence) []scene {
	events := slices.SortedStableFunc(slices.Values(e.Events), func(a, b sim.Event) int { return cmp.Compare(a.Tick, b.Tick) })
	vendor := vendorOf(e.Channel)
	at := map[int64]int{} // place of an exchange's scene
	var all []scene
	for _, event := range events {
		if passed, ok := event.Note.(note.ClockAdvanced); ok {
			all = append(all, scene{at: event.At, wall: event.Wall, notes: []sim.Note{passed}})
			continue
		}
		i, known := at[event.N]
		if !known {
			i, at[event.N] = len(all), len(all)
			all = append(all, scene{n: event.N, at: event.At, wall: event.Wall, vendor: vendor})
		}
		if event.Note != nil {
			all[i].notes = append(all[i].notes, event.Note)
		}
		all[i].outcome = cmp.Or(all[i].outcome, event.Outcome)
	}
	return all
}

// messages says of an outgoing message's id whether it was an offer or a
// reply, so that a status can be told in words.
type messages map[string]string

// mostMessages bounds what a log that runs for ever remembers.
const mostMessages = 10_000

func (m messages) learn(notes []sim.Note) {
	for _, n := range notes {
		sent, ok := n.(note.MessageSent)
		if !ok {
			continue
		}
		if len(m) >= mostMessages {
			clear(m)
		}
		m[sent.ID] = "reply"
		if sent.OfferLinks > 0 {
			m[sent.ID] = "offer"
		}
	}
}

// name is how a line speaks of a message.
func (m messages) name(id string) string {
	if id == "" {
		return ""
	}
	return cmp.Or(m[id], ending(id))
}

// vendorOf names who carries a channel's messages.
func vendorOf(channel string) string {
	switch channel {
	case "whatsapp", "instagram", "messenger":
		return "Meta"
	}
	return title(channel)
}

// title makes a name of a fake's or a channel's id.
func title(id string) string {
	if id == "" {
		return "sandbox"
	}
	return strings.ToUpper(id[:1]) + id[1:]
}

// scene writes one line. Who names the customer where several threads share a log.
func (t Text) scene(s scene, who string) string {
	d := s.tell()
	if d.pause != "" {
		return t.paint(dim, fmt.Sprintf("%s  %s", s.at.Format("15:04:05.000"), d.pause))
	}
	if who != "" {
		who = fmt.Sprintf("%-13s  ", who)
	}
	head := fmt.Sprintf("%s  %-5s  %s", s.at.Format("15:04:05.000"), fmt.Sprintf("#%d", s.n), who)
	line := t.paint(dim, head) + fmt.Sprintf("%-23s  ", d.from+" → "+d.to) + d.said
	if d.trouble != "" {
		line += t.paint(yellow, "  ["+d.trouble+"]")
	}
	return strings.TrimRight(line, " ")
}
