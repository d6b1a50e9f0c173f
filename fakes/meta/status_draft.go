package meta

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// statusDraft is what the statuses of one message have in common, as it waits
// in the outbox: a status is written when it goes out, since a send is often
// over before anybody listens.
type statusDraft struct {
	Number       string `json:"number,omitempty"` // phone_number_id of the sender
	Actor        string `json:"actor,omitempty"`  // or its page or Instagram account
	To           string `json:"to"`
	UserID       string `json:"userId,omitempty"`
	BizOpaque    string `json:"bizOpaque,omitempty"`
	Category     string `json:"category,omitempty"`
	Conversation string `json:"conversation,omitempty"`
	Accepted     int64  `json:"accepted"`       // when the message was, Unix time in nanoseconds
	Code         int    `json:"code,omitempty"` // of a failure
	Details      string `json:"details,omitempty"`
}

func draftOf(from Account, st Status, accepted time.Time) string {
	d := statusDraft{
		Number: from.PhoneNumberID, To: st.To, UserID: st.UserID, BizOpaque: st.BizOpaque,
		Category: st.Category, Conversation: st.Conversation, Accepted: accepted.UnixNano(),
	}
	if st.Failure != nil {
		d.Code, d.Details = st.Failure.Code, st.Failure.Details
	}
	text, _ := json.Marshal(&d) // strings and numbers: cannot fail
	return string(text)
}

// receiptDraft is draftOf for a page or an Instagram account.
func receiptDraft(from actor, tx *sim.Tx) string {
	text, _ := json.Marshal(&statusDraft{Actor: from.ID, To: tx.Thread.Customer, Accepted: tx.Now.UnixNano()})
	return string(text)
}

// drafted is the webhook of one status, to be written by render.
func drafted(draft, message, status string, after time.Duration) sim.Webhook {
	return sim.Webhook{Event: "status", ID: message, After: after, Draft: draft, Step: status}
}

// render writes a status that was drafted.
func (f *fake) render(w sim.Webhook) sim.Webhook {
	var d statusDraft
	if err := json.Unmarshal([]byte(w.Draft), &d); err != nil {
		panic(err) // draftOf wrote it
	}
	at := time.Unix(0, d.Accepted).Add(w.After - w.Late).UTC()
	if p, social := f.actor(d.Actor); social {
		written := f.receipt(talk{p, d.To, at}, w.Step, w.ID)
		w.Body, w.Notes = written.Body, written.Notes
		return w
	}
	from, _ := f.number(d.Number)
	st := Status{
		MessageID: w.ID, Status: w.Step, To: d.To, UserID: d.UserID, BizOpaque: d.BizOpaque, Category: d.Category,
		Conversation: d.Conversation, At: at,
	}
	if d.Code != 0 {
		st.Failure = NewError(d.Code, d.Details)
	}
	written := statusWebhook(from, st)
	w.Body, w.Notes = written.Body, written.Notes
	return w
}

// statusWebhook is the webhook of a status, written at once.
func statusWebhook(from Account, st Status) sim.Webhook {
	code := ""
	if st.Failure != nil {
		code = strconv.Itoa(st.Failure.Code)
	}
	return sim.Webhook{
		Event: "status", ID: st.MessageID, Body: WebhookBody(Statuses(from.Number, st)),
		Notes: []sim.Note{
			note.EventDelivered{Event: "status", MessageID: st.MessageID, Status: st.Status},
			note.StatusDelivered{MessageID: st.MessageID, Status: st.Status, Code: code},
		},
	}
}
