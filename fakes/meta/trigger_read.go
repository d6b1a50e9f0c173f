package meta

import (
	"cmp"
	"encoding/json"
	"strconv"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// A webhook whose body was changed or written by hand is read back, so that the
// journal says what the integrator really got:
//
//	body ─▶ locate: whose thread ─▶ reread: event, id, notes of that thread

// whatsappBody is a body as far as it is read back. What does not fit stays empty.
type whatsappBody struct {
	Entry []struct {
		Changes []struct {
			Field string        `json:"field"`
			Value whatsappValue `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

type whatsappValue struct {
	Metadata    metadata      `json:"metadata"`
	Messages    []readMessage `json:"messages"`
	Statuses    []status      `json:"statuses"`
	Preferences []preference  `json:"user_preferences"`
	Echoes      []struct {
		ID string `json:"id"`
		To string `json:"to"`
	} `json:"message_echoes"`
	TemplateID int64  `json:"message_template_id"`
	Event      string `json:"event"`
}

// readMessage is a customer's message in a body.
type readMessage struct {
	From      string `json:"from"`
	UserID    string `json:"from_user_id"`
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"`
	Type      string `json:"type"`
	Text      struct {
		Body string `json:"body"`
	} `json:"text"`
	Image struct {
		Caption string `json:"caption"`
	} `json:"image"`
	Button struct {
		Text string `json:"text"`
	} `json:"button"`
	Interactive struct {
		Button titled `json:"button_reply"`
		Row    titled `json:"list_reply"`
	} `json:"interactive"`
	Location struct {
		Name string `json:"name"`
	} `json:"location"`
	Order struct {
		Text string `json:"text"`
	} `json:"order"`
}

type titled struct {
	Title string `json:"title"`
}

// said is what the customer wrote, as far as it is words.
func (m readMessage) said() string {
	return cmp.Or(m.Text.Body, m.Image.Caption, m.Button.Text, m.Interactive.Button.Title, m.Interactive.Row.Title, m.Location.Name, m.Order.Text)
}

// sender is the customer's number, which a user id holds where it is left out.
func (m readMessage) sender() string {
	phone, _ := phoneOfUserID(m.UserID)
	return cmp.Or(m.From, phone)
}

// values calls each with every value of a body that is one of WhatsApp's.
func (b whatsappBody) values(each func(field string, v whatsappValue)) {
	for _, e := range b.Entry {
		for _, c := range e.Changes {
			each(c.Field, c.Value)
		}
	}
}

// parse reads JSON as far as it fits; a body may be broken on purpose.
func parse[T any](body []byte) (v T) {
	_ = json.Unmarshal(body, &v)
	return v
}

// locateWhatsApp is the number and the customer of a body's first event.
func locateWhatsApp(body []byte) (account, customer string) {
	parse[whatsappBody](body).values(func(_ string, v whatsappValue) {
		found := ""
		switch {
		case len(v.Messages) > 0:
			found = v.Messages[0].sender()
		case len(v.Statuses) > 0:
			found = v.Statuses[0].RecipientID
		case len(v.Preferences) > 0:
			found = v.Preferences[0].WAID
		case len(v.Echoes) > 0:
			found = v.Echoes[0].To
		}
		if customer == "" {
			account, customer = v.Metadata.PhoneNumberID, found
		}
	})
	return account, customer
}

// report gathers what a body reports to a thread.
type report struct {
	tx *sim.Tx
	sim.Webhook
}

// add takes a fact; the first one names the webhook.
func (r *report) add(event, id string, notes ...sim.Note) {
	if r.Event == "" {
		r.Event, r.ID = event, id
	}
	r.Notes = append(r.Notes, notes...)
}

// rereadWhatsApp is what a body reports.
func (f *fake) rereadWhatsApp(tx *sim.Tx, body []byte) sim.Webhook {
	r := &report{tx: tx}
	parse[whatsappBody](body).values(func(field string, v whatsappValue) {
		for _, m := range v.Messages {
			r.message(v, m)
		}
		for _, s := range v.Statuses {
			r.status(s)
		}
		for _, p := range v.Preferences {
			r.preference(p)
		}
		for _, e := range v.Echoes {
			r.add("echo", e.ID, note.EventDelivered{Event: "echo", MessageID: e.ID})
		}
		if field == fieldTemplateStatus {
			id := strconv.FormatInt(v.TemplateID, 10)
			r.add("template", id, note.EventDelivered{Event: field, MessageID: id, Status: v.Event})
		}
	})
	return r.Webhook
}

// notInbound is why messages of a type may not trigger an offer.
func notInbound(kind string) string {
	for _, k := range inboundKinds {
		if k.wire == kind {
			return k.not
		}
	}
	return "unsupported"
}

// message is one message of the thread's customer. That of another is none of
// this thread's inbounds.
func (r *report) message(v whatsappValue, m readMessage) {
	if m.sender() != r.tx.Thread.Customer || v.Metadata.PhoneNumberID != r.tx.Thread.Account {
		r.add("message", m.ID, note.EventDelivered{Event: "message of another customer", MessageID: m.ID})
		return
	}
	r.tx.Mint(m.ID)
	written, _ := strconv.ParseInt(m.Timestamp, 10, 64)
	r.add(Message{Type: m.Type}.Event(), m.ID, note.InboundMessage{
		ID: m.ID, Thread: r.tx.Thread.ID, Text: m.said(), Timestamp: written * 1000, Platform: "whatsapp",
		Recipient: cmp.Or(m.From, m.UserID), ChatIDs: []string{v.Metadata.PhoneNumberID}, NotAnInbound: notInbound(m.Type),
	})
}

func (r *report) status(s status) {
	r.add("status", s.ID,
		note.EventDelivered{Event: "status", MessageID: s.ID, Status: s.Status},
		note.StatusDelivered{MessageID: s.ID, Status: s.Status, Code: s.code()},
	)
}

func (r *report) preference(p preference) {
	kind := kindResume
	notes := []sim.Note{}
	if p.Value == "stop" {
		kind, notes = kindStop, append(notes, note.OptedOut{})
	}
	r.add(fieldPreferences, p.WAID, append([]sim.Note{note.EventDelivered{Event: fieldPreferences, Status: kind}}, notes...)...)
}

// socialBody is a body of Messenger or Instagram as far as it is read back.
type socialBody struct {
	Entry []socialEntry `json:"entry"`
}

// locateSocial is the account and the customer of a body's first event.
func locateSocial(body []byte) (account, customer string) {
	for _, e := range parse[socialBody](body).Entry {
		events := e.events()
		if len(events) == 0 {
			continue
		}
		event := events[0]
		if event.echo() {
			return event.Sender.ID, event.Recipient.ID
		}
		return event.Recipient.ID, event.Sender.ID
	}
	return "", ""
}

func (e SocialEvent) echo() bool { return e.Message != nil && e.Message.IsEcho }

// rereadSocial is what a body reports.
func (f *fake) rereadSocial(tx *sim.Tx, body []byte) sim.Webhook {
	r := &report{tx: tx}
	t, err := f.talk(tx)
	if err != nil {
		return r.Webhook
	}
	for _, e := range parse[socialBody](body).Entry {
		for _, event := range e.Messaging {
			f.rereadEvent(r, t, event)
		}
		for _, event := range e.Standby {
			if m := event.Message; m != nil && !m.IsEcho {
				r.social(f, t, event, kindStandby, m.MID, m.Text, standbyReason)
			}
		}
	}
	return r.Webhook
}

// rereadEvent is what one event reports.
func (f *fake) rereadEvent(r *report, t talk, e SocialEvent) {
	status := func(mid, status string) {
		r.add("status", mid, note.EventDelivered{Event: "status", MessageID: mid, Status: status}, note.StatusDelivered{MessageID: mid, Status: status})
	}
	switch m := e.Message; {
	case e.Reaction != nil:
		r.add("reaction", e.Reaction.MID, note.EventDelivered{Event: "reaction", MessageID: e.Reaction.MID})
	case e.Delivery != nil && len(e.Delivery.MIDs) > 0:
		status(e.Delivery.MIDs[0], StatusDelivered)
	case e.Read != nil:
		status(e.Read.MID, StatusRead)
	case e.echo():
		r.add("echo", m.MID, note.EventDelivered{Event: "echo", MessageID: m.MID})
	case m != nil && m.IsDeleted:
		r.add("deleted", m.MID, note.EventDelivered{Event: "deleted", MessageID: m.MID})
	case m != nil:
		r.social(f, t, e, "message", m.MID, m.Text, m.unread())
	case e.Postback != nil:
		r.social(f, t, e, "postback", e.Postback.MID, e.Postback.Title, "postback")
	}
}

// unread is why a message is none that the integrator could answer: Instagram
// says so, Messenger leaves everything out.
func (m SocialMessage) unread() string {
	if m.IsUnsupported || m.Text == "" && len(m.Attachments) == 0 {
		return "unsupported"
	}
	return ""
}

// social is an event of the thread's customer that has an id.
func (r *report) social(f *fake, t talk, e SocialEvent, event, mid, text, why string) {
	if e.Sender.ID != t.Customer || e.Recipient.ID != t.ID {
		r.add(event, mid, note.EventDelivered{Event: "message of another customer", MessageID: mid})
		return
	}
	r.tx.Mint(mid)
	address(r.tx, t.actor, t.Customer)
	r.add(event, mid, f.inbound(t, r.tx.Thread.ID, e, mid, text, why))
}
