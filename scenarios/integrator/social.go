package integrator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// event is one event of Messenger or Instagram (Messenger Platform, webhook
// events; Instagram messaging, webhooks).
type event struct {
	Sender    party           `json:"sender"`
	Recipient party           `json:"recipient"`
	Timestamp int64           `json:"timestamp"` // Unix milliseconds
	Thread    party           `json:"thread"`    // not in every webhook
	Message   json.RawMessage `json:"message"`
	Postback  *reference      `json:"postback"`
	Reaction  *reference      `json:"reaction"`
	Delivery  *struct {
		MIDs      []string `json:"mids"` // may be left out
		Watermark int64    `json:"watermark"`
	} `json:"delivery"`
	Read *struct {
		MID       string `json:"mid"`       // Instagram
		Watermark int64  `json:"watermark"` // Messenger
	} `json:"read"`
}

type party struct {
	ID string `json:"id"`
}

type reference struct {
	MID string `json:"mid"`
}

type socialMessage struct {
	MID         string            `json:"mid"`
	Text        string            `json:"text"`
	Attachments []json.RawMessage `json:"attachments"`
	Echo        bool              `json:"is_echo"`
	Deleted     bool              `json:"is_deleted"`
	Unsupported bool              `json:"is_unsupported"`
}

// kind says what a message is, in the words that the policy ignores or not. A
// message without any content is one that the platform could not tell.
func (m socialMessage) kind() string {
	switch {
	case m.Deleted:
		return "deleted"
	case m.Unsupported || m.Text == "" && len(m.Attachments) == 0:
		return "unsupported"
	}
	return "text"
}

func (in *Integrator) readSocial(ch *channel, e entry) {
	op, known := in.operators.find(ch, e.ID)
	if !known {
		in.cfg.Log("no operator has the account %q: %d events left alone", e.ID, len(e.Messaging))
		return
	}
	for _, ev := range e.Messaging {
		switch {
		case ev.Message != nil:
			in.socialMessage(ch, op, ev)
		case ev.Postback != nil:
			in.socialInbound(ch, op, ev, ev.Postback.MID, "postback")
		case ev.Reaction != nil:
			in.socialInbound(ch, op, ev, ev.Reaction.MID, "reaction")
		default:
			in.socialReceipt(ch, op, ev)
		}
	}
}

func (in *Integrator) socialMessage(ch *channel, op Operator, ev event) {
	var msg socialMessage
	if err := json.Unmarshal(ev.Message, &msg); err != nil {
		in.cfg.Log("a message of %s cannot be read: %v", ev.Sender.ID, err)
		return
	}
	if !msg.Echo && ev.Sender.ID != ch.account(op) {
		in.socialInbound(ch, op, ev, msg.MID, msg.kind())
		return
	}
	in.echoed(ch, op, ev, msg.MID)
	if in.policy.answersEchoes {
		in.enqueue(inbound{channel: ch, id: msg.MID, kind: "echo", operator: op, address: ev.Recipient.ID, at: in.clock.Now(), received: in.clock.Now()})
		return
	}
	in.socialInbound(ch, op, ev, msg.MID, "echo")
}

// echoed adds a message of the business to the thread's history: our own are
// there already, those of a colleague at the page's inbox are not, and a link
// of theirs counts too.
func (in *Integrator) echoed(ch *channel, op Operator, ev event, id string) {
	m := inbound{channel: ch, operator: op, address: ev.Recipient.ID}
	in.mu.Lock()
	t := in.threadOf(m)
	in.mu.Unlock()
	in.accept(t, id, carriesLink(ev.Message))
}

// socialInbound enqueues what a customer did if it counts as a message.
func (in *Integrator) socialInbound(ch *channel, op Operator, ev event, id, kind string) {
	m := inbound{
		channel: ch, id: id, kind: kind, operator: op, address: ev.Sender.ID, thread: ev.Thread.ID, received: in.clock.Now(),
	}
	m.unix, m.at = socialInstant(ev.Timestamp, m.received)
	if m.id == "" || m.address == "" || in.policy.ignores(kind) {
		return
	}
	in.enqueue(m)
}

// socialInstant reads Messenger's and Instagram's Unix milliseconds; seconds
// are what Encore wants, rounded down (Encore integration guide, Where each
// field comes from). As in instant, what cannot be is 0.
func socialInstant(ms int64, received time.Time) (int64, time.Time) {
	if ms <= 0 {
		return 0, received
	}
	return ms / 1000, time.UnixMilli(ms)
}

// socialReceipt takes delivery and read events: of messages by their ids, or,
// where Meta gives none, of everything sent up to a moment.
func (in *Integrator) socialReceipt(ch *channel, op Operator, ev event) {
	_, at := socialInstant(ev.Timestamp, in.clock.Now())
	var ids []string
	var watermark int64
	switch {
	case ev.Delivery != nil:
		ids, watermark = ev.Delivery.MIDs, ev.Delivery.Watermark
	case ev.Read == nil:
		return
	case ev.Read.MID != "":
		ids = []string{ev.Read.MID}
	default:
		watermark = ev.Read.Watermark
	}
	r := newReceipt(at, ev.Read != nil)
	for _, id := range ids {
		in.reported(id, r)
	}
	if len(ids) == 0 && watermark > 0 {
		in.reportedUpTo(inbound{channel: ch, operator: op, address: ev.Sender.ID}, time.UnixMilli(watermark), r)
	}
}

// platformChatID is the platform's thread id where the webhook has one, else
// the customer's (Encore integration guide, Where each field comes from).
func platformChatID(m inbound) string {
	if m.thread != "" {
		return m.thread
	}
	return m.address
}

// pageMessages is the Send API. Its token is in the query, as the guide has it.
func pageMessages(c Config, m inbound) (string, http.Header) {
	token := m.operator.PageToken
	if token == "" {
		token = c.GraphToken
	}
	return c.GraphURL + fmt.Sprintf(messagesPath, "me") + "?access_token=" + url.QueryEscape(token), http.Header{}
}

// socialText is the reply (Messenger Platform, Send API; Instagram messaging,
// send a message).
type socialText struct {
	Recipient party  `json:"recipient"`
	Type      string `json:"messaging_type"`
	Message   struct {
		Text string `json:"text"`
	} `json:"message"`
}

func socialReply(m inbound, text string) any {
	msg := socialText{Recipient: party{m.address}, Type: "RESPONSE"}
	msg.Message.Text = text
	return msg
}

// socialSeen marks as read and shows a typing indicator (Messenger Platform,
// sender actions).
func socialSeen(m inbound) (bodies []any) {
	for _, action := range []string{"mark_seen", "typing_on"} {
		bodies = append(bodies, map[string]any{"recipient": party{m.address}, "sender_action": action})
	}
	return bodies
}

func mid(answer []byte) string {
	var a struct {
		MessageID string `json:"message_id"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return ""
	}
	return a.MessageID
}
