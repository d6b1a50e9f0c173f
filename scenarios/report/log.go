package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Log words a journal as it grows, one line an exchange. An exchange is told
// when it has ended; a customer's message already when it is on its way, so
// that it stands before what the integrator does about it, and again if it was
// not taken; a call that a fault holds up when it came, and again with what
// became of it. The zero value begins with nothing told. Not for concurrent use.
type Log struct {
	Text Text
	told map[int64]bool // customers' messages on their way, calls that are held up
	sent messages
}

// Lines words the changes of a journal, in the order in which
// sim.Workspace.Changes and the control API's stream give them.
func (l *Log) Lines(changed []sim.Entry) []string {
	var lines []string
	for _, e := range changed {
		if line := l.line(e); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *Log) line(e sim.Entry) string {
	s := sceneOf(e)
	if e.Ended == nil {
		if _, ok := noted[note.InboundMessage](s); !ok && !heldUp(e) || l.told[e.N] {
			return ""
		}
		if l.told == nil {
			l.told = map[int64]bool{}
		}
		l.told[e.N] = true
		return l.word(s, e)
	}
	told := l.told[e.N]
	delete(l.told, e.N)
	if told && !heldUp(e) && s.tell().trouble == "" {
		return ""
	}
	return l.word(s, e)
}

// word writes a line, with the customer since threads share the log.
func (l *Log) word(s scene, e sim.Entry) string {
	if l.sent == nil {
		l.sent = messages{}
	}
	l.sent.learn(s.notes)
	s.sent = l.sent
	_, who, _ := strings.Cut(e.Thread, ":")
	_, who, _ = strings.Cut(who, ":")
	return l.Text.scene(s, cmp.Or(who, s.recipient(), "-")) + "\n"
}

// heldUp tells a call whose answer a fault delays or never gives. Without a
// line it would look as if the call had not come.
func heldUp(e sim.Entry) bool {
	if e.Direction != sim.In || e.Fault == nil {
		return false
	}
	f, err := fault.Parse(e.Fault.Effect)
	return err == nil && (f.Hang || f.Latency != fault.Latency{} || f.Drip != fault.Drip{})
}

func sceneOf(e sim.Entry) scene {
	s := scene{
		n: e.N, at: e.At, vendor: title(e.Fake), out: e.Direction == sim.Out, notes: e.Notes,
		request: join(e.Request.Method, path(e)), flight: e.Ended == nil,
	}
	if e.Response != nil {
		s.status = e.Response.Status
	}
	if e.Fault != nil {
		s.fault = join(e.Fault.ID+":", e.Fault.Effect)
	} else if s.status >= 400 {
		s.refusal = reason(e)
	}
	if e.Ended != nil {
		s.outcome = e.Ended.Outcome
		s.notes = append(s.notes[:len(s.notes):len(s.notes)], e.Ended.Notes...)
	}
	return s
}

// path is a URL without its query, which may be long, and without the host of
// a vendor, which is named beside it.
func path(e sim.Entry) string {
	url, _, _ := strings.Cut(e.Request.URL, "?")
	if _, rest, hosted := strings.Cut(url, "://"); hosted && e.Direction == sim.In {
		_, at, _ := strings.Cut(rest, "/")
		return "/" + at
	}
	return url
}

// reason says why a request was refused: what does not fit the contract, else
// what the answer says.
func reason(e sim.Entry) string {
	if len(e.Problems) > 0 {
		return strings.Join(e.Problems, "; ")
	}
	var body struct {
		Error   json.RawMessage `json:"error"`
		Details []string        `json:"details"`
	}
	if json.Unmarshal(e.Response.Body, &body) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(body.Error, &text) == nil {
		return strings.Join(append([]string{text}, body.Details...), "; ")
	}
	var worded struct {
		Message string `json:"message"`
		Data    struct {
			Details string `json:"details"`
		} `json:"error_data"`
	}
	_ = json.Unmarshal(body.Error, &worded)
	return strings.Join(compact([]string{worded.Message, worded.Data.Details}), ": ")
}

// ReadEntry reads an exchange of the control API's journal, as sim.Entry is
// marshalled. Notes of a kind that this version does not know are left out.
func ReadEntry(data []byte) (sim.Entry, error) {
	type typed struct {
		Kind string          `json:"kind"`
		Data json.RawMessage `json:"data"`
	}
	var parts struct {
		Notes []typed `json:"notes"`
		Ended *struct {
			sim.Ended
			Notes []typed `json:"notes"`
		} `json:"ended"`
	}
	e := sim.Entry{Exchange: &sim.Exchange{}}
	if err := json.Unmarshal(data, e.Exchange); err != nil {
		return e, fmt.Errorf("an exchange of the journal cannot be read: %w", err)
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return e, fmt.Errorf("an exchange of the journal cannot be read: %w", err)
	}
	read := func(from []typed) (notes []sim.Note, err error) {
		for _, raw := range from {
			n, err := note.Decode(raw.Kind, raw.Data)
			if err != nil {
				return nil, fmt.Errorf("a note of exchange %d cannot be read: %w", e.N, err)
			}
			if n != nil {
				notes = append(notes, n)
			}
		}
		return notes, nil
	}
	var err error
	if e.Notes, err = read(parts.Notes); err != nil || parts.Ended == nil {
		return e, err
	}
	e.Ended = &parts.Ended.Ended
	e.Ended.Notes, err = read(parts.Ended.Notes)
	return e, err
}
