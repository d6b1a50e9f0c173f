package meta

import (
	"cmp"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// channels are the ways by which customers write, with what can be triggered
// on each of them.
func (f *fake) channels() []sim.Channel {
	wa := f.whatsapp()
	wa.Retry, wa.Events, wa.Join, wa.Escape = retryWhatsApp, f.whatsappEvents(), joinWhatsApp, ASCII
	wa.Locate, wa.Reread, wa.Claims = locateWhatsApp, f.rereadWhatsApp, claims("whatsapp_business_account")
	wa.Parts = parts
	all := []sim.Channel{wa}
	for _, ch := range f.socialChannels() {
		ch.Events, ch.Join, ch.Escape = f.socialEvents(surfaceOf(ch.Name)), joinSocial, ASCII
		ch.Locate, ch.Reread, ch.Claims = locateSocial, f.rereadSocial, claims(surfaceOf(ch.Name).Object)
		ch.Parts = parts
		all = append(all, ch)
	}
	return all
}

// retryWhatsApp repeats a webhook with decreasing frequency for up to seven days
// (WhatsApp Cloud API, webhooks overview); pages and Instagram accounts have
// the 36 hours of retry.
func retryWhatsApp(attempt int) time.Duration {
	const day = 24 * time.Hour
	schedule := []time.Duration{
		time.Second, time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, day, day, day, day, day, day,
	}
	if attempt > len(schedule) {
		return 0
	}
	return schedule[attempt-1]
}

// sample is an event that customers cause, with what it says where nobody says
// otherwise.
type sample struct {
	name, about, text string
	extra             sim.Extra
}

// whatsappSamples are the kinds of messages a customer can send to a number.
func whatsappSamples() []sample {
	return []sample{
		{"text", "a customer writes a text", "Hi", sim.Extra{}},
		{"image", "a customer sends a picture; text is its caption", "", sim.Extra{}},
		{"document", "a customer sends a file; text is what is in it", "", sim.Extra{}},
		{"button", "a customer taps a quick reply of a template", "Order again", sim.Extra{Payload: "order-again"}},
		{"button_reply", "a customer taps a reply button", "Yes", sim.Extra{Payload: "yes"}},
		{"list_reply", "a customer picks a row of a list", "Margherita", sim.Extra{Payload: "margherita", Description: "Tomato and mozzarella"}},
		{"reaction", "a customer reacts to a message", "", sim.Extra{Emoji: "👍"}},
		{"location", "a customer sends a place", "Golden Gate Bridge", sim.Extra{Latitude: 37.8199, Longitude: -122.4783}},
		{"contacts", "a customer sends a contact card; text is the name on it", "Ada Lovelace", sim.Extra{}},
		{"order", "a customer orders from the catalogue", "", sim.Extra{}},
		{"system", "a customer changes numbers; payload is the new one", "", sim.Extra{Payload: "15014005999"}},
		{"unsupported", "a customer sends what the API does not know", "", sim.Extra{}},
	}
}

// preferenceSamples are what a customer can want of marketing messages.
func preferenceSamples() []sample {
	return []sample{
		{kindStop, "a customer stops marketing messages", "", sim.Extra{}},
		{kindResume, "a customer wants marketing messages again", "", sim.Extra{}},
	}
}

// Occasions are the webhooks of every kind of message that a customer can send
// to a number, each made by write of a sample.
func Occasions(write func(*sim.Tx, sim.Written) (sim.Webhook, error)) []sim.Occasion {
	return occasions(whatsappSamples(), write)
}

func occasions(samples []sample, write func(*sim.Tx, sim.Written) (sim.Webhook, error)) (all []sim.Occasion) {
	for _, s := range samples {
		all = append(all, sim.Occasion{Name: s.name, About: s.about, Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
			return write(tx, s.filled(w, func() string { return businessWAMID(tx) }))
		}})
	}
	return all
}

// socialSamples are what a customer can do on Messenger and Instagram.
func socialSamples() []sample {
	return []sample{
		{"text", "a customer writes a text", "Hi", sim.Extra{}},
		{"quick_reply", "a customer taps a quick reply", "Yes", sim.Extra{Payload: "yes"}},
		{"image", "a customer sends a picture", "", sim.Extra{}},
		{"video", "a customer sends a film", "", sim.Extra{}},
		{"audio", "a customer sends a voice message", "", sim.Extra{}},
		{"file", "a customer sends a file", "", sim.Extra{}},
		{"share", "a customer shares a post", "", sim.Extra{}},
		{"unsupported", "a customer sends what the API does not know", "", sim.Extra{}},
		{"postback", "a customer taps a postback button", "Get started", sim.Extra{Payload: "GET_STARTED"}},
		{"reaction", "a customer reacts to a message", "", sim.Extra{Emoji: "❤"}},
		{"unreaction", "a customer takes a reaction back", "", sim.Extra{}},
		{"deleted", "a customer takes a message back", "", sim.Extra{}},
		{kindStandby, "a customer writes while another app is in control", "Hi", sim.Extra{}},
	}
}

// filled is what a customer writes, with the sample's words where there are none.
func (s sample) filled(w sim.Written, message func() string) sim.Written {
	w.Kind, w.Text, w.Payload = s.name, cmp.Or(w.Text, s.text), cmp.Or(w.Payload, s.extra.Payload)
	w.Description, w.Emoji = cmp.Or(w.Description, s.extra.Description), cmp.Or(w.Emoji, s.extra.Emoji)
	w.Latitude, w.Longitude = cmp.Or(w.Latitude, s.extra.Latitude), cmp.Or(w.Longitude, s.extra.Longitude)
	if strings.HasSuffix(s.name, "reaction") || s.name == "deleted" {
		w.ReplyTo = cmp.Or(w.ReplyTo, message())
	}
	return w
}

// whatsappEvents are the webhooks of a number that can be triggered.
func (f *fake) whatsappEvents() (all []sim.Occasion) {
	all = append(Occasions(f.write), occasions(preferenceSamples(), f.write)...)
	for _, status := range []string{StatusSent, StatusDelivered, StatusRead, StatusFailed, StatusPlayed} {
		all = append(all, sim.Occasion{
			Name: "status_" + status, About: "a message of the business is " + status + "; replyTo is its id",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				return f.setStatus(tx, sim.StatusChange{MessageID: cmp.Or(w.ReplyTo, businessWAMID(tx)), Status: status})
			},
		})
	}
	return append(all,
		sim.Occasion{Name: "echo", About: "the business writes from its app; replyTo is the message's id", Make: f.echoWhatsApp},
		sim.Occasion{Name: "template_status", About: "a template is approved, or payload says what", OfAccount: true, Make: f.triggerTemplate},
	)
}

// businessWAMID invents the id of a message that the business sent.
func businessWAMID(tx *sim.Tx) string {
	const digits = "0123456789ABCDEF"
	var id [18]byte
	for i, b := range tx.Rand("wamid").Bytes(len(id) / 2) {
		id[2*i], id[2*i+1] = digits[b>>4], digits[b&15]
	}
	return EncodeWAMID(FromBusiness, tx.Thread.Customer, string(id[:]))
}

// fieldEchoes is the webhook field of what the business writes by other means
// than the API (WhatsApp Cloud API, smb_message_echoes webhook reference).
const fieldEchoes = "smb_message_echoes"

// echoWhatsApp is the webhook that repeats a message of the business.
func (f *fake) echoWhatsApp(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	from, _ := f.number(tx.Thread.Account)
	id := cmp.Or(w.ReplyTo, businessWAMID(tx))
	type text struct {
		Body string `json:"body"`
	}
	type echo struct {
		From      string `json:"from"`
		To        string `json:"to"`
		ID        string `json:"id"`
		Timestamp string `json:"timestamp"`
		Type      string `json:"type"`
		Text      text   `json:"text"`
	}
	v := struct {
		Product  string   `json:"messaging_product"`
		Metadata metadata `json:"metadata"`
		Echoes   []echo   `json:"message_echoes"`
	}{"whatsapp", metadata{from.Display, from.PhoneNumberID}, []echo{
		{from.Display, tx.Thread.Customer, id, seconds(tx.Now), "text", text{cmp.Or(w.Text, "We are open today.")}},
	}}
	return sim.Webhook{
		Event: "echo", ID: id, Body: WebhookBody(Entry{entry{ID: from.WABA, Changes: []change{{Value: v, Field: fieldEchoes}}}}),
		Notes: []sim.Note{note.EventDelivered{Event: "echo", MessageID: id}},
	}, nil
}

// triggerTemplate is the webhook about a template of an account; the template's
// own state stays.
func (f *fake) triggerTemplate(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	from, _ := f.number(tx.Thread.Account)
	t := Template{ID: templateID(tx.Rand("template")), Name: "sample_template", Language: "en_US"}
	if all := f.configured(from.WABA); len(all) > 0 {
		t = all[0]
	}
	status := cmp.Or(strings.ToUpper(w.Payload), TemplateApproved)
	return sim.Webhook{
		Event: "template", ID: t.ID, Body: WebhookBody(TemplateStatus(from.WABA, t, status)),
		Notes: []sim.Note{note.EventDelivered{Event: fieldTemplateStatus, MessageID: t.ID, Status: status}},
	}, nil
}

// socialEvents are the webhooks of a page or an Instagram account.
func (f *fake) socialEvents(on surface) (all []sim.Occasion) {
	for _, s := range socialSamples() {
		if s.name == "deleted" && !on.Instagram {
			continue // Messenger does not tell
		}
		all = append(all, sim.Occasion{Name: s.name, About: s.about, Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
			return f.writeSocial(tx, s.filled(w, func() string { return on.newMID(tx) }))
		}})
	}
	for _, status := range []string{StatusDelivered, StatusRead} {
		if status == StatusDelivered && on.Instagram {
			continue
		}
		all = append(all, sim.Occasion{
			Name: "status_" + status, About: "a message of the business is " + status + "; replyTo is its id",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				return f.setSocialStatus(tx, sim.StatusChange{MessageID: cmp.Or(w.ReplyTo, on.newMID(tx)), Status: status})
			},
		})
	}
	return append(all, sim.Occasion{Name: "echo", About: "a message of the business is repeated; replyTo is its id", Make: f.echoSocial})
}

// echoSocial is the webhook that repeats a message of the business by hand.
func (f *fake) echoSocial(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	t, err := f.talk(tx)
	if err != nil {
		return sim.Webhook{}, err
	}
	s := &SocialSend{Type: "text", Content: note.Content{Text: cmp.Or(w.Text, "We are open today.")}}
	return f.echo(t, s, cmp.Or(w.ReplyTo, t.newMID(tx))), nil
}
