package meta_test

import (
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// TestOtherRecipients: a customer may be named by a plugin's reference, a phone
// number, or a comment or post, with or without an id in the answer; nobody has
// written before, and the same name is the same customer.
func TestOtherRecipients(t *testing.T) {
	t.Parallel()
	named := func(by, name string) string {
		return `{"recipient":{"` + by + `":"` + name + `"},"message":{"text":"Hi"}}`
	}
	for _, c := range []struct {
		by, account     string
		accepted, tells bool
	}{
		{"user_ref", tonysPage, true, false},
		{"phone_number", tonysPage, true, false},
		{"comment_id", tonysPage, true, true},
		{"post_id", tonysPage, true, true},
		{"comment_id", tonysIG, true, true},
		{"user_ref", tonysIG, false, false},
		{"phone_number", tonysIG, false, false},
		{"username", tonysPage, false, false},
	} {
		t.Run(c.by+" "+c.account, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, nil)
			path := "/" + c.account + "/messages"
			r := w.call("POST", path, named(c.by, "one"))
			if !c.accepted {
				w.refused(r, 400, 100, 0)
				return
			}
			told, _ := r.Tree["recipient_id"].(string)
			w.diff("status and whether the id is told", [2]any{200, c.tells}, [2]any{r.Status, told != ""})
			again, other := w.call("POST", path, named(c.by, "one")), w.call("POST", path, named(c.by, "two"))
			w.diff("the same name", told, asText(again.Tree["recipient_id"]))
			if c.tells && told == asText(other.Tree["recipient_id"]) {
				t.Errorf("two names are one customer, %s", told)
			}
		})
	}
}

func asText(v any) string {
	text, _ := v.(string)
	return text
}

// TestPrivateReplies holds the limit of answers to comments, which is one of an
// hour and of its own.
func TestPrivateReplies(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of calls, one after the other")
	}
	t.Parallel()
	const reply = `{"recipient":{"comment_id":"1_2"},"message":{"text":"Hi"}}`
	w := newSocial(t, func(c *meta.Config) { c.Rates = meta.DocumentedRates(); c.Rates.PagePerSecond = 0 })
	w.says("messenger", psid, "Hi")
	path := "/" + tonysPage + "/messages"
	for range 750 {
		w.diff("below and at the limit", 200, w.call("POST", path, reply).Status)
	}
	w.refused(w.call("POST", path, reply), 400, 613, 0)
	w.accepted(path, text(psid, "no private reply"))
	w.diff("another account's", 200, w.call("POST", "/"+tonysIG+"/messages", reply).Status)
	if err := w.ws.Advance(t.Context(), "", time.Hour/750+time.Millisecond); err != nil {
		t.Fatal(err)
	}
	w.diff("when time has brought one back", 200, w.call("POST", path, reply).Status)
	w.refused(w.call("POST", path, reply), 400, 613, 0)
}
