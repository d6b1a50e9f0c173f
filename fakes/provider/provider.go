// Package provider holds what the fakes of messaging providers share: telephone
// numbers as thread ids have them, what a message that carries an offer says
// about itself, addresses of files, and the small bookkeeping of notes. It knows
// no vendor.
//
//	vendor bytes ─▶ fake ─▶ note.Outgoing ─▶ Marked (links, carrier, impression) ─▶ MessageSent, SendRefused
//	webhook attempt ─▶ Numbered (which delivery this is)
package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// Marked completes what a provider was asked to send: how many links of its
// content lead to Encore, to which offer, and how that was carried. Without
// such a link it carries no offer and stays as it is.
func Marked(o note.Outgoing, carrier string) note.Outgoing {
	for _, l := range o.Content.Links {
		if link.IsOffer(l) {
			o.OfferLinks++
			o.Carrier, o.Impression = carrier, link.Impression(l)
		}
	}
	return o
}

// Credential is what notes say of the credential of a send: its kind, or, when the
// Encore key came in its place or beside it, that key's.
func Credential(c *sim.Call, kind, value string) string {
	for _, given := range []string{value, c.Header.Get("X-Api-Key")} {
		for _, encore := range []string{"pk_test", "pk_live"} {
			if strings.HasPrefix(given, encore+"_") {
				return encore
			}
		}
	}
	return kind
}

// Payload is a request's body as notes keep it: as it is where it is JSON, else
// as a JSON string.
func Payload(body []byte) json.RawMessage {
	if json.Valid(body) {
		return body
	}
	quoted, _ := json.Marshal(string(body))
	return quoted
}

// Refused is the note of a message that did not get through; code is the
// vendor's own, empty where its answer has none.
func Refused(c sim.Conclusion, o note.Outgoing, code string) note.SendRefused {
	n := note.SendRefused{Outgoing: o, Status: c.Answer.Status, Code: code}
	if c.Hit != nil {
		n.Fault = c.Hit.ID
	}
	return n
}

// Numbered says in the notes of a webhook which attempt this is, from 1.
func Numbered(notes []sim.Note, attempt int) []sim.Note {
	out := make([]sim.Note, len(notes))
	for i, n := range notes {
		if in, ok := n.(note.InboundMessage); ok {
			in.Delivery = attempt
			n = in
		}
		out[i] = n
	}
	return out
}

// NormalPhone is a phone number as thread ids have it: digits alone, country
// code first (ITU-T E.164, 7 to 15 of them). The error says what to write.
func NormalPhone(text string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+ -()", r) {
			return -1
		}
		return r
	}, text)
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", errors.New("from must be a phone number with its country code, 7 to 15 digits, such as 15014005001")
	}
	return digits, nil
}

// FreshPhone invents a customer's number in the North American plan.
func FreshPhone(random uint64) string {
	return fmt.Sprintf("1%03d%03d%04d", 201+random%700, 200+random/700%800, random/560000%10000)
}

// FatedPhone is the number whose ten last digits name a fate.
func FatedPhone(ending string) string { return "1" + ending }
