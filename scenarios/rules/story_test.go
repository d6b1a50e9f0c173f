package rules_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

const (
	account  = "106540352242922"
	customer = "15014005001"
	thanks   = "Thanks for your message! Our team will get back to you shortly."
)

// story writes a timeline, one exchange after the other. Every exchange takes
// a millisecond unless told otherwise.
type story struct {
	rules.Evidence
	chats []string // what webhooks offer as chatId; the account when nil
	start time.Time
	time  time.Time
	tick  int64
	n     int64
	in    note.InboundMessage // the latest message of the customer
	offer note.OfferDecided   // the latest offer
	sent  int
}

func newStory() *story {
	start := time.Date(2026, 5, 13, 18, 6, 0, 0, time.UTC)
	s := &story{start: start, time: start}
	s.Thread = "whatsapp:" + account + ":" + customer
	s.Settings = rules.DefaultSettings()
	s.Reply = []rules.ReplyText{{Text: thanks}}
	return s
}

// on moves the story to another thread, before anything happened.
func (s *story) on(channel, account, customer string) *story {
	s.Thread = channel + ":" + account + ":" + customer
	return s
}

func (s *story) part(i int) string { return strings.Split(s.Thread, ":")[i] }

func (s *story) platform() string {
	if p := s.part(0); p != "messenger" {
		return p
	}
	return "facebook"
}

// passes lets time pass for everybody.
func (s *story) passes(d time.Duration) *story {
	s.time = s.time.Add(d)
	return s
}

// waits advances the thread's clock.
func (s *story) waits(d time.Duration) *story {
	n := s.begin(note.ClockAdvanced{Thread: s.Thread, By: d})
	s.time = s.time.Add(d)
	s.ends(n, sim.Completed)
	return s
}

// begin opens an exchange with its notes.
func (s *story) begin(notes ...sim.Note) int64 {
	s.n++
	s.tick++
	s.time = s.time.Add(time.Millisecond)
	for _, n := range notes {
		s.Events = append(s.Events, sim.Event{N: s.n, Tick: s.tick, At: s.time, Wall: s.time, Note: n})
	}
	return s.n
}

// ends writes the end record of an exchange, with notes that only the end knows.
func (s *story) ends(n int64, outcome string, notes ...sim.Note) {
	s.tick++
	for _, extra := range notes {
		s.Events = append(s.Events, sim.Event{N: n, Tick: s.tick, At: s.time, Wall: s.time, Note: extra})
	}
	s.Events = append(s.Events, sim.Event{N: n, Tick: s.tick, At: s.time, Wall: s.time, Outcome: outcome})
}

// delivers begins a webhook with the latest message and leaves it open.
func (s *story) delivers(id, text string) int64 {
	if s.chats == nil {
		s.chats = []string{s.part(1)}
	}
	s.in = note.InboundMessage{
		ID: id, Thread: s.Thread, Delivery: 1, Text: text, Platform: s.platform(),
		Timestamp: s.time.Truncate(time.Second).UnixMilli(),
		Recipient: s.part(2), ChatIDs: s.chats,
	}
	return s.begin(s.in)
}

// says delivers a message that is acknowledged at once.
func (s *story) says(id, text string) *story {
	s.ends(s.delivers(id, text), sim.Completed, note.WebhookAcked{Status: 200})
	return s
}

// redelivers sends the webhook of the latest message once more.
func (s *story) redelivers() *story {
	s.in.Delivery++
	s.ends(s.begin(s.in), sim.Completed, note.WebhookAcked{Status: 200})
	return s
}

// turn is one attempt before it is written down.
type turn struct {
	request  note.OfferRequested
	decided  *note.OfferDecided
	answered note.OfferAnswered
	outcome  string
	took     time.Duration
}

// text makes an optional field.
func text(s string) *string { return &s }

// asks calls Encore for the latest message; without options it gets an offer.
func (s *story) asks(options ...func(*turn)) *story {
	t := &turn{
		request: note.OfferRequested{
			Method: "POST", Path: "/encore/publisher/sdk/v1/offers/message", ContentType: "application/json",
			Credential: "pk_test", Host: "api.encorekit.com",
			Body: note.OfferBody{
				ClientID: text("client-42"), ClientName: text("Tony's Pizza"), MessagingPlatform: text(s.platform()),
				Recipient: text(s.part(2)), InboundMessageID: text(s.in.ID), ChatID: text("chat-" + s.Thread),
			},
		},
		answered: note.OfferAnswered{Status: 200, Complete: true, Usable: true},
		outcome:  sim.Completed,
	}
	s.offer = offerFor(s.in.ID, s.part(2))
	decided := s.offer
	t.decided = &decided
	for _, option := range options {
		option(t)
	}
	notes := []sim.Note{t.request}
	if t.decided != nil {
		notes = append(notes, *t.decided)
	}
	n := s.begin(append(notes, t.answered)...)
	s.passes(t.took)
	s.ends(n, t.outcome)
	return s
}

// offerFor is what Encore decides for a message.
func offerFor(id, recipient string) note.OfferDecided {
	link := "https://api.encorekit.com/encore/click/" + id
	payload := fmt.Sprintf(`{"messaging_product":"whatsapp","to":%q,"type":"interactive","interactive":{"type":"cta_url",
		"body":{"text":"Free music for 6 months"},"action":{"name":"cta_url","parameters":{"display_text":"Claim","url":%q}}}}`, recipient, link)
	return note.OfferDecided{
		ImpressionID: "impression-" + id, Link: link, Payload: json.RawMessage(payload),
		Content: note.Content{
			Image: "https://storage.googleapis.com/encore-assets-prod/creatives/c/primary-1.png",
			Text:  "Free music for 6 months", Links: []string{link},
		},
	}
}

func status(code int) func(*turn) {
	return func(t *turn) {
		t.decided, t.answered = nil, note.OfferAnswered{Status: code, Complete: true}
	}
}

func noFill(t *turn) {
	t.decided = &note.OfferDecided{ImpressionID: t.decided.ImpressionID, NoFill: "geo"}
}

// lost is an answer of which nothing arrives although the work was done.
func lost(t *turn) { t.answered, t.outcome = note.OfferAnswered{}, sim.Cut }

// timeout is a call that the client gives up after a while.
func timeout(d time.Duration) func(*turn) {
	return func(t *turn) {
		t.decided, t.answered, t.outcome, t.took = nil, note.OfferAnswered{}, sim.Aborted, d
	}
}

// garbled is a 200 that is no JSON.
func garbled(t *turn) {
	t.decided, t.answered = nil, note.OfferAnswered{Status: 200, Complete: true}
}

func slow(d time.Duration) func(*turn) { return func(t *turn) { t.took = d } }

func with(change func(*note.OfferRequested)) func(*turn) {
	return func(t *turn) { change(&t.request) }
}

func field(change func(*note.OfferBody)) func(*turn) {
	return func(t *turn) { change(&t.request.Body) }
}

// message makes an outgoing message.
func (s *story) message(kind, words string, options []func(*note.Outgoing)) note.Outgoing {
	s.sent++
	out := note.Outgoing{
		ID: fmt.Sprintf("wamid.out%d", s.sent), Type: kind, To: s.part(2), Credential: "bearer", Object: s.part(1),
		Content: note.Content{Text: words}, Payload: json.RawMessage(fmt.Sprintf("{\"text\":%q}", words)),
	}
	for _, option := range options {
		option(&out)
	}
	return out
}

// offering is the message of the latest offer, as Encore composed it.
func (s *story) offering(options []func(*note.Outgoing)) note.Outgoing {
	verbatim := func(out *note.Outgoing) {
		out.Carrier, out.Payload, out.Content = note.CarrierVerbatim, s.offer.Payload, s.offer.Content
		out.Impression, out.OfferLinks = s.offer.ImpressionID, 1
	}
	return s.message("interactive", "", append([]func(*note.Outgoing){verbatim}, options...))
}

// sendsOffer sends the latest offer and waits for the provider.
func (s *story) sendsOffer(options ...func(*note.Outgoing)) *story {
	s.ends(s.begin(note.MessageSent{Outgoing: s.offering(options)}), sim.Completed)
	return s
}

// offerRefused sends the latest offer, which the provider does not take.
func (s *story) offerRefused(options ...func(*note.Outgoing)) *story {
	s.ends(s.begin(note.SendRefused{Outgoing: s.offering(options), Status: 400, Code: "100"}), sim.Completed)
	return s
}

// replies sends a text and waits for the provider.
func (s *story) replies(words string, options ...func(*note.Outgoing)) *story {
	s.ends(s.begin(note.MessageSent{Outgoing: s.message("text", words, options)}), sim.Completed)
	return s
}

// serves is the normal course of a trigger: call, offer, reply.
func (s *story) serves() *story { return s.asks().sendsOffer().replies(thanks) }

// confirms calls the delivery callback.
func (s *story) confirms(options ...func(*note.DeliveryConfirmed)) *story {
	seconds := s.time.Unix()
	c := note.DeliveryConfirmed{ImpressionID: s.offer.ImpressionID, DeliveredTimestamp: &seconds, Status: 202, Known: true}
	for _, option := range options {
		option(&c)
	}
	s.ends(s.begin(c), sim.Completed)
	return s
}

// other adds an exchange with a note of any kind.
func (s *story) other(notes ...sim.Note) *story {
	s.ends(s.begin(notes...), sim.Completed)
	return s
}

// closed is the evidence of a story that is over.
func (s *story) closed() rules.Evidence {
	s.Closed, s.Now = true, s.time
	return s.Evidence
}

// soFar is the evidence of a story that goes on.
func (s *story) soFar() rules.Evidence {
	s.Now = s.time
	return s.Evidence
}

// broken lists the rules of a verdict's findings, once each.
func broken(v rules.Verdict) []string {
	var ids []string
	for _, f := range v.Findings {
		if len(ids) == 0 || ids[len(ids)-1] != f.Rule {
			ids = append(ids, f.Rule)
		}
	}
	return ids
}
