package kaleyra

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// StatusNotSent is a message that Kaleyra never handed to WhatsApp (WhatsApp
// status); the other statuses are Meta's.
const StatusNotSent = "not-sent"

// statuses are the words of callbacks.
var statuses = []string{meta.StatusSent, meta.StatusDelivered, meta.StatusRead, meta.StatusFailed, StatusNotSent}

// kept is what an accepted message leaves, for its callbacks and for answers to it.
type kept struct {
	ID        string `json:"id"` // of the 202
	Refs      Refs   `json:"refs"`
	Source    string `json:"source"` // wa_source
	To        string `json:"to"`
	Category  string `json:"category,omitempty"` // of its template
	BizOpaque string `json:"bizOpaque,omitempty"`
}

const kindKept = "kaleyra.message" // kept by the 202's message_id

func (k kept) wamid() string { return wamidOf(k.ID, k.To) }

// sees is what callbacks look at: what a message left.
func sees(_, message string) []store.Key {
	if message == "" {
		return nil
	}
	return []store.Key{{Kind: kindKept, ID: idOf(message)}}
}

// keptOf is what the message of an id left; what is not known has left nothing.
func keptOf(tx *sim.Tx, message string) (kept, bool) {
	if message == "" {
		return kept{}, false
	}
	return sim.Get[kept](tx, kindKept, idOf(message))
}

// frame is a callback of API v2 (webhook payloads v2).
type frame struct {
	Meta      json.RawMessage `json:"meta_object"`
	Extra     any             `json:"extra_info"`
	Status    string          `json:"status,omitempty"`
	MessageID string          `json:"message_id,omitempty"`
}

// statusInfo is the extra_info of a status. The page does not say which member
// holds the 202's message_id; inbound callbacks have one of its form as
// reply_to, so statuses have it there too.
type statusInfo struct {
	TraceID   string `json:"trace_id"`
	MessageID string `json:"message_id"` // the wamid
	ReplyTo   string `json:"reply_to"`   // the 202's message_id
	WABA      string `json:"waba_id"`
	Refs
	TrackBody   bool `json:"enable_url_tracking_body"`
	TrackButton bool `json:"enable_url_tracking_button"`
}

// body is the frame as it is sent.
func (f frame) body() []byte { return provider.JSON(f) }

// step is one status of a message.
type step struct {
	status  string
	after   time.Duration
	failure *meta.Error
}

// report makes the callbacks of an accepted message due: how it arrives, or with
// a failure that it does not.
func (f *fake) report(tx *sim.Tx, from Sender, k kept, failure *meta.Error) {
	steps := []step{
		{meta.StatusSent, f.Delays.Sent, nil}, {meta.StatusDelivered, f.Delays.Delivered, nil}, {meta.StatusRead, f.Delays.Read, nil},
	}
	if failure != nil {
		steps = []step{{meta.StatusFailed, max(f.Delays.Sent, 0), failure}}
	}
	if !tx.Heard() {
		return
	}
	for _, s := range steps {
		if s.after >= 0 {
			tx.Webhook(from.status(k, s, tx.Now))
		}
	}
}

// status is the callback of one step of a message, counted from now.
func (s Sender) status(k kept, to step, now time.Time) sim.Webhook {
	id, told := k.wamid(), to.status
	if to.status == StatusNotSent {
		id, told = k.ID, meta.StatusFailed
	}
	code := ""
	if to.failure != nil {
		code = strconv.Itoa(to.failure.Code)
	}
	number := s.Number
	number.Version = 23 // the last whose statuses have a conversation, as the page's sample has
	entry := meta.Statuses(number, meta.Status{
		MessageID: id, Status: to.status, To: k.To, At: now.Add(to.after), BizOpaque: k.BizOpaque, Category: k.Category, Failure: to.failure,
		Conversation: sim.NewRand(0, "conversation", s.ID(), k.To).Hex(16),
	})
	return sim.Webhook{
		Event: "status", ID: k.ID, After: to.after,
		Body: frame{
			Meta: entry.Changes()[0], Status: to.status, MessageID: id,
			Extra: statusInfo{TraceID: traceID(k.ID), MessageID: id, ReplyTo: k.ID, WABA: s.WABA, Refs: k.Refs},
		}.body(),
		Notes: []sim.Note{
			note.EventDelivered{Event: "status", MessageID: k.ID, Status: to.status},
			note.StatusDelivered{MessageID: k.ID, Status: told, Code: code},
		},
	}
}

// traceID is Kaleyra's own mark of what a callback is about.
func traceID(id string) string { return sim.NewRand(0, "trace", id).UUID() }

// setStatus reports a status by hand.
func (f *fake) setStatus(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
	k, found := keptOf(tx, change.MessageID)
	if !found {
		k = kept{ID: idOf(change.MessageID), To: tx.Thread.Customer}
	}
	return f.told(tx, k, change.Status, change.Code)
}

// told is the callback of a status that somebody wants; code is of a failure.
func (f *fake) told(tx *sim.Tx, k kept, status string, code int) (sim.Webhook, error) {
	from, known := f.sender(tx.Thread.Account)
	switch {
	case !known:
		return sim.Webhook{}, fmt.Errorf("no sender %s", tx.Thread.Account)
	case !slices.Contains(statuses, status):
		return sim.Webhook{}, fmt.Errorf("no status %q on channel kaleyra; use one of %s", status, strings.Join(statuses, ", "))
	}
	s := step{status: status}
	if status == meta.StatusFailed {
		s.failure = meta.NewError(cmp.Or(code, 131026), "")
	}
	return from.status(k, s, tx.Now), nil
}
