package meta_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// where is one of the two surfaces in tests that hold for both.
type where struct {
	channel, platform, account, customer, thread, object string
	instagram                                            bool
	prefix                                               string // of message ids
}

func both() []where {
	return []where{
		{"messenger", "facebook", tonysPage, psid, onPage, "page", false, "m_"},
		{"instagram", "instagram", tonysIG, igsid, onIG, "instagram", true, "aWdf"},
	}
}

// TestConversation plays a whole thread on each surface: the customer writes,
// Encore composes, the payload goes out as it came, the reply follows, the
// receipts come.
func TestConversation(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		t.Run(s.channel, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, nil)
			mid := w.says(s.channel, s.customer, "Hi, äöü 🍕")
			inbound := w.events(s.thread, 0)
			now := at(0).UnixMilli()
			w.diff("the customer's message", []meta.SocialEvent{{
				Sender: meta.SocialID{ID: s.customer}, Recipient: meta.SocialID{ID: s.account}, Timestamp: now,
				Message: &meta.SocialMessage{MID: mid, Text: "Hi, äöü 🍕"},
			}}, inbound)
			w.diff("its note", []note.InboundMessage{{
				ID: mid, Thread: s.thread, Delivery: 1, Text: "Hi, äöü 🍕", Timestamp: now, Platform: s.platform, Recipient: s.customer, ChatIDs: []string{s.customer},
			}}, notesOf[note.InboundMessage](w, s.thread))

			offer := w.call("POST", "http://api.encorekit.com/encore/publisher/sdk/v1/offers/message", fmt.Sprintf(
				`{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":%q,"recipient":%q,"inboundMessageId":%q,"chatId":%q}`,
				s.platform, s.customer, mid, s.customer), "X-API-Key", "pk_test_sandbox")
			var answer struct {
				ImpressionID string
				Message      struct{ Payload json.RawMessage }
			}
			if err := json.Unmarshal([]byte(offer.Text), &answer); err != nil || answer.Message.Payload == nil {
				t.Fatalf("no offer: %d %s", offer.Status, offer.Text)
			}
			offered := w.accepted("/v22.0/me/messages?access_token=EAAsandbox", string(answer.Message.Payload), "Authorization", "")
			replied := w.accepted("/v22.0/"+s.account+"/messages", text(s.customer, "We are open until ten."))
			sent := w.sent(s.thread)
			if len(sent) != 2 {
				t.Fatalf("%d messages sent", len(sent))
			}
			first := sent[0].Outgoing
			w.diff("the offer's type, ids and counts",
				[]any{offered, "generic", note.CarrierVerbatim, s.customer, "query", s.account, answer.ImpressionID, 1},
				[]any{first.ID, first.Type, first.Carrier, first.To, first.Credential, first.Object, first.Impression, first.OfferLinks})
			w.diff("the offer as sent", decoded(t, answer.Message.Payload), decoded(t, first.Payload))
			w.diff("the reply", []any{replied, "text", "bearer", s.account, "We are open until ten."},
				[]any{sent[1].ID, sent[1].Type, sent[1].Credential, sent[1].Object, sent[1].Content.Text})
			for _, id := range []string{mid, offered, replied} {
				if !strings.HasPrefix(id, s.prefix) {
					t.Errorf("id %s does not begin with %s", id, s.prefix)
				}
			}
			w.diff("what was reported", expected(s, offered, replied), reported(w.events(s.thread, time.Second)))
			w.diff("statuses for the rules", len(expected(s, offered, replied))-2, len(notesOf[note.StatusDelivered](w, s.thread)))
		})
	}
}

// expected are the webhooks after two sends: echoes, then receipts in their time.
func expected(s where, first, second string) []string {
	if s.instagram {
		return []string{"echo " + first, "echo " + second, "read " + first, "read " + second}
	}
	now := at(0)
	return []string{
		"echo " + first, "echo " + second, "delivered " + first, "delivered " + second,
		fmt.Sprint("read ", now.Add(800*time.Millisecond).UnixMilli()), fmt.Sprint("read ", now.Add(800*time.Millisecond).UnixMilli()),
	}
}

func reported(events []meta.SocialEvent) (lines []string) {
	for _, e := range events {
		switch {
		case e.Message != nil && e.Message.IsEcho:
			lines = append(lines, "echo "+e.Message.MID)
		case e.Delivery != nil:
			lines = append(lines, "delivered "+strings.Join(e.Delivery.MIDs, " "))
		case e.Read != nil && e.Read.MID != "":
			lines = append(lines, "read "+e.Read.MID)
		case e.Read != nil:
			lines = append(lines, fmt.Sprint("read ", e.Read.Watermark))
		default:
			lines = append(lines, "something else")
		}
	}
	return lines
}

// TestWebhookBytes holds the bytes of every kind of event, and that they are
// signed as they are.
func TestWebhookBytes(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		t.Run(s.channel, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, func(c *meta.Config) { c.Messenger.ThreadIDs = true })
			mid := w.says(s.channel, s.customer, "Grüezi / 🍕")
			kinds := []sim.Extra{
				{Kind: "quick_reply", Payload: "YES"}, {Kind: "postback", Payload: "MENU"}, {Kind: "image", Media: image},
				{Kind: "reaction", ReplyTo: mid}, {Kind: "unreaction", ReplyTo: mid}, {Kind: "unsupported"}, {Kind: "text", ReplyTo: mid},
			}
			if s.instagram {
				kinds = append(kinds, sim.Extra{Kind: "deleted", ReplyTo: mid})
			}
			for _, extra := range kinds {
				w.does(sim.CustomerMessage{Channel: s.channel, From: s.customer, Text: "Yes", Extra: extra})
			}
			w.accepted("/"+s.account+"/messages", body2(socialCard, psid, s.customer))
			w.accepted("/"+s.account+"/messages", text(s.customer, "Ciao"))
			if err := w.ws.Advance(t.Context(), s.thread, time.Second); err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, h := range w.hooks {
				all = append(all, string(h.body))
				w.diff("signature", meta.Sign(fakes.AppSecret, h.body), h.header.Get("X-Hub-Signature-256"))
			}
			goldentest.Check(t, "messenger_events_"+s.channel+".jsonl", []byte(strings.Join(all, "\n")))
		})
	}
}

// TestThreadIDs holds what a request to Encore may carry as chatId.
func TestThreadIDs(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		w := newSocial(t, func(c *meta.Config) { c.Messenger.ThreadIDs = true })
		w.says(s.channel, s.customer, "Hi")
		events := w.events(s.thread, 0)
		if events[0].Thread == nil {
			t.Fatal("no thread.id")
		}
		n := notesOf[note.InboundMessage](w, s.thread)[0]
		w.diff("chatId and thread id", []string{events[0].Thread.ID, events[0].Thread.ID}, append(n.ChatIDs, n.ThreadKey))
		if r := w.call("GET", "/"+n.ThreadKey, ""); r.Status != 200 {
			t.Errorf("thread.id is no conversation: %s", r.Text)
		}
	}
}

// TestNoInbound holds which events may not trigger an offer, and why.
func TestNoInbound(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	for _, kind := range []string{"postback", "unsupported"} {
		w.does(sim.CustomerMessage{Channel: "instagram", From: igsid, Text: "x", Extra: sim.Extra{Kind: kind, Payload: "P"}})
	}
	w.events(onIG, 0)
	var got []string
	for _, n := range notesOf[note.InboundMessage](w, onIG) {
		got = append(got, n.NotAnInbound)
	}
	w.diff("reasons", []string{"postback", "unsupported"}, got)
	if w.accepted("/me/messages", text(igsid, "after a postback")) == "" {
		t.Error("a postback opens the window")
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	for _, c := range []struct{ name, channel, from, kind, want string }{
		{"a phone number with a plus", "messenger", "+15014005001", "", "from must be the customer's page-scoped id, 10 to 20 digits"},
		{"nine digits", "instagram", "123456789", "", "10 to 20 digits"},
		{"twenty-one digits", "instagram", strings.Repeat("1", 21), "", "10 to 20 digits"},
		{"a kind that does not exist", "messenger", psid, "dance", `no message of type "dance" on messenger; use text, quick_reply`},
		{"a reaction to nothing", "messenger", psid, "reaction", "replyTo is empty"},
		{"Messenger does not tell what was deleted", "messenger", psid, "deleted", "use channel instagram"},
	} {
		_, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: c.channel, From: c.from, Text: "x", Extra: sim.Extra{Kind: c.kind}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestCustomers holds that invented customers have no fate and fated ones theirs.
func TestCustomers(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	for _, ch := range w.sb.Channels() {
		if ch.Platform == "whatsapp" {
			continue
		}
		seen := map[string]bool{}
		for random := range uint64(2000) {
			id := ch.Customer(random * 0x9e3779b97f4a7c15)
			if _, fated := fault.Fate(id); fated || len(id) < 16 || len(id) > 17 {
				t.Errorf("%s invents %s", ch.Name, id)
			}
			if _, err := ch.Normal(id); err != nil {
				t.Error(err)
			}
			seen[id] = true
		}
		if len(seen) != 2000 {
			t.Errorf("%s repeats customers: %d of 2000", ch.Name, len(seen))
		}
		fated := ch.Fated(fault.FateEnding(503, 1))
		if _, ok := fault.Fate(fated); !ok {
			t.Errorf("%s: %s has no fate", ch.Name, fated)
		}
	}
}

// TestStatusByHand holds which statuses each surface knows.
func TestStatusByHand(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		w := newSocial(t, func(c *meta.Config) { c.Delays = meta.Delays{Sent: -1, Delivered: -1, Read: -1} })
		w.says(s.channel, s.customer, "Hi")
		mid := w.accepted("/"+s.account+"/messages", text(s.customer, "Ciao"))
		w.events(s.thread, time.Hour)
		for status, want := range map[string]bool{"read": true, "delivered": !s.instagram, "sent": false, "failed": false} {
			err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: mid, Status: status})
			if (err == nil) != want {
				t.Errorf("%s on %s: %v", status, s.channel, err)
			}
			w.diff("webhooks of "+status, want, len(w.events(s.thread, 0)) == 1)
		}
	}
}
