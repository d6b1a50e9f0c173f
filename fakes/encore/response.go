package encore

// Response is the 200 answer of offers/message, in the order of the Encore
// integration guide's sample. Offer and Message are both there or both null.
type Response struct {
	Success      bool     `json:"success"` // always true
	ImpressionID string   `json:"impressionId"`
	Offer        *Offer   `json:"offer"`
	Message      *Message `json:"message"`
}

// Offer names what was chosen. ID and CampaignID are the same.
type Offer struct {
	ID         string `json:"id"`
	CampaignID string `json:"campaignId"`
	CreativeID string `json:"creativeId"`
	ClickURL   string `json:"clickUrl"`
	RequestID  string `json:"requestId"`
}

// Message is the body to hand to Meta and the platform it was made for.
type Message struct {
	Platform string `json:"platform"`
	// Payload is what Compose made, or the same already encoded (json.RawMessage).
	Payload any `json:"payload"`
}

// Served is the answer with an offer. The payload is what Compose made of the
// order, or its encoding as json.RawMessage.
func Served(impressionID, requestID string, o Order, payload any) Response {
	return Response{
		Success:      true,
		ImpressionID: impressionID,
		Offer: &Offer{
			ID:         o.CampaignID,
			CampaignID: o.CampaignID,
			CreativeID: o.Creative.ID,
			ClickURL:   o.ClickURL,
			RequestID:  requestID,
		},
		Message: &Message{Platform: o.Platform, Payload: payload},
	}
}

// NoFill is the answer without an offer.
func NoFill(impressionID string) Response {
	return Response{Success: true, ImpressionID: impressionID}
}
