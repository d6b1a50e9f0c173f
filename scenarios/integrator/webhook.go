package integrator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxWebhook is a little more than the 3 MB that a webhook may have
// (WhatsApp Cloud API, webhooks overview).
const maxWebhook = 4 << 20

// inbound is a message of a customer, as the webhook told it.
type inbound struct {
	channel  *channel
	id       string
	kind     string // text, image, reaction, echo, …
	operator Operator
	address  string // phone number in digits, PSID or IGSID; empty for a customer known by user id only
	userID   string // WhatsApp's business-scoped user id, may be empty
	thread   string // the platform's thread id, where the webhook has one
	unix     int64  // timestamp in seconds; 0 when the webhook's could not be read
	at       time.Time
	received time.Time // by the integrator's clock
	repeated bool      // a redelivery, which only a defect lets through
}

// customer is who wrote: the address where there is one.
func (m inbound) customer() string {
	if m.address != "" {
		return m.address
	}
	return m.userID
}

// notification is the part of a webhook body that the integrator reads. Object
// names the product, ID of an entry the account.
type notification struct {
	Object string  `json:"object"`
	Entry  []entry `json:"entry"`
}

type entry struct {
	ID        string   `json:"id"`
	Changes   []change `json:"changes"`   // WhatsApp
	Messaging []event  `json:"messaging"` // Messenger, Instagram
}

// ServeHTTP is Meta's webhook, under whatever path it is mounted: GET is the
// verification handshake, POST a notification. A notification with a wrong or
// missing signature gets 401; a right one is acknowledged before any work is
// done for it, because Meta redelivers what is answered late.
func (in *Integrator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		in.handshake(w, r)
	case http.MethodPost:
		in.notified(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "a webhook takes GET and POST", http.StatusMethodNotAllowed)
	}
}

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

func (in *Integrator) notified(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	if !in.policy.trusts(in.signed(body, r.Header.Get("X-Hub-Signature-256"))) {
		http.Error(w, "X-Hub-Signature-256 does not fit the body", http.StatusUnauthorized)
		return
	}
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		http.Error(w, "the body is no webhook notification", http.StatusBadRequest)
		return
	}
	acknowledge(w)
	in.accept(n)
}

// signed checks the signature over the bytes as they came: decoding and
// encoding them again would change the escapes that Meta signed.
func (in *Integrator) signed(body []byte, header string) bool {
	got, err := hex.DecodeString(strings.TrimPrefix(header, "sha256="))
	if err != nil || !strings.HasPrefix(header, "sha256=") {
		return false
	}
	mac := hmac.New(sha256.New, []byte(in.cfg.AppSecret))
	mac.Write(body)
	return hmac.Equal(got, mac.Sum(nil))
}

// acknowledge sends the whole 200 now. Without the length the answer would end
// only when the handler returns, after the work has begun.
func acknowledge(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	// A writer that cannot flush sends when the handler returns, which is soon.
	_ = http.NewResponseController(w).Flush()
}

func (in *Integrator) accept(n notification) {
	ch, known := in.channels[n.Object]
	if !known {
		in.cfg.Log("webhooks of %q are for somebody else: left alone", n.Object)
		return
	}
	for _, e := range n.Entry {
		ch.read(in, ch, e)
	}
}
