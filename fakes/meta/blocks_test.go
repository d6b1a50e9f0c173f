package meta_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

// TestBlockUsers: what a blocked customer writes does not come, and sends to the
// customer are refused, until the block is taken back.
func TestBlockUsers(t *testing.T) {
	t.Parallel()
	const one, other = `{"messaging_product":"whatsapp","block_users":[{"user":"+1 501 400-5001"}]}`, `{"messaging_product":"whatsapp","block_users":[{"user":"15014005002"}]}`
	w := newWAWorld(t, meta.Config{})
	path := "/v23.0/" + phone + "/block_users"
	listed := func() any { return dig(decoded(t, w.must(w.call("GET", path, ""), 200, "").Body), "data") }
	user := any([]any{map[string]any{"input": "+1 501 400-5001", "wa_id": customer}})

	w.write(sim.CustomerMessage{Text: "Hi"})
	blocked := w.must(w.call("POST", path, one), 200, "")
	diff(t, "blocked", user, dig(decoded(t, blocked.Body), "block_users", "added_users"))
	w.must(w.call("POST", path, one), 200, "")
	w.must(w.call("POST", path, other), 200, "")
	first, second := map[string]any{"messaging_product": "whatsapp", "wa_id": customer}, map[string]any{"messaging_product": "whatsapp", "wa_id": "15014005002"}
	diff(t, "listed once each", any([]any{first, second}), listed())
	w.must(w.post(textBody), 400, "131026")
	if _, err := w.ws.Write(t.Context(), sim.CustomerMessage{From: customer, Text: "Are you there?"}); err == nil || !strings.Contains(err.Error(), "DELETE /"+phone+"/block_users") {
		t.Errorf("a blocked customer writes: %v", err)
	}

	back := w.must(w.call("DELETE", path, one), 200, "")
	diff(t, "unblocked", user, dig(decoded(t, back.Body), "block_users", "removed_users"))
	diff(t, "listed", any([]any{second}), listed())
	w.must(w.post(textBody), 200, "")
	w.write(sim.CustomerMessage{Text: "Hi again"})
}

func TestBlockUsersErrors(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	users := func(n int) string {
		return `{"messaging_product":"whatsapp","block_users":[` + strings.TrimSuffix(strings.Repeat(`{"user":"15014005001"},`, n), ",") + `]}`
	}
	for _, c := range []struct{ name, path, body, code string }{
		{"as many as one call may name", phone, users(1000), ""},
		{"one more", phone, users(1001), "100"},
		{"nobody", phone, users(0), "131008"},
		{"no list", phone, `{"messaging_product":"whatsapp"}`, "131008"},
		{"no product", phone, `{"block_users":[{"user":"15014005001"}]}`, "131008"},
		{"no number", phone, `{"messaging_product":"whatsapp","block_users":[{"user":"Ada"}]}`, "131009"},
		{"another's object", "999999", users(1), "100/33"},
	} {
		status := map[bool]int{true: 200, false: 400}[c.code == ""]
		for _, method := range []string{"POST", "DELETE"} {
			if r := w.call(method, "/"+c.path+"/block_users", c.body); r.Status != status || r.code(t) != c.code {
				t.Errorf("%s: %s: %d %q, want %d %q: %s", c.name, method, r.Status, r.code(t), status, c.code, r.Body)
			}
		}
	}
}
