package encore

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Kinds of documents.
const (
	kindDecision    = "decision"    // decision, packed, by impressionId
	kindTransaction = "transaction" // transaction by its id
	kindCatalog     = "catalog"     // ownCatalog under "current"
	kindLearnt      = "bandit"      // Counts under "snapshot"
	kindTrial       = "trial"       // trial by clientId
	kindBucket      = "bucket"      // bucket by the key's fingerprint
)

// Window is how long Encore remembers a decision (Encore integration guide,
// Retry guidance): from the first 200 on, in thread time, not sliding.
const Window = 60 * time.Second

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// describeOffer reads everything the rules need; it runs on refused calls too.
func describeOffer(c *sim.Call) sim.Description {
	n := note.OfferRequested{
		Method: c.Method, Path: c.Path, Host: c.Host, ContentType: c.Header.Get("Content-Type"),
		Credential: credential(c.Header.Get("X-Api-Key")),
	}
	for _, other := range []string{"Authorization", "Api-Key", "Apikey"} {
		if value := c.Header.Get(other); value != "" { // its kind tells whose it is
			n.OtherAuth = append(n.OtherAuth, other+" "+sim.Fingerprint(value))
		}
	}
	readOffer(c, &n)
	asked := offerCall{body: n.Body, impressionID: impressionOf(n.Body)}
	d := sim.Description{
		Parsed: &asked,
		Minted: text(n.Body.InboundMessageID), Recipient: text(n.Body.Recipient), Platform: text(n.Body.MessagingPlatform),
		ClientID: text(n.Body.ClientID), Key: c.Header.Get("X-Api-Key"), Notes: []sim.Note{n},
	}
	if !n.NotJSON && n.ContentType != "" && !isJSON(n.ContentType) {
		d.Remarks = append(d.Remarks, "Content-Type is "+n.ContentType+"; the contract says application/json")
	}
	return d
}

// readOffer reads the body into the note.
func readOffer(c *sim.Call, n *note.OfferRequested) {
	if int64(len(c.Body)) == c.Size {
		if body, ok := readPlain(c.Body); ok {
			n.Body = body
			return
		}
	}
	tree, err := c.JSON()
	object, isObject := tree.(map[string]any)
	n.NotJSON = err != nil || !isObject
	n.Body, n.Unknown, n.WrongType = Read(object)
}

func isJSON(contentType string) bool {
	const want = "application/json"
	return len(contentType) >= len(want) && contentType[:len(want)] == want
}

// offerCall is what Describe read of a call.
type offerCall struct {
	body         note.OfferBody
	impressionID string
}

func requested(d sim.Description) *offerCall {
	if asked, ok := d.Parsed.(*offerCall); ok {
		return asked
	}
	return &offerCall{impressionID: impressionOf(note.OfferBody{})}
}

// impressionOf is the id of the impression that a request asks for.
func impressionOf(b note.OfferBody) string {
	return ImpressionID(text(b.ClientID), text(b.InboundMessageID))
}

func (f *fake) offerReads(_ *sim.Call, d sim.Description) store.Reads {
	own := []store.Key{{Kind: kindDecision, ID: requested(d).impressionID}}
	return store.Reads{Own: f.limitReads(own, d), See: []store.Key{catalogKey, learntKey}}
}

// offersMessage decides, or repeats a decision that the window still covers.
// The statuses of the limits are answers and not errors: the token that a 409
// took stays taken.
func (f *fake) offersMessage(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	key := c.Header.Get("X-Api-Key")
	if wait, ok := f.take(tx, key); !ok {
		return f.failure(Error{Kind: RateLimited}, wait), nil
	}
	asked := requested(c.Description)
	body, decided := &asked.body, note.OfferDecided{ImpressionID: asked.impressionID}
	pair := len(text(body.ClientID))
	kept, _, live := remembered(tx, decided.ImpressionID)
	made, repeated := recall(kept, live, pair, tx.Now)
	if !repeated {
		if f.exhausted(tx, body) {
			return f.failure(Error{Kind: TrialLimit}, 0), nil
		}
		made = f.decide(tx, body, f.app(key))
		document := made.beside(kept, live, tx.Now)
		tx.PutUntil(kindDecision, decided.ImpressionID, document.pack(make([]byte, 0, 384)), tx.Now.Add(Window))
		tx.Mint(decided.ImpressionID)
		f.served(tx, body, made)
	}
	decided.Duplicate, tx.Duplicate = repeated, repeated
	answer, err := f.compose(tx, body, made, &decided)
	if err != nil {
		return sim.Answer{}, err
	}
	mark(tx, body, made, &decided)
	tx.Note(decided)
	return answer, nil
}

// mark adds what the customer's side never sees: the sandbox's headers, the
// latency metric, what a repeat changed.
func mark(tx *sim.Tx, body *note.OfferBody, made decision, decided *note.OfferDecided) {
	dedup := "miss"
	if decided.Duplicate {
		dedup = "hit"
		decided.Changed = made.Marks.changed(marksOf(body))
	}
	tx.Header("X-Sandbox-Dedup", dedup)
	if decided.NoFill != "" {
		tx.Header("X-Sandbox-No-Fill", decided.NoFill)
	}
	decided.InboundToServedMs = latency(body.InboundTimestamp, tx.Now)
}

// latency is the metric behind inboundTimestamp in milliseconds: null without
// one, nonsense for a timestamp of the wrong unit, as in the real thing.
func latency(timestamp *json.Number, now time.Time) *int64 {
	if timestamp == nil {
		return nil
	}
	seconds, err := timestamp.Int64()
	if err != nil || seconds > math.MaxInt64/2000 || seconds < math.MinInt64/2000 {
		return nil // no number of milliseconds holds it
	}
	ms := now.UnixMilli() - seconds*1000
	return &ms
}

// decide chooses the offer for a request that is new within the window.
func (f *fake) decide(tx *sim.Tx, body *note.OfferBody, app App) decision {
	w := words{
		wordPlatform: text(body.MessagingPlatform), wordRecipient: text(body.Recipient), wordClientName: text(body.ClientName),
		wordChatID: text(body.ChatID), wordRequestID: text(body.RequestID),
	}
	if tx.Thread != nil {
		w[wordThread] = tx.Thread.ID
	}
	made := decision{Pair: len(text(body.ClientID)), Marks: marksOf(body)}
	if w[wordNoFill] = tx.Effect.NoFill; w[wordNoFill] == "" {
		learnt, _ := sim.Get[Counts](tx, learntKey.Kind, learntKey.ID)
		campaign, creative, noFill := f.offered(tx).Choose(query(body, app, tx.Now), tx.Workspace.Seed, learnt)
		if w[wordNoFill] = noFill; noFill == "" {
			made.CampaignID, made.Creative = campaign.ID, creative
		}
	}
	made.Words = w
	return made
}

// query is what decides, with the app's defaults where the request is silent.
func query(body *note.OfferBody, app App, now time.Time) Query {
	q := Query{
		Country: app.Country, Platform: app.Platform, MessagingPlatform: text(body.MessagingPlatform),
		ChatID: text(body.ChatID), RequestID: text(body.RequestID), Now: now,
	}
	a := body.Attributes
	if a == nil {
		return q
	}
	q.City, q.Region, q.Language = text(a.City), text(a.Region), text(a.Language)
	if a.CountryCode != nil {
		q.Country = *a.CountryCode
	}
	if a.Platform != nil {
		q.Platform = *a.Platform
	}
	return q
}

// compose words a decision. The same decision gives the same bytes.
func (f *fake) compose(tx *sim.Tx, body *note.OfferBody, made decision, decided *note.OfferDecided) (sim.Answer, error) {
	w := made.Words
	if decided.NoFill = w[wordNoFill]; decided.NoFill != "" {
		return encoded(NoFill(decided.ImpressionID))
	}
	workspace := tx.Workspace.Tag()
	if workspace == sim.DefaultWorkspace {
		workspace = ""
	}
	order := Order{
		Platform: w[wordPlatform], Recipient: w[wordRecipient], ClientName: w[wordClientName],
		CampaignID: made.CampaignID, Creative: made.Creative,
		ClickURL: f.tokens.URL(Click{
			AppID: "sandbox", ImpressionID: decided.ImpressionID, Workspace: workspace, Thread: w[wordThread],
			CampaignID: made.CampaignID, CreativeID: made.Creative.ID, UserID: w[wordChatID],
		}),
	}
	requestID := w[wordRequestID]
	if requestID == "" {
		requestID = UUID(tx.Workspace.Seed, "requestId", tx.Workspace.Origin(), decided.ImpressionID, text(body.ClientID))
	}
	composed := Compose(order)
	answer, err := encoded(Served(decided.ImpressionID, requestID, order, composed))
	if err != nil {
		return answer, err
	}
	decided.CampaignID, decided.CreativeID, decided.Link = made.CampaignID, made.Creative.ID, order.ClickURL
	decided.Payload, decided.Content = payloadOf(answer), seen(composed)
	return answer, nil
}

// payloadOf is the part of an answer's bytes that is message.payload, the last
// member: the note shares the bytes of the journal.
func payloadOf(a sim.Answer) json.RawMessage {
	body, _ := a.Body.([]byte)
	_, payload, _ := bytes.Cut(body, []byte(`,"payload":`))
	return payload[: len(payload)-len("}}") : len(payload)-len("}}")]
}

func encoded(r Response) (sim.Answer, error) {
	body, err := Encode(r)
	return sim.Answer{Status: 200, Body: body, ContentType: "application/json"}, err
}

// concludeOffer says what the integrator got for an answer.
func concludeOffer(c sim.Conclusion) []sim.Note {
	n := note.OfferAnswered{Status: c.Answer.Status, Complete: c.Answer.Status != 0 && !c.Effect.Cuts(c.Size), OtherType: c.Effect.ContentType}
	if c.Hit != nil {
		n.Fault = c.Hit.ID
	}
	n.Usable = n.Complete && n.Status == 200 && c.Handled && !c.Effect.Garbled
	return []sim.Note{n}
}

// seen is what a customer sees of a payload that Compose made: what a template
// of another provider has to carry on.
func seen(payload any) note.Content {
	switch p := payload.(type) {
	case WhatsAppPayload:
		return note.Content{
			Image: p.Interactive.Header.Image.Link, Text: p.Interactive.Body.Text,
			Links: []string{p.Interactive.Action.Parameters.URL},
		}
	case GenericPayload:
		card := p.Message.Attachment.Payload.Elements[0]
		text := card.Title
		if card.Subtitle != "" {
			text += "\n" + card.Subtitle
		}
		return note.Content{Image: card.ImageURL, Text: text, Links: []string{card.DefaultAction.URL}}
	}
	return note.Content{}
}
