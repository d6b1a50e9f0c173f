package integrator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWebhook is a little more than the 3 MB that a webhook may have
// (WhatsApp Cloud API, webhooks overview).
const maxWebhook = 4 << 20

// inbound is a message of a customer, as the webhook told it.
type inbound struct {
	id       string
	kind     string // Meta's type: text, image, reaction, …
	operator Operator
	phone    string // digits; empty for a customer known by user id only
	userID   string // business-scoped user id, may be empty
	unix     int64  // timestamp in seconds; 0 when the webhook's could not be read
	at       time.Time
	received time.Time // by the integrator's clock
	repeated bool      // a redelivery, which only a defect lets through
}

// customer is who wrote: the phone number where there is one.
func (m inbound) customer() string {
	if m.phone != "" {
		return m.phone
	}
	return m.userID
}

// notification is the part of a webhook body that the integrator reads
// (WhatsApp Cloud API, webhooks reference, messages).
type notification struct {
	Entry []struct {
		Changes []struct {
			Field string `json:"field"`
			Value value  `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

type value struct {
	Metadata struct {
		PhoneNumberID string `json:"phone_number_id"`
		DisplayNumber string `json:"display_phone_number"`
	} `json:"metadata"`
	Messages []struct {
		ID         string `json:"id"`
		Type       string `json:"type"`
		From       string `json:"from"`
		FromUserID string `json:"from_user_id"`
		Timestamp  string `json:"timestamp"` // Unix seconds in a string
	} `json:"messages"`
	Statuses []status `json:"statuses"`
}

type status struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Timestamp string `json:"timestamp"`
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
	if !in.signed(body, r.Header.Get("X-Hub-Signature-256")) {
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
	for _, e := range n.Entry {
		for _, c := range e.Changes {
			if c.Field != "messages" { // echoes and account news come under other fields
				continue
			}
			for _, m := range in.messages(c.Value) {
				in.enqueue(m)
			}
			for _, s := range c.Value.Statuses {
				in.reported(s)
			}
		}
	}
}

// messages picks what a customer wrote to a known operator.
func (in *Integrator) messages(v value) []inbound {
	var list []inbound
	op, known := in.operators[v.Metadata.PhoneNumberID]
	if !known && len(v.Messages) > 0 {
		in.cfg.Log("no operator has phone number id %q: %d messages left alone", v.Metadata.PhoneNumberID, len(v.Messages))
		return nil
	}
	for _, raw := range v.Messages {
		m := inbound{
			id: raw.ID, kind: raw.Type, operator: op,
			phone: strings.TrimPrefix(raw.From, "+"), userID: raw.FromUserID, received: in.clock.Now(),
		}
		m.unix, m.at = instant(raw.Timestamp, m.received)
		own := m.phone != "" && m.phone == strings.TrimPrefix(v.Metadata.DisplayNumber, "+")
		if m.id == "" || m.customer() == "" || own || in.policy.ignores(m.kind) {
			continue
		}
		list = append(list, m)
	}
	return list
}

// instant reads Meta's Unix seconds. Unreadable ones give 0 and the time of
// receipt: the gap can still be told, but Encore is told no timestamp, as the
// guide prefers none to a wrong one (Encore integration guide, Where each
// field comes from).
func instant(seconds string, received time.Time) (int64, time.Time) {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 {
		return 0, received
	}
	return n, time.Unix(n, 0)
}
