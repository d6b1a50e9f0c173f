package meta

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// SocialEvent is one element of a webhook's messaging array, as Messenger and
// Instagram send it (Messenger Platform, webhook events; Instagram messaging,
// webhooks). One of its members below Timestamp is set.
type SocialEvent struct {
	Sender    SocialID        `json:"sender"`
	Recipient SocialID        `json:"recipient"`
	Timestamp int64           `json:"timestamp"` // milliseconds
	Thread    *SocialID       `json:"thread,omitempty"`
	Message   *SocialMessage  `json:"message,omitempty"`
	Postback  *SocialPostback `json:"postback,omitempty"`
	Reaction  *SocialReaction `json:"reaction,omitempty"`
	Delivery  *SocialDelivery `json:"delivery,omitempty"`
	Read      *SocialReceipt  `json:"read,omitempty"`
}

// SocialID is an object by its id.
type SocialID struct {
	ID string `json:"id"`
}

// SocialMessage is a message of the customer, or, as an echo, of the business.
type SocialMessage struct {
	MID           string             `json:"mid"`
	Text          string             `json:"text,omitempty"`
	QuickReply    *SocialQuickReply  `json:"quick_reply,omitempty"`
	ReplyTo       *SocialReply       `json:"reply_to,omitempty"`
	Attachments   []SocialAttachment `json:"attachments,omitempty"`
	IsEcho        bool               `json:"is_echo,omitempty"`
	AppID         *int64             `json:"app_id,omitempty"`
	Metadata      string             `json:"metadata,omitempty"`
	IsDeleted     bool               `json:"is_deleted,omitempty"`     // Instagram
	IsUnsupported bool               `json:"is_unsupported,omitempty"` // Instagram
}

// SocialQuickReply is the payload of the quick reply that was tapped.
type SocialQuickReply struct {
	Payload string `json:"payload"`
}

// SocialReply is the message that is answered.
type SocialReply struct {
	MID string `json:"mid"`
}

// SocialAttachment is a file or a template of a message.
type SocialAttachment struct {
	Type    string `json:"type"`
	Payload any    `json:"payload,omitempty"`
}

// SocialPostback is a tap on a postback button.
type SocialPostback struct {
	MID     string `json:"mid"`
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// SocialReaction is a reaction to a message, or its withdrawal.
type SocialReaction struct {
	MID      string `json:"mid"`
	Action   string `json:"action"` // react or unreact
	Reaction string `json:"reaction,omitempty"`
	Emoji    string `json:"emoji,omitempty"`
}

// SocialDelivery reports that messages up to a moment have arrived.
type SocialDelivery struct {
	MIDs      []string `json:"mids,omitempty"`
	Watermark int64    `json:"watermark"` // milliseconds
}

// SocialReceipt reports that messages were read: Messenger up to a moment,
// Instagram up to a message.
type SocialReceipt struct {
	Watermark int64  `json:"watermark,omitempty"` // milliseconds
	MID       string `json:"mid,omitempty"`
}

type socialEntry struct {
	ID        string        `json:"id"`
	Time      int64         `json:"time"`
	Messaging []SocialEvent `json:"messaging,omitempty"`
	Standby   []SocialEvent `json:"standby,omitempty"` // where another app is in control of the thread
}

// events are those of an entry, whoever is in control.
func (e socialEntry) events() []SocialEvent { return slices.Concat(e.Messaging, e.Standby) }

// SocialBody returns the bytes of a webhook as they are signed and sent. Object
// is "page" or "instagram", account the page's or the Instagram account's id,
// and at when Meta sends it.
func SocialBody(object, account string, at time.Time, events ...SocialEvent) []byte {
	return socialEntry{ID: account, Time: at.UnixMilli(), Messaging: events}.body(object)
}

func (e socialEntry) body(object string) []byte {
	return ASCII(encode(struct {
		Object string        `json:"object"`
		Entry  []socialEntry `json:"entry"`
	}{object, []socialEntry{e}}))
}

// talk is a conversation at a moment: what every webhook of it begins with.
type talk struct {
	actor
	Customer string
	At       time.Time
}

// from is an event that the customer caused.
func (f *fake) from(t talk) SocialEvent {
	e := SocialEvent{Sender: SocialID{t.Customer}, Recipient: SocialID{t.ID}, Timestamp: t.At.UnixMilli()}
	if f.Messenger.ThreadIDs {
		e.Thread = &SocialID{t.conversationID(t.ID, t.Customer)}
	}
	return e
}

func (t talk) webhook(event, id string, e SocialEvent, notes ...sim.Note) sim.Webhook {
	return sim.Webhook{Event: event, ID: id, Body: SocialBody(t.Object, t.ID, t.At, e), Notes: notes}
}

// inbound is the note of an event that the customer caused and that has an id.
func (f *fake) inbound(t talk, thread string, e SocialEvent, id, text, why string) note.InboundMessage {
	n := note.InboundMessage{
		ID: id, Thread: thread, Text: text, Timestamp: e.Timestamp, Platform: t.Platform, Recipient: t.Customer,
		ChatIDs: []string{t.Customer}, NotAnInbound: why,
	}
	if e.Thread != nil {
		n.ThreadKey, n.ChatIDs = e.Thread.ID, []string{e.Thread.ID}
	}
	return n
}

// talk is the conversation of the transaction's thread.
func (f *fake) talk(tx *sim.Tx) (talk, error) {
	p, ok := f.actor(tx.Thread.Account)
	if !ok {
		return talk{}, fmt.Errorf("no page or Instagram account %s", tx.Thread.Account)
	}
	return talk{p, tx.Thread.Customer, tx.Now}, nil
}

// echo is the webhook that repeats a message of the business.
func (f *fake) echo(t talk, s *SocialSend, mid string) sim.Webhook {
	e := f.from(t)
	e.Sender, e.Recipient = e.Recipient, e.Sender
	e.Message = &SocialMessage{MID: mid, IsEcho: true, Metadata: s.Meta, Attachments: t.echoed(s)}
	if s.Type == "text" {
		e.Message.Text = s.Content.Text
	}
	if s.ReplyTo != "" {
		e.Message.ReplyTo = &SocialReply{s.ReplyTo}
	}
	if !t.Instagram {
		e.Message.AppID = f.Messenger.appID()
	}
	return t.webhook("echo", mid, e, note.EventDelivered{Event: "echo", MessageID: mid})
}

// echoed is what a message carried, as echoes repeat it.
func (s surface) echoed(sent *SocialSend) (all []SocialAttachment) {
	list, _ := sent.Message["attachments"].([]any)
	if one, ok := sent.Message["attachment"].(map[string]any); ok {
		list = []any{one}
	}
	for _, item := range list {
		a, _ := item.(map[string]any)
		kind, _ := a["type"].(string)
		payload, _ := a["payload"].(map[string]any)
		echo := SocialAttachment{Type: kind, Payload: payload}
		if s.Instagram && payload["template_type"] == "generic" {
			echo.Payload = map[string]any{"generic": map[string]any{"elements": payload["elements"]}}
		}
		all = append(all, echo)
	}
	return all
}

// appID is the number by which echoes name the app.
func (m Messenger) appID() *int64 {
	var id int64
	for _, c := range digits(cmp.Or(m.AppID, "220133451234567")) {
		id = id*10 + int64(c-'0')
	}
	return &id
}

// receipt is the webhook that says what became of a message. StatusDelivered is
// Messenger's alone.
func (f *fake) receipt(t talk, status, mid string) sim.Webhook {
	e := f.from(t)
	switch {
	case status == StatusDelivered:
		e.Delivery = &SocialDelivery{MIDs: []string{mid}, Watermark: e.Timestamp}
	case t.Instagram:
		e.Read = &SocialReceipt{MID: mid}
	default:
		e.Read = &SocialReceipt{Watermark: e.Timestamp}
	}
	return t.webhook("status", mid, e,
		note.EventDelivered{Event: "status", MessageID: mid, Status: status},
		note.StatusDelivered{MessageID: mid, Status: status},
	)
}

// setSocialStatus reports a status by hand. There is no webhook of a message
// that was sent or that failed: the answer of the call says so.
func (f *fake) setSocialStatus(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
	t, err := f.talk(tx)
	if err != nil {
		return sim.Webhook{}, err
	}
	switch {
	case change.Status == StatusRead, change.Status == StatusDelivered && !t.Instagram:
		return f.receipt(t, change.Status, change.MessageID), nil
	case t.Instagram:
		return sim.Webhook{}, fmt.Errorf("instagram has no status %q; use read", change.Status)
	}
	return sim.Webhook{}, fmt.Errorf("messenger has no status %q; use delivered or read", change.Status)
}
