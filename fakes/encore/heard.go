package encore

import (
	"encoding/json"
	"net/http"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// heardResponse is a recorded Response: its payload stays as it came.
type heardResponse struct {
	Success      bool   `json:"success"`
	ImpressionID string `json:"impressionId"`
	Offer        *Offer `json:"offer"`
	Message      *struct {
		Platform string          `json:"platform"`
		Payload  json.RawMessage `json:"payload"`
	} `json:"message"`
}

// heardOffer notes what a recorded answer offered. The reason of a no-fill is not
// in the answer.
func heardOffer(tx *sim.Tx, c sim.Conclusion) bool {
	r := provider.Answered[heardResponse](c)
	if c.Answer.Status != http.StatusOK || !r.Success || r.ImpressionID == "" {
		return false
	}
	tx.Mint(r.ImpressionID)
	decided := note.OfferDecided{ImpressionID: r.ImpressionID, NoFill: "not said"}
	if r.Offer != nil && r.Message != nil {
		decided.NoFill, decided.CampaignID, decided.CreativeID, decided.Link = "", r.Offer.CampaignID, r.Offer.CreativeID, r.Offer.ClickURL
		decided.Payload, decided.Content = r.Message.Payload, visible(r.Message.Platform, r.Message.Payload)
	}
	tx.Note(decided)
	return true
}

// visible is what a customer sees of a recorded payload.
func visible(platform string, payload json.RawMessage) note.Content {
	if platform == WhatsApp {
		var p WhatsAppPayload
		_ = json.Unmarshal(payload, &p)
		return seen(p)
	}
	var p GenericPayload
	if json.Unmarshal(payload, &p) != nil || len(p.Message.Attachment.Payload.Elements) == 0 {
		return note.Content{}
	}
	return seen(p)
}

// heardDelivered notes a recorded callback. Its impression is known when the
// answer that has it was recorded too.
func heardDelivered(tx *sim.Tx, c sim.Conclusion) bool {
	if c.Answer.Status < 200 || c.Answer.Status > 299 {
		return false
	}
	tx.Note(confirmed(c.Call, tx.Thread != nil, c.Answer.Status))
	return true
}
