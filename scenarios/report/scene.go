package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// scene is one exchange as far as a line of text can tell of it: from a
// timeline its notes alone, from the journal the request too.
type scene struct {
	n       int64
	at      time.Time // in the thread's time
	wall    time.Time // of the machine
	vendor  string    // who carries the messages, or whose API was called
	out     bool      // a webhook
	request string    // "POST /path", where known
	flight  bool      // its answer is not out yet
	status  int
	fault   string
	refusal string // why the request was not taken
	notes   []sim.Note
	outcome string
	sent    messages // that statuses may be about; may be nil
}

// deed says who spoke to whom, and what.
type deed struct {
	from, to string
	said     string
	trouble  string // why it did not go well
	pause    string // instead of all that: time that passed
}

// Parties of a conversation besides the vendors that carry it.
const (
	theCustomer   = "customer"
	theIntegrator = "integrator"
	theEncore     = "Encore"
	theAdvertiser = "Advertiser"
)

// tell words a scene by its most telling note.
func (s scene) tell() deed {
	for _, n := range s.notes {
		if d, ok := s.about(n); ok {
			d.trouble = s.trouble(d.trouble)
			return d
		}
	}
	d := deed{from: theIntegrator, to: s.vendor, said: s.request}
	switch {
	case s.out:
		d.from, d.to = s.vendor, theIntegrator
	case s.vendor == theAdvertiser:
		d.from = theCustomer // who looks at a picture or visits the page
	}
	if s.status != 0 {
		d.said += " " + strconv.Itoa(s.status)
	}
	d.trouble = s.trouble("")
	return d
}

// about words one note; not every note makes a line.
func (s scene) about(n sim.Note) (deed, bool) {
	switch n := n.(type) {
	case note.InboundMessage:
		return deed{from: theCustomer, to: theIntegrator, said: inbound(n)}, true
	case note.StatusDelivered:
		return deed{from: s.vendor, to: theIntegrator, said: join(s.sent.name(n.MessageID), n.Status, code(n.Code))}, true
	case note.EventDelivered:
		return deed{from: s.vendor, to: theIntegrator, said: s.event(n)}, true
	case note.OfferRequested:
		return deed{from: theIntegrator, to: theEncore, said: "offersMessage " + s.answer()}, true
	case note.MessageSent:
		return deed{from: theIntegrator, to: s.vendor, said: message(n.Outgoing)}, true
	case note.SendRefused:
		return deed{from: theIntegrator, to: s.vendor, said: message(n.Outgoing), trouble: refused(n)}, true
	case note.DeliveryConfirmed:
		return deed{from: theIntegrator, to: theEncore, said: "delivery confirmed " + strconv.Itoa(n.Status)}, true
	case note.OfferClicked:
		return deed{from: theCustomer, to: theEncore, said: "offer clicked"}, true
	case note.OptedOut:
		return deed{from: theCustomer, to: theIntegrator, said: "opted out"}, true
	case note.StrayCall:
		return s.stray(n), true
	case note.ClockAdvanced:
		return deed{pause: "… " + short(n.By) + " pass"}, true
	}
	return deed{}, false
}

// stray words a call that no operation takes. A vendor that knew its host or
// path answers itself; in the place of everybody else the sandbox does, and
// then the host says whom the integrator was looking for.
func (s scene) stray(n note.StrayCall) deed {
	d := deed{from: theIntegrator, to: "sandbox", said: n.Method + " " + n.Host + n.Path, trouble: n.Reason}
	if s.request != "" && s.vendor != d.to { // a timeline does not know who was called
		d.to, d.said = s.vendor, n.Method+" "+n.Path
	}
	if s.status != 0 {
		d.said += " " + strconv.Itoa(s.status)
	}
	return d
}

// event words a webhook that is no message: offer delivered, read, echo.
func (s scene) event(n note.EventDelivered) string {
	what := n.Event
	if n.Status != "" {
		what = n.Status
	}
	return join(s.sent.name(n.MessageID), what)
}

func inbound(n note.InboundMessage) string {
	said := quote(n.Text)
	if n.NotAnInbound != "" {
		said = n.NotAnInbound
	}
	if n.Delivery > 1 {
		said += fmt.Sprintf(" (attempt %d)", n.Delivery)
	}
	if n.Forged != "" {
		said += " (signature " + n.Forged + ")"
	}
	return said
}

// answer words what Encore gave: 200 offer "…", 200 no offer (geo), 503.
func (s scene) answer() string {
	answered, ok := noted[note.OfferAnswered](s)
	decided, _ := noted[note.OfferDecided](s)
	switch {
	case s.flight, !ok && s.status == 0:
		return "…"
	case !ok:
		return strconv.Itoa(s.status)
	case answered.Status == 0:
		return "no answer"
	case answered.Status != 200:
		return strconv.Itoa(answered.Status)
	case !answered.Usable:
		return "200 unusable"
	case decided.Link == "":
		return join("200 no offer", parenthesis(decided.NoFill))
	}
	again := ""
	if decided.Duplicate {
		again = "the same "
	}
	return "200 " + again + "offer " + quote(decided.Content.Text)
}

// message words what was sent to a customer: offer "…" [Claim], reply "…"
// (ref customer1).
func message(m note.Outgoing) string {
	refs := parenthesis(strings.Join(m.Refs, ", "))
	switch {
	case m.OfferLinks > 0:
		return join("offer", quote(m.Content.Text), bracket(button(m.Payload)), refs)
	case m.Content.Text == "":
		return join(m.Type, refs)
	}
	return join("reply", quote(m.Content.Text), refs)
}

func refused(n note.SendRefused) string {
	if n.Status == 0 {
		return "refused: no answer"
	}
	return join("refused: "+strconv.Itoa(n.Status), code(n.Code))
}

// trouble joins whatever went wrong on the way.
func (s scene) trouble(own string) string {
	all := []string{cmp.Or(s.refusal, own)}
	if ack, ok := noted[note.WebhookAcked](s); ok && ack.Status == 0 {
		all = append(all, "not delivered: "+ack.Reason)
	} else if ok && ack.Status >= 300 {
		all = append(all, "answered "+strconv.Itoa(ack.Status))
	}
	if s.outcome == sim.Aborted {
		all = append(all, "the caller went away")
	}
	if f := s.struck(); f != "" {
		all = append(all, "fault "+f)
	}
	return strings.ReplaceAll(strings.Join(compact(all), "; "), "\n", " ") // one line, whatever the answer says
}

// recipient is the customer whom an exchange is about, where it says so itself.
func (s scene) recipient() string {
	if requested, ok := noted[note.OfferRequested](s); ok && requested.Body.Recipient != nil {
		return *requested.Body.Recipient
	}
	sent, _ := noted[note.MessageSent](s)
	refused, _ := noted[note.SendRefused](s)
	return cmp.Or(sent.To, refused.To)
}

// struck names the fault that changed the exchange.
func (s scene) struck() string {
	if s.fault != "" {
		return s.fault
	}
	if a, ok := noted[note.OfferAnswered](s); ok && a.Fault != "" {
		return a.Fault
	}
	r, _ := noted[note.SendRefused](s)
	return r.Fault
}

// noted finds the scene's note of one type.
func noted[T sim.Note](s scene) (T, bool) {
	for _, n := range s.notes {
		if found, ok := n.(T); ok {
			return found, true
		}
	}
	var none T
	return none, false
}

// button is the label that a customer taps on: display_text (WhatsApp Cloud
// API, interactive CTA URL) or the title of a template's first button
// (Messenger Platform, generic template).
func button(payload []byte) string {
	var tree any
	if json.Unmarshal(payload, &tree) != nil {
		return ""
	}
	return label(tree)
}

func label(tree any) string {
	switch v := tree.(type) {
	case map[string]any:
		if text, ok := v["display_text"].(string); ok {
			return text
		}
		if buttons, ok := v["buttons"].([]any); ok && len(buttons) > 0 {
			if first, ok := buttons[0].(map[string]any); ok {
				text, _ := first["title"].(string)
				return text
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text := label(v[name]); text != "" {
				return text
			}
		}
	case []any:
		for _, child := range v {
			if text := label(child); text != "" {
				return text
			}
		}
	}
	return ""
}
