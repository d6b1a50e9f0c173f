package meta

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// How long after the customer's last message a business may write (Messenger
// Platform, policy overview).
const (
	standardWindow = 24 * time.Hour
	humanWindow    = 7 * 24 * time.Hour
)

// humanAgent is the tag of messages that people write, with a window of its own.
const humanAgent = "HUMAN_AGENT"

// describeSocial finds the thread of a send. A page also sends for the
// Instagram account that is linked to it, so recipients are looked up before
// the page's own thread is assumed.
func (f *fake) describeSocial(c *sim.Call) sim.Description {
	p, sure := f.sender(c)
	s := f.parsedSocial(c, f.socialRules(c, p))
	value, _ := token(c)
	d := sim.Description{Key: value, Recipient: s.To, Customer: s.To, OfferMessage: s.Action == "" && offerLinks(s.Content.Links) > 0, Parsed: s}
	if p.ID == "" || s.To == "" {
		return d
	}
	d.Channel, d.Platform, d.Account = p.Channel, p.Platform, p.ID
	switch {
	case sure:
		d.Minted = addressKey(p.ID, s.To)
	case p.Instagram:
		d.Minted = addressKey(p.Channel, s.To)
	default:
		d.Minted = addressKey("me", s.To)
	}
	return d
}

func offerLinks(links []string) (n int) {
	for _, l := range links {
		if link.IsOffer(l) {
			n++
		}
	}
	return n
}

// readsSocial are the documents a send looks at: subscriptions, since echoes and
// receipts depend on them, the attachments it names and the counters of rates.
func (f *fake) readsSocial(c *sim.Call, d sim.Description) (r store.Reads) {
	r = f.readsPageFields(c, d)
	s, ok := d.Parsed.(*parsedSocial)
	if !ok {
		return r
	}
	r.Own = f.ownsSocialRates(s.rated()).Own
	for _, id := range s.Uploads {
		r.See = append(r.See, store.Key{Kind: kindUpload, ID: id})
	}
	return r
}

// sendSocial is POST /{page or Instagram account}/messages.
func (f *fake) sendSocial(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	from, known := f.sender(c)
	if !known && c.Params["object"] != "me" || from.ID == "" {
		return fail(c, unknownObject(c, c.Params["object"]))
	}
	if tx.Thread != nil {
		from, _ = f.actor(tx.Thread.Account)
	}
	s := f.parsedSocial(c, f.socialRules(c, from))
	problem := s.problem
	if problem == nil {
		problem = spend(tx, f.socialRates(from.ID, s.rated(), tx.Workspace.Clock.Now()))
	}
	if problem == nil {
		problem = f.unsendable(tx, from, s.SocialSend)
	}
	if problem != nil {
		return fail(c, problem)
	}
	if s.Action != "" {
		return answered(c, s.answer(""))
	}
	mid := from.newMID(tx)
	tx.Mint(mid)
	o := socialOutgoing(c, s.SocialSend, from.ID)
	o.ID = mid
	tx.Note(note.MessageSent{Outgoing: o})
	f.reportSocial(tx, from, s.SocialSend, mid)
	return sim.Answer{Status: http.StatusOK, Fields: headers(c, f.socialUsage(tx, from)), Body: s.answer(mid)}, nil
}

// parsedSocial is a call as it was read by some rules, and what is wrong with
// its form, nil for nothing.
type parsedSocial struct {
	*SocialSend
	rules   SocialRules
	problem *Error
}

// parsedSocial reads a call once, unless the thread, which is known late, turns
// out to be of an account with other rules.
func (f *fake) parsedSocial(c *sim.Call, rules SocialRules) *parsedSocial {
	if s, ok := c.Description.Parsed.(*parsedSocial); ok && s.rules == rules {
		return s
	}
	s, problem := ParseSocial(c.Object(), rules)
	return &parsedSocial{s, rules, problem}
}

func (f *fake) socialRules(c *sim.Call, from actor) SocialRules {
	return SocialRules{Instagram: from.Instagram, TruncateTitles: f.Messenger.TruncateTitles, Uploaded: len(c.Files) > 0}
}

// unsendable says why a well-formed call is refused all the same.
func (f *fake) unsendable(tx *sim.Tx, from actor, s *SocialSend) *Error {
	if tx.Thread == nil || tx.Thread.Inbound.IsZero() && !f.Messenger.Strangers && s.Way == "" {
		return NewSubError(100, 2018001)
	}
	if s.Action != "" {
		return nil
	}
	if problem := from.provided(tx.Effect.Provider); problem != nil {
		return problem
	}
	for _, id := range s.Uploads {
		if _, ok := sim.Get[upload](tx, kindUpload, id); !ok {
			return paramError("Invalid attachment id " + id + "; upload it with POST /me/message_attachments")
		}
	}
	if f.closed(tx, s) {
		return NewSubError(10, from.Window)
	}
	return nil
}

// closed tells whether the customer wrote too long ago for this message.
func (f *fake) closed(tx *sim.Tx, s *SocialSend) bool {
	window := standardWindow
	switch s.Tag {
	case "":
	case humanAgent:
		window = humanWindow
	default:
		return false // the other tags are what the window is closed to others for
	}
	return !f.NoWindow && !tx.Thread.Inbound.IsZero() && tx.Now.Sub(tx.Thread.Inbound) > window
}

// socialOutgoing describes a message for the rules, accepted or not.
func socialOutgoing(c *sim.Call, s *SocialSend, object string) note.Outgoing {
	value, kind := token(c)
	o := note.Outgoing{
		Type: s.Type, Payload: payload(c), Content: s.Content, ReplyTo: s.ReplyTo, To: s.To, Credential: provider.Credential(c, kind, value), Object: object,
	}
	for _, l := range s.Content.Links {
		if link.IsOffer(l) {
			o.OfferLinks++
			o.Carrier = note.CarrierVerbatim
			o.Impression = link.Impression(l)
		}
	}
	return o
}

// payload is the message as it was meant: the body, or, of a form and of a
// query, the object of its fields. A token in it is no part of the message.
func payload(c *sim.Call) json.RawMessage {
	inBody := c.URL.RawQuery == "" || !c.InQuery()
	if inBody && json.Valid(c.Body) && !bytes.Contains(c.Body, []byte("access_token")) {
		return c.Body
	}
	fields := c.Object()
	if fields == nil {
		return provider.Payload(c.Body)
	}
	fields = maps.Clone(fields)
	delete(fields, "access_token")
	text, _ := json.Marshal(fields)
	return text
}

// concludeSocial notes a message that did not get through.
func (f *fake) concludeSocial(c sim.Conclusion) []sim.Note {
	if c.Handled {
		return nil
	}
	p, sure := f.sender(c.Call)
	s := f.parsedSocial(c.Call, f.socialRules(c.Call, p))
	if s.Action != "" {
		return nil
	}
	object := c.Call.Params["object"]
	if sure {
		object = p.ID
	}
	n := note.SendRefused{Outgoing: socialOutgoing(c.Call, s.SocialSend, object), Status: c.Answer.Status}
	if c.Hit != nil {
		n.Fault = c.Hit.ID
	}
	if body, ok := c.Answer.Body.([]byte); ok {
		var e errorBody
		if json.Unmarshal(body, &e) == nil {
			n.Code = strconv.Itoa(e.Error.Code)
		}
	}
	return []sim.Note{n}
}

// reportSocial makes echo and receipts of an accepted message due, as far as the
// app has subscribed to them. Messenger reports delivered and read, Instagram
// seen alone.
func (f *fake) reportSocial(tx *sim.Tx, from actor, s *SocialSend, mid string) {
	if !tx.Heard() {
		return
	}
	fields := f.subscribed(tx, from)
	t, draft := talk{from, tx.Thread.Customer, tx.Now}, receiptDraft(from, tx)
	if slices.Contains(fields, from.echoField()) {
		tx.Webhook(f.echo(t, s, mid))
	}
	for _, step := range []struct {
		status string
		field  string
		after  time.Duration
	}{{StatusDelivered, "message_deliveries", f.Delays.Delivered}, {StatusRead, from.readField(), f.Delays.Read}} {
		if step.after < 0 || !slices.Contains(fields, step.field) {
			continue
		}
		tx.Webhook(drafted(draft, mid, step.status, step.after))
	}
}
