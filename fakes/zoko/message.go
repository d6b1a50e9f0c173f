package zoko

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

const kindMessage = "zoko.message" // message by id

// Steps of a message of the store.
const (
	stateSent      = "sent"
	stateDelivered = "delivered"
	stateRead      = "read"
	stateFailed    = "failed"
	stateReceived  = "received" // of a customer's message
	stateAccepted  = "accepted" // in message:store:out
	stateSeen      = "seen"     // what webhooks are seen to say for read
)

// states are those that a message of the store can get to.
func states() []string { return []string{stateSent, stateDelivered, stateRead, stateFailed} }

// Directions of messages.
const (
	fromCustomer = "FROM_CUSTOMER"
	fromStore    = "FROM_STORE"
)

// message is a message as the account's database has it.
type message struct {
	ID        string    `json:"id"`
	Account   string    `json:"account"`
	Customer  string    `json:"customer"` // number, digits
	Direction string    `json:"direction"`
	Type      string    `json:"type"`
	Text      string    `json:"text"`
	FileURL   string    `json:"fileUrl"`
	Caption   string    `json:"caption"`
	Template  string    `json:"template"` // templateId, of template messages
	At        time.Time `json:"at"`
	// Steps are those that it got to and, by their time, those that are to come.
	Steps []step `json:"steps"`
}

// step is one state that a message got to, or will.
type step struct {
	State   string    `json:"state"`
	At      time.Time `json:"at"`
	Message string    `json:"message"` // for people
}

// with is the message with one step more, or at another time.
func (m message) with(s step) message {
	m.Steps = append(slices.DeleteFunc(slices.Clone(m.Steps), func(old step) bool { return old.State == s.State }), s)
	return m
}

// reached are the steps that a message has got to by now, in their order.
func (m message) reached(now time.Time) []step {
	all := slices.DeleteFunc(slices.Clone(m.Steps), func(s step) bool { return s.At.After(now) })
	slices.SortStableFunc(all, func(a, b step) int { return a.At.Compare(b.At) })
	return all
}

// messageKey is where a message is kept.
func messageKey(id string) store.Key { return store.Key{Kind: kindMessage, ID: id} }

// owned finds a message of the caller's account.
func (f *fake) owned(tx *sim.Tx, c *sim.Call, id string) (message, bool) {
	m, known := sim.Get[message](tx, kindMessage, id)
	return m, known && m.Account == f.account(c).ID
}

// onMessage makes an operation on one message.
func (f *fake) onMessage(handle func(*sim.Tx, message) (sim.Answer, error)) sim.Operation {
	return sim.Operation{
		Describe: func(c *sim.Call) sim.Description {
			return sim.Description{Minted: c.Params["messageId"], Key: key(c)}
		},
		Reads: func(c *sim.Call, _ sim.Description) store.Reads {
			return store.Reads{Own: []store.Key{messageKey(c.Params["messageId"])}}
		},
		Handle: func(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
			id := c.Params["messageId"]
			m, owned := f.owned(tx, c, id)
			if !owned {
				return fail(tx, absent("message", id))
			}
			return handle(tx, m)
		},
	}
}

// party names a customer by id.
type party struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// messageBody is a message as GET /v2/message/{messageId} answers it.
type messageBody struct {
	ID                string  `json:"id"`
	Customer          party   `json:"customer"`
	DeliveryStatus    string  `json:"deliveryStatus"`
	Direction         string  `json:"direction"`
	Platform          string  `json:"platform"`
	PlatformSenderID  string  `json:"platformSenderId"`
	PlatformTimestamp string  `json:"platformTimestamp"`
	Type              string  `json:"type"`
	Text              string  `json:"text"`
	FileURL           string  `json:"fileUrl"`
	FileCaption       string  `json:"fileCaption"`
	Attachments       []party `json:"attachments"`
}

// getMessage is GET /v2/message/{messageId}. The sender is always the customer.
func getMessage(tx *sim.Tx, m message) (sim.Answer, error) {
	status := stateSent // what is accepted and no further yet; the reference has no word for it
	if m.Direction == fromCustomer {
		status = stateReceived
	}
	for _, s := range m.reached(tx.Now) {
		status = s.State
	}
	return sim.Answer{Status: http.StatusOK, Body: messageBody{
		ID: m.ID, Customer: party{ID: customerID(m.Account, m.Customer)}, DeliveryStatus: status, Direction: m.Direction, Platform: "whatsapp",
		PlatformSenderID: m.Customer, PlatformTimestamp: stamp(m.At), Type: m.Type, Text: m.Text, FileURL: m.FileURL, FileCaption: m.Caption,
		Attachments: []party{},
	}}, nil
}

// historyBody is the answer to GET /v2/message/{messageId}/history. The
// reference does spell happendAt so.
type historyBody struct {
	MessageID string         `json:"messageId"`
	History   []historyEntry `json:"history"`
}

type historyEntry struct {
	DeliveryChannel string `json:"deliveryChannel"`
	HappendAt       string `json:"happendAt"`
	State           string `json:"state"`
	Details         struct {
		Message string `json:"message"`
	} `json:"details"`
}

// getHistory is GET /v2/message/{messageId}/history.
func getHistory(tx *sim.Tx, m message) (sim.Answer, error) {
	body := historyBody{m.ID, []historyEntry{}}
	for _, s := range m.reached(tx.Now) {
		e := historyEntry{DeliveryChannel: "whatsapp", HappendAt: stamp(s.At), State: s.State}
		e.Details.Message = s.Message
		body.History = append(body.History, e)
	}
	return sim.Answer{Status: http.StatusOK, Body: body}, nil
}

// deleteMessage is DELETE /v2/message/{messageId}. The customer keeps the message.
func deleteMessage(tx *sim.Tx, m message) (sim.Answer, error) {
	tx.Delete(kindMessage, m.ID)
	return sim.Answer{Status: http.StatusNoContent}, nil
}

// maxBatch is how many messages are deleted at once.
const maxBatch = 50

// readBatch reads the ids of a deletion.
func readBatch(c *sim.Call) ([]string, *Error) {
	r := &reader{}
	ids := r.strings(r.bodyOf(c), "messages")
	if len(ids) == 0 || len(ids) > maxBatch {
		r.fail("messages must be 1 to %d ids of messages", maxBatch)
	}
	return ids, r.problem
}

// batchBody is the answer to DELETE /v2/message/batch.
type batchBody struct {
	Deleted  int            `json:"deleted"`
	Failed   int            `json:"failed"`
	Messages []batchMessage `json:"messages"`
}

type batchMessage struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	Description string `json:"description"`
}

// deleteMessages is DELETE /v2/message/batch.
func (f *fake) deleteMessages(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	ids, problem := readBatch(c)
	if problem != nil {
		return fail(tx, problem)
	}
	var body batchBody
	seen := map[string]bool{}
	for _, id := range ids {
		result := batchMessage{id, "failed", "no such message"}
		if _, owned := f.owned(tx, c, id); owned && !seen[id] {
			tx.Delete(kindMessage, id)
			result = batchMessage{id, "deleted", "deleted from the database"}
			body.Deleted++
		} else {
			body.Failed++
		}
		seen[id] = true
		body.Messages = append(body.Messages, result)
	}
	return sim.Answer{Status: http.StatusOK, Body: body}, nil
}

// readsBatch is the read set of a deletion of several messages.
func readsBatch(c *sim.Call, _ sim.Description) (r store.Reads) {
	ids, _ := readBatch(c)
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids[:min(len(ids), maxBatch)]))) {
		r.Own = append(r.Own, messageKey(id))
	}
	return r
}

// shown is what a webhook says for a state.
func (f *fake) shown(state string) string {
	if f.Seen && state == stateRead {
		return stateSeen
	}
	return cmp.Or(state, stateAccepted)
}
