// A small WhatsApp integration with Encore offers, in one file and with the
// standard library only. To see it against the sandbox:
//
//	encore-sandbox run --webhook http://127.0.0.1:3000/webhook -- go run ./examples/go
//
// The sandbox sets these environment variables for the command. In production
// they hold the real values; the base URLs then default to Encore's and Meta's.
//
//	ENCORE_BASE_URL  ENCORE_API_KEY  GRAPH_BASE_URL  GRAPH_ACCESS_TOKEN
//	META_APP_SECRET  META_VERIFY_TOKEN  WHATSAPP_PHONE_NUMBER_ID
//	OPERATOR_CLIENT_ID  OPERATOR_CLIENT_NAME  PORT (3000)  OFFER_CAP (3)
//	IDLE_GAP (24h)  HOST (127.0.0.1; 0.0.0.0 in a container)
//	CLOCK (webhook, or own: the idle gap by this machine's time)
//
// Webhook → 200 → first message or back after the idle gap, and below the cap?
// → Encore → its payload to Graph → the normal reply. Threads are in memory.
package main

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	offersPath  = "/encore/publisher/sdk/v1/offers/"
	replyText   = "Thanks for your message! Our team will get back to you shortly."
	callTimeout = 2 * time.Second  // of one call to Encore
	offerBudget = 11 * time.Second // from its arrival, after which Encore is not called again for a message
	sendTimeout = 10 * time.Second // of one message to Graph
)

type app struct {
	encoreURL, encoreKey, graphURL, graphToken, appSecret, verifyToken string
	phoneNumberID, clientID, clientName                                string
	cap                                                                int
	idleGap                                                            time.Duration
	ownClock                                                           bool
	transport                                                          http.RoundTripper // nil: net/http's own

	mu          sync.Mutex
	threads     map[string]*thread // by the customer's number
	seen        map[string]bool    // inbound message ids; Meta delivers at least once
	impressions map[string]string  // message id of a sent offer → impressionId
	optedOut    map[string]bool    // numbers of customers who want no marketing
}

type thread struct {
	inbox  chan event // read by one goroutine a thread, so that messages keep their order
	known  bool       // the rest belongs to that goroutine
	last   int64      // time of the newest inbound message
	offers int        // accepted outbound messages with a link to Encore
}

func main() {
	a, err := fromEnv(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/webhook", a)
	log.Fatal(http.ListenAndServe(net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "3000")), nil))
}

func fromEnv(env func(string) string) (*app, error) {
	a := &app{threads: map[string]*thread{}, seen: map[string]bool{}, impressions: map[string]string{}, optedOut: map[string]bool{}}
	for name, field := range map[string]*string{
		"ENCORE_API_KEY": &a.encoreKey, "GRAPH_ACCESS_TOKEN": &a.graphToken, "META_APP_SECRET": &a.appSecret,
		"META_VERIFY_TOKEN": &a.verifyToken, "WHATSAPP_PHONE_NUMBER_ID": &a.phoneNumberID,
		"OPERATOR_CLIENT_ID": &a.clientID, "OPERATOR_CLIENT_NAME": &a.clientName,
	} {
		if *field = env(name); *field == "" {
			return nil, fmt.Errorf("set the environment variable %s", name)
		}
	}
	a.encoreURL = strings.TrimRight(cmp.Or(env("ENCORE_BASE_URL"), "https://api.encorekit.com"), "/")
	a.graphURL = strings.TrimRight(cmp.Or(env("GRAPH_BASE_URL"), "https://graph.facebook.com"), "/")
	a.ownClock = env("CLOCK") == "own"
	var capErr, gapErr error
	a.cap, capErr = strconv.Atoi(cmp.Or(env("OFFER_CAP"), "3"))
	a.idleGap, gapErr = time.ParseDuration(cmp.Or(env("IDLE_GAP"), "24h"))
	if capErr != nil || gapErr != nil {
		return nil, errors.New("set OFFER_CAP to a number such as 3 and IDLE_GAP to a duration such as 24h")
	}
	return a, nil
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet { // Meta's verification handshake
		if q := r.URL.Query(); q.Get("hub.mode") == "subscribe" && q.Get("hub.verify_token") == a.verifyToken {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, q.Get("hub.challenge"))
			return
		}
		http.Error(w, "wrong verify token", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil || !a.signed(body, r.Header.Get("X-Hub-Signature-256")) {
		http.Error(w, "wrong signature", http.StatusUnauthorized)
		return
	}
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		http.Error(w, "not a notification", http.StatusBadRequest)
		return
	}
	for _, e := range n.Entry {
		for _, c := range e.Changes {
			a.accept(c.Value) // hands over to goroutines, so that Meta has its 200 at once
		}
	}
}

// signed checks the raw bytes: decoding them would lose the escapes that were signed.
func (a *app) signed(body []byte, header string) bool {
	mac := hmac.New(sha256.New, []byte(a.appSecret))
	mac.Write(body)
	return hmac.Equal([]byte(header), []byte("sha256="+hex.EncodeToString(mac.Sum(nil))))
}

type notification struct {
	Entry []struct{ Changes []struct{ Value value } }
}

type value struct {
	Metadata           map[string]string
	Messages, Statuses []event
	Preferences        []struct {
		WAID  string `json:"wa_id"`
		Value string // stop or resume
	} `json:"user_preferences"`
}

// event is a message of a customer, or the status of a message to one.
type event struct {
	ID, From, Type, Status string
	Timestamp              int64 `json:",string"` // seconds
	arrived                time.Time
}

func (a *app) accept(v value) {
	if v.Metadata["phone_number_id"] != a.phoneNumberID {
		return
	}
	for _, m := range v.Messages {
		a.enqueue(m)
	}
	for _, s := range v.Statuses {
		if s.Status == "delivered" {
			go a.confirm(s)
		}
	}
	for _, p := range v.Preferences {
		a.mu.Lock()
		a.optedOut[p.WAID] = p.Value == "stop"
		a.mu.Unlock()
	}
}

// enqueue leaves out redelivered messages, and what is no message to be answered.
func (a *app) enqueue(m event) {
	a.mu.Lock()
	t, skip := a.threads[m.From], a.seen[m.ID] || m.From == "" || slices.Contains([]string{"reaction", "unsupported", "system"}, m.Type)
	a.seen[m.ID] = true
	if t == nil && !skip {
		t = &thread{inbox: make(chan event, 1000)}
		a.threads[m.From] = t
		go a.converse(t)
	}
	a.mu.Unlock() // before sending: a full inbox waits for answers, and they for the lock
	if !skip {
		m.arrived = time.Now()
		t.inbox <- m
	}
}

func (a *app) converse(t *thread) {
	for m := range t.inbox {
		for _, step := range []func(*thread, event) error{a.offer, a.reply} {
			if err := step(t, m); err != nil { // an offer that failed never costs the reply
				log.Printf("%s: %v", m.ID, err)
			}
		}
	}
}

func (a *app) reply(t *thread, m event) error {
	body, err := json.Marshal(map[string]any{
		"messaging_product": "whatsapp", "to": m.From, "type": "text", "text": map[string]string{"body": replyText},
	})
	if err == nil {
		_, err = a.send(t, body)
	}
	return err
}

// due says whether the message is a trigger and the cap leaves room.
func (a *app) due(t *thread, m event) bool {
	at := m.Timestamp
	if a.ownClock {
		at = m.arrived.Unix()
	}
	trigger := !t.known || time.Duration(at-t.last)*time.Second >= a.idleGap
	t.known, t.last = true, max(t.last, at)
	a.mu.Lock()
	defer a.mu.Unlock()
	return trigger && t.offers < a.cap && !a.optedOut[m.From]
}

func (a *app) offer(t *thread, m event) error {
	if !a.due(t, m) {
		return nil
	}
	impression, payload, err := a.ask(m)
	if err != nil || !bytes.HasPrefix(payload, []byte("{")) { // none: no offer for this customer
		return err
	}
	id, err := a.send(t, payload) // verbatim
	a.mu.Lock()
	defer a.mu.Unlock()
	a.impressions[id] = impression
	return err
}

// ask calls Encore; 429, 503 and a lost answer are tried three times more with the same message id.
func (a *app) ask(m event) (impression string, payload json.RawMessage, err error) {
	body, err := json.Marshal(map[string]any{
		"clientId": a.clientID, "clientName": a.clientName, "messagingPlatform": "whatsapp", "recipient": m.From,
		"inboundMessageId": m.ID, "inboundTimestamp": m.Timestamp, "chatId": a.phoneNumberID + "-" + m.From,
	})
	for _, wait := range []time.Duration{0, 200 * time.Millisecond, time.Second, 5 * time.Second} {
		if wait = jitter(wait, m.ID); time.Since(m.arrived)+wait > offerBudget {
			break
		}
		time.Sleep(wait)
		status, data, callErr := a.post(callTimeout, a.encoreURL+offersPath+"message", "X-API-Key", a.encoreKey, body)
		if status == http.StatusOK && callErr == nil {
			var answer struct {
				ImpressionID string
				Message      struct{ Payload json.RawMessage } // null without an offer
			}
			err = json.Unmarshal(data, &answer)
			return answer.ImpressionID, answer.Message.Payload, err
		}
		err = fmt.Errorf("encore answered %d: %.200s, %v", status, data, callErr)
		if !slices.Contains([]int{0, 200, 429, 503}, status) { // 0: no answer, 200: half of one
			break
		}
	}
	return "", nil, err
}

// jitter spreads waits by up to 30 % either way, by message, so that many retries do not meet.
func jitter(wait time.Duration, id string) time.Duration {
	return wait * time.Duration(70+int(sha256.Sum256([]byte(id + wait.String()))[0])%61) / 100
}

// confirm tells Encore once that the offer reached the customer's phone.
func (a *app) confirm(s event) {
	a.mu.Lock()
	impression, ours := a.impressions[s.ID]
	delete(a.impressions, s.ID)
	a.mu.Unlock()
	if ours && s.ID != "" {
		target := a.encoreURL + offersPath + "impressions/" + url.PathEscape(impression) + "/delivered"
		status, data, err := a.post(callTimeout, target, "X-API-Key", a.encoreKey, fmt.Appendf(nil, `{"deliveredTimestamp":%d}`, s.Timestamp))
		log.Printf("delivery of %s: encore answered %d: %.200s, %v", impression, status, data, err)
	}
}

// encoreLink matches a link to encorekit.com or a subdomain in a JSON body, whose slashes may be escaped.
var encoreLink = regexp.MustCompile(`(?i)https?:(\\?/){2}([a-z0-9-]+\.)*encorekit\.com(["/\\?#: ]|$)`)

// send posts a message to Graph, waits for the answer and remembers what was accepted.
func (a *app) send(t *thread, body []byte) (id string, err error) {
	target := a.graphURL + "/v22.0/" + a.phoneNumberID + "/messages"
	status, data, err := a.post(sendTimeout, target, "Authorization", "Bearer "+a.graphToken, body)
	if err != nil || status != http.StatusOK {
		return "", fmt.Errorf("graph answered %d: %.200s, %v", status, data, err)
	}
	if encoreLink.Match(body) {
		t.offers++
	}
	var answer struct{ Messages []event }
	if json.Unmarshal(data, &answer) == nil && len(answer.Messages) > 0 {
		id = answer.Messages[0].ID
	}
	return id, nil
}

func (a *app) post(timeout time.Duration, target, header, value string, body []byte) (int, []byte, error) {
	r, err := http.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(header, value)
	resp, err := (&http.Client{Transport: a.transport, Timeout: timeout}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, data, err
}
