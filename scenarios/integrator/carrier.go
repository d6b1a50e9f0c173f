package integrator

import (
	"encoding/json"
	"errors"
)

// offerTemplate is the approved template that carries offers where a provider
// takes no payload of Encore's: an image, a text, a button with a link.
const (
	offerTemplate         = "encore_offer"
	offerTemplateLanguage = "en"
)

// carried is what a template has to show of an offer, unchanged.
type carried struct{ image, text, link string }

// unpack reads image, text and link of a WhatsApp payload (WhatsApp Cloud API,
// interactive CTA URL). An offer that lacks one cannot be carried whole.
func unpack(payload json.RawMessage) (carried, error) {
	var p struct {
		Interactive struct {
			Header struct {
				Image struct {
					Link string `json:"link"`
				} `json:"image"`
			} `json:"header"`
			Body struct {
				Text string `json:"text"`
			} `json:"body"`
			Action struct {
				Parameters struct {
					URL string `json:"url"`
				} `json:"parameters"`
			} `json:"action"`
		} `json:"interactive"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return carried{}, err
	}
	c := carried{p.Interactive.Header.Image.Link, p.Interactive.Body.Text, p.Interactive.Action.Parameters.URL}
	if c.image == "" || c.text == "" || c.link == "" {
		return c, errors.New("the payload lacks the image, the text or the link that the template has to carry")
	}
	return c, nil
}

// carry is unpack with what a defect makes of it.
func (in *Integrator) carry(payload json.RawMessage) (carried, error) {
	c, err := unpack(payload)
	return in.policy.carried(c), err
}
