package encore

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Kinds of documents.
const (
	kindDecision    = "decision"    // decision by decisionID
	kindImpression  = "impression"  // impression by impressionId
	kindTransaction = "transaction" // transaction by its id
	kindCatalog     = "catalog"     // ownCatalog under "current"
	kindLearnt      = "bandit"      // Counts under "snapshot"
	kindTrial       = "trial"       // trial by clientId
	kindBucket      = "bucket"      // bucket by the key's fingerprint
)

// Window is how long Encore remembers a decision (Encore integration guide,
// Retry guidance): from the first 200 on, in thread time, not sliding.
const Window = 60 * time.Second

// decision is what is remembered of a 200: enough to compose the same answer
// again, byte for byte, even if the catalog was replaced meanwhile.
type decision struct {
	First      note.OfferBody `json:"first"` // the request that was answered
	RequestID  string         `json:"requestId"`
	CampaignID string         `json:"campaignId,omitempty"`
	Creative   *Creative      `json:"creative,omitempty"` // of the catalog, hence never changed
	NoFill     string         `json:"noFill,omitempty"`
	Thread     string         `json:"thread,omitempty"`
}

// impression is what the delivery callback asks about an impressionId.
type impression struct {
	Served bool `json:"served"`
}

// decisionID keys decisions on the pair, so that "a:b"+"c" and "a"+"b:c",
// whose impression ids are the same, stay apart.
func decisionID(b note.OfferBody) string {
	return strconv.Itoa(len(text(b.ClientID))) + ":" + text(b.ClientID) + ":" + text(b.InboundMessageID)
}

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
		if c.Header.Get(other) != "" {
			n.OtherAuth = append(n.OtherAuth, other)
		}
	}
	tree, err := c.JSON()
	object, isObject := tree.(map[string]any)
	n.NotJSON = err != nil || !isObject
	n.Body, n.Unknown, n.WrongType = Read(object)
	d := sim.Description{
		Minted: text(n.Body.InboundMessageID), Recipient: text(n.Body.Recipient), Platform: text(n.Body.MessagingPlatform),
		ClientID: text(n.Body.ClientID), Key: c.Header.Get("X-Api-Key"), Notes: []sim.Note{n},
	}
	if !n.NotJSON && n.ContentType != "" && !isJSON(n.ContentType) {
		d.Remarks = append(d.Remarks, "Content-Type is "+n.ContentType+"; the contract says application/json")
	}
	return d
}

func isJSON(contentType string) bool {
	const want = "application/json"
	return len(contentType) >= len(want) && contentType[:len(want)] == want
}

func requested(d sim.Description) note.OfferBody {
	for _, n := range d.Notes {
		if r, ok := n.(note.OfferRequested); ok {
			return r.Body
		}
	}
	return note.OfferBody{}
}

func (f *fake) offerReads(_ *sim.Call, d sim.Description) store.Reads {
	own := []store.Key{{Kind: kindDecision, ID: decisionID(requested(d))}}
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
	body, _, _ := Read(c.Object())
	id := decisionID(body)
	made, repeated := sim.Get[decision](tx, kindDecision, id)
	if !repeated {
		if f.exhausted(tx, body) {
			return f.failure(Error{Kind: TrialLimit}, 0), nil
		}
		made = f.decide(tx, body, f.app(key))
		tx.PutUntil(kindDecision, id, made, tx.Now.Add(Window))
		f.served(tx, body, made)
	}
	decided := note.OfferDecided{
		ImpressionID: ImpressionID(text(body.ClientID), text(body.InboundMessageID)), Duplicate: repeated, NoFill: made.NoFill,
	}
	answer, err := f.compose(tx, made, &decided)
	if err != nil {
		return sim.Answer{}, err
	}
	f.mark(tx, body, made, &decided)
	tx.Note(decided)
	return answer, nil
}

// mark adds what the customer's side never sees: the sandbox's headers, the
// latency metric, what a repeat changed, the way from impression to thread.
func (f *fake) mark(tx *sim.Tx, body note.OfferBody, made decision, decided *note.OfferDecided) {
	tx.Duplicate = decided.Duplicate
	dedup := "miss"
	if decided.Duplicate {
		dedup = "hit"
		decided.Changed = Changed(made.First, body)
	} else {
		tx.Put(kindImpression, decided.ImpressionID, impression{Served: made.NoFill == ""})
		tx.Mint(decided.ImpressionID)
	}
	tx.Header("X-Sandbox-Dedup", dedup)
	if made.NoFill != "" {
		tx.Header("X-Sandbox-No-Fill", made.NoFill)
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
func (f *fake) decide(tx *sim.Tx, body note.OfferBody, app App) decision {
	made := decision{First: body, RequestID: text(body.RequestID)}
	if tx.Thread != nil {
		made.Thread = tx.Thread.ID
	}
	if made.RequestID == "" {
		made.RequestID = UUID(tx.Workspace.Seed, "requestId", tx.Workspace.Name, decisionID(body))
	}
	if tx.Effect.NoFill != "" {
		made.NoFill = tx.Effect.NoFill
		return made
	}
	learnt, _ := sim.Get[Counts](tx, learntKey.Kind, learntKey.ID)
	campaign, creative, noFill := f.offered(tx).Choose(query(body, app, tx.Now), tx.Workspace.Seed, learnt)
	if noFill != "" {
		made.NoFill = noFill
		return made
	}
	made.CampaignID, made.Creative = campaign.ID, creative
	return made
}

// query is what decides, with the app's defaults where the request is silent.
func query(body note.OfferBody, app App, now time.Time) Query {
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
func (f *fake) compose(tx *sim.Tx, made decision, decided *note.OfferDecided) (sim.Answer, error) {
	if made.NoFill != "" {
		return encoded(NoFill(decided.ImpressionID))
	}
	first := made.First
	workspace := tx.Workspace.Name
	if workspace == sim.DefaultWorkspace {
		workspace = ""
	}
	order := Order{
		Platform: text(first.MessagingPlatform), Recipient: text(first.Recipient), ClientName: text(first.ClientName),
		CampaignID: made.CampaignID, Creative: made.Creative,
		ClickURL: f.tokens.URL(Click{
			AppID: "sandbox", ImpressionID: decided.ImpressionID, Workspace: workspace, Thread: made.Thread,
			CampaignID: made.CampaignID, CreativeID: made.Creative.ID, UserID: text(first.ChatID),
		}),
	}
	composed := Compose(order)
	payload, err := Encode(composed)
	if err != nil {
		return sim.Answer{}, err
	}
	decided.CampaignID, decided.CreativeID, decided.Link, decided.Payload = made.CampaignID, made.Creative.ID, order.ClickURL, payload
	decided.Content = seen(composed)
	return encoded(Served(decided.ImpressionID, made.RequestID, order, json.RawMessage(payload)))
}

func encoded(r Response) (sim.Answer, error) {
	body, err := Encode(r)
	return sim.Answer{Status: 200, Body: body, ContentType: "application/json"}, err
}

// concludeOffer says what the integrator got for an answer.
func concludeOffer(c sim.Conclusion) []sim.Note {
	n := note.OfferAnswered{Status: c.Answer.Status, Complete: c.Answer.Status != 0 && !c.Effect.Cuts(c.Size)}
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
