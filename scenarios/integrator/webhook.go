package integrator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxWebhook is a little more than the 3 MB that a webhook may have
// (WhatsApp Cloud API, webhooks overview).
const maxWebhook = 4 << 20

// webhook is how a vendor tells of messages and statuses.
type webhook struct {
	// path is the element of the URL's path by which a webhook is recognised: the
	// last one, or the last but one with an account behind it. Empty is Meta's,
	// which comes under any other path.
	path string
	// perAccount marks bodies that do not say whose they are, so that the account
	// has to stand in the path: /interakt/tonys.
	perAccount bool
	// header holds the signature, made with secret; both are empty where the
	// vendor signs nothing.
	header string
	secret func(Config) string
	// handshake answers GET, by which a vendor verifies a webhook; may be nil.
	handshake func(*Integrator, http.ResponseWriter, *http.Request)
	// read decodes a body and returns what is to be done about it, once it was
	// acknowledged. The error says that this is no webhook of the vendor.
	read func(in *Integrator, from sender, body []byte) (work func(), err error)
}

// sender is whose webhook it is, as far as its path says.
type sender struct {
	channel  *channel // nil for a webhook that several channels share
	operator Operator // with perAccount
}

// inbound is a message of a customer, as the webhook told it.
type inbound struct {
	channel  *channel
	id       string
	text     string // of a text message, where the channel's reader takes it
	kind     string // text, image, reaction, echo, …
	operator Operator
	address  string // phone number in digits, PSID or IGSID; empty for a customer known by user id only
	userID   string // WhatsApp's business-scoped user id, may be empty
	thread   string // the platform's thread or customer id, where the webhook has one
	country  string // calling code with its plus, where the webhook has it beside
	national string // the number without it
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

// ServeHTTP is the webhook of every vendor, under whatever path it is mounted:
// one that ends in /kaleyra, /interakt/ACCOUNT or /zoko/ACCOUNT is that
// provider's, any other Meta's. GET is a verification handshake, POST a
// notification. A notification with a wrong or missing signature gets 401; a
// right one is acknowledged before any work is done for it, because vendors
// redeliver what is answered late.
func (in *Integrator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hook, account := in.recognise(r.URL.Path)
	switch {
	case r.Method == http.MethodPost:
		in.notified(w, r, hook, account)
	case r.Method == http.MethodGet && hook.handshake != nil:
		hook.handshake(in, w, r)
	case hook.handshake != nil:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "a webhook takes GET and POST", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Allow", "POST")
		http.Error(w, "this webhook takes POST", http.StatusMethodNotAllowed)
	}
}

// Path is what the path of a channel's webhook has to end in, for one account of
// an operator: "" for Meta's products, /kaleyra, /interakt/ACCOUNT, /zoko/ACCOUNT.
func Path(name, account string) string {
	for _, ch := range channels() {
		switch {
		case ch.name != name || ch.webhook.path == "":
		case ch.webhook.perAccount:
			return "/" + ch.webhook.path + "/" + account
		default:
			return "/" + ch.webhook.path
		}
	}
	return ""
}

// recognise tells by its path whose webhook it is.
func (in *Integrator) recognise(path string) (hook *webhook, account string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if hook := in.webhooks[parts[len(parts)-1]]; hook != nil {
		return hook, ""
	}
	if len(parts) > 1 && in.webhooks[parts[len(parts)-2]] != nil {
		return in.webhooks[parts[len(parts)-2]], parts[len(parts)-1]
	}
	return in.webhooks[""], ""
}

func (in *Integrator) notified(w http.ResponseWriter, r *http.Request, hook *webhook, account string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	if hook.header != "" && !in.policy.trusts(signed(in.policy.signs(body), r.Header.Get(hook.header), hook.secret(in.cfg))) {
		http.Error(w, hook.header+" does not fit the body", http.StatusUnauthorized)
		return
	}
	from, known := in.senderOf(hook, account)
	if !known {
		http.Error(w, "no operator has this account; end the path with one, such as /"+hook.path+"/ACCOUNT", http.StatusNotFound)
		return
	}
	work, err := hook.read(in, from, body)
	if err != nil {
		http.Error(w, "the body is no webhook notification", http.StatusBadRequest)
		return
	}
	if in.policy.acknowledgesLast {
		work()
		acknowledge(w)
		return
	}
	acknowledge(w)
	work()
}

// senderOf finds who a webhook is about. Where the path has to say it and does
// not, a sole operator is meant.
func (in *Integrator) senderOf(hook *webhook, account string) (sender, bool) {
	var from sender
	for _, ch := range in.channels {
		if ch.webhook == hook && ch.object == "" {
			from.channel = ch
		}
	}
	if !hook.perAccount {
		return from, true
	}
	var known bool
	if from.operator, known = in.operators.find(from.channel, account); known || account != "" {
		return from, known
	}
	var having []Operator
	for _, op := range in.cfg.Operators {
		if from.channel.account(op) != "" {
			having = append(having, op)
		}
	}
	if len(having) != 1 {
		return from, false
	}
	from.operator = having[0]
	return from, true
}

// signed checks a signature of the form sha256=HEX, an HMAC over the bytes as
// they came: decoding and encoding them again would change the escapes that
// were signed.
func signed(body []byte, header, secret string) bool {
	got, err := hex.DecodeString(strings.TrimPrefix(header, "sha256="))
	if err != nil || !strings.HasPrefix(header, "sha256=") {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
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
