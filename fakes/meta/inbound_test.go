package meta_test

import (
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

func TestWebhookBody(t *testing.T) {
	t.Parallel()
	hi := meta.TextMessage{ID: "wamid.HBgLMTUwMTQwMDUwMDEVAgASGBI5RDcwQ0E5RkM3REIwQTcyAA==", From: customer, Name: "Zoë O'Neil", At: at(0), Text: "Hi 🍕 https://a.example/<b>&c"}
	again := meta.TextMessage{ID: "wamid.2", From: customer, Name: "Zoë", At: at(time.Second), Text: "Are you open?", Quotes: "wamid.out"}
	other := meta.TextMessage{ID: "wamid.3", From: "14155551234", Name: "Bob", At: at(2 * time.Second), Text: "Hello"}
	was := func(status string, change func(*meta.Status)) meta.Status {
		s := meta.Status{MessageID: seedWAMID, Status: status, To: customer, At: at(time.Minute)}
		change(&s)
		return s
	}
	same := func(*meta.Status) {}
	old := tonys()
	old.Version = 23
	newer := tonys()
	newer.Version = 24
	conversation := func(s *meta.Status) { s.Conversation, s.Category = "a1b2c3", "marketing" }
	noon := meta.Number{WABA: "102290129340399", PhoneNumberID: "106540352242923", Display: "15550783882"}
	cases := []struct {
		name, file string
		body       []byte
	}{
		{"a text", "text.json", meta.WebhookBody(meta.TextMessages(tonys(), hi))},
		{"a text that quotes the business", "text-quoting.json", meta.WebhookBody(meta.TextMessages(tonys(), again))},
		{"several messages in one call, one contact a customer", "batch.json", meta.WebhookBody(meta.TextMessages(tonys(), hi, again, other))},
		{"several numbers and kinds in one call", "batch-mixed.json", meta.WebhookBody(meta.TextMessages(tonys(), again), meta.Statuses(noon, was(meta.StatusRead, same)))},
		{"sent", "status-sent.json", meta.WebhookBody(meta.Statuses(tonys(), was(meta.StatusSent, func(s *meta.Status) { s.BizOpaque = "order-7" })))},
		{"delivered, of a template", "status-delivered.json", meta.WebhookBody(meta.Statuses(tonys(), was(meta.StatusDelivered, func(s *meta.Status) { s.Category = "marketing" })))},
		{"read is not priced again", "status-read.json", meta.WebhookBody(meta.Statuses(tonys(), was(meta.StatusRead, same)))},
		{"failed outside the window", "status-failed.json", meta.WebhookBody(meta.Statuses(tonys(), was(meta.StatusFailed, func(s *meta.Status) { s.Failure = meta.NewError(131047, "") })))},
		{"failed for no known reason", "status-failed-unknown.json", meta.WebhookBody(meta.Statuses(tonys(), was(meta.StatusFailed, same)))},
		{"an older subscription is told of the conversation, sent with its end", "status-v23.json", meta.WebhookBody(meta.Statuses(old, was(meta.StatusSent, conversation), was(meta.StatusDelivered, conversation), was(meta.StatusRead, conversation)))},
		{"v24.0 is the first without it", "status-v24.json", meta.WebhookBody(meta.Statuses(newer, was(meta.StatusSent, conversation)))},
		{"a conversation with an end of its own", "status-expires.json", meta.WebhookBody(meta.Statuses(old, was(meta.StatusSent, func(s *meta.Status) { s.Conversation, s.Expires = "a1b2c3", at(time.Hour) })))},
		{"an older subscription without a conversation to tell of", "status-no-conversation.json", meta.WebhookBody(meta.Statuses(old, was(meta.StatusSent, same)))},
		{"the last second of pricing by conversation, and the first by message", "status-pricing.json", meta.WebhookBody(meta.Statuses(tonys(),
			was(meta.StatusSent, func(s *meta.Status) { s.At = time.Date(2025, 6, 30, 23, 59, 59, 0, time.UTC) }),
			was(meta.StatusSent, func(s *meta.Status) { s.At = time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC) })))},
		{"no entry is an empty list", "empty.json", meta.WebhookBody()},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			goldentest.Check(t, c.file, c.body)
			if i := strings.IndexFunc(string(c.body), func(r rune) bool { return r > '~' }); i >= 0 {
				t.Errorf("not ASCII at byte %d: %q", i, c.body)
			}
			decoded(t, c.body)
		})
	}
}

// TestWebhookMeaning holds that the escapes are transparent.
func TestWebhookMeaning(t *testing.T) {
	t.Parallel()
	const text = "Grüße 🍕 a/b \\ \"q\" <b>&\u2028\x01"
	tree := decoded(t, meta.WebhookBody(meta.TextMessages(tonys(), meta.TextMessage{From: customer, At: at(0), Text: text})))
	entry := tree.(map[string]any)["entry"].([]any)[0].(map[string]any)
	value := entry["changes"].([]any)[0].(map[string]any)["value"].(map[string]any)
	message := value["messages"].([]any)[0].(map[string]any)
	if got := message["text"].(map[string]any)["body"]; got != text {
		t.Errorf("the text is %q, want %q", got, text)
	}
	if got := message["timestamp"]; got != "1778695603" {
		t.Errorf("the timestamp is %v, want the second that has begun, in a string", got)
	}
}
