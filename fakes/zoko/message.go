package zoko

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Kinds of documents about messages. Steps are documents of their own, so that
// a status can be reported by hand without reading the message.
const (
	kindMessage = "zoko.message" // message by id
	kindStep    = "zoko.step"    // step by message id, colon, state
)

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
}

// step is one state that a message got to, or will.
type step struct {
	State   string    `json:"state"`
	At      time.Time `json:"at"`
	Message string    `json:"message"` // for people
}

// put keeps a step of a message.
func (s step) put(tx *sim.Tx, id string) { tx.Put(kindStep, id+":"+s.State, s) }

// readsMessage is the read set of calls about a message.
func readsMessage(id string) (keys []store.Key) {
	keys = []store.Key{{Kind: kindMessage, ID: id}}
	for _, state := range states() {
		keys = append(keys, store.Key{Kind: kindStep, ID: id + ":" + state})
	}
	return keys
}

// steps are those that a message has got to by now, in their order.
func steps(tx *sim.Tx, id string) (reached []step) {
	for _, state := range states() {
		if s, known := sim.Get[step](tx, kindStep, id+":"+state); known && !s.At.After(tx.Now) {
			reached = append(reached, s)
		}
	}
	slices.SortStableFunc(reached, func(a, b step) int { return a.At.Compare(b.At) })
	return reached
}

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
			return store.Reads{Own: readsMessage(c.Params["messageId"])}
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
	for _, s := range steps(tx, m.ID) {
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
	for _, s := range steps(tx, m.ID) {
		e := historyEntry{DeliveryChannel: "whatsapp", HappendAt: stamp(s.At), State: s.State}
		e.Details.Message = s.Message
		body.History = append(body.History, e)
	}
	return sim.Answer{Status: http.StatusOK, Body: body}, nil
}

// remove forgets a message. Its customer keeps it.
func remove(tx *sim.Tx, id string) {
	for _, k := range readsMessage(id) {
		tx.Delete(k.Kind, k.ID)
	}
}

// deleteMessage is DELETE /v2/message/{messageId}.
func deleteMessage(tx *sim.Tx, m message) (sim.Answer, error) {
	remove(tx, m.ID)
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
			remove(tx, id)
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
		r.Own = append(r.Own, readsMessage(id)...)
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
