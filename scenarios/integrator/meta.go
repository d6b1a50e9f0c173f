package integrator

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

// notification is the part of Meta's webhook body that the integrator reads.
// Object names the product, ID of an entry the account.
type notification struct {
	Object string  `json:"object"`
	Entry  []entry `json:"entry"`
}

type entry struct {
	ID        string   `json:"id"`
	Changes   []change `json:"changes"`   // WhatsApp
	Messaging []event  `json:"messaging"` // Messenger, Instagram
}

// metaWebhook is the one that WhatsApp, Messenger and Instagram share (Graph
// API, webhooks: validating payloads).
func metaWebhook() *webhook {
	return &webhook{
		header: "X-Hub-Signature-256", secret: func(c Config) string { return c.AppSecret },
		handshake: (*Integrator).handshake, read: readMeta,
	}
}

func readMeta(in *Integrator, _ sender, body []byte) (func(), error) {
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, err
	}
	return func() { in.notice(n) }, nil
}

func (in *Integrator) notice(n notification) {
	i := slices.IndexFunc(in.channels, func(ch *channel) bool { return ch.object != "" && ch.object == n.Object })
	if i < 0 {
		in.cfg.Log("webhooks of %q are for somebody else: left alone", n.Object)
		return
	}
	for _, e := range n.Entry {
		in.channels[i].entry(in, in.channels[i], e)
	}
}

// handshake is how Meta verifies a webhook before it uses it.
func (in *Integrator) handshake(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	token := []byte(q.Get("hub.verify_token"))
	if q.Get("hub.mode") != "subscribe" || subtle.ConstantTimeCompare(token, []byte(in.cfg.VerifyToken)) != 1 {
		http.Error(w, "hub.mode or hub.verify_token is not what was agreed", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, q.Get("hub.challenge"))
}
