// Package integrator is a correct reference integrator for WhatsApp, Messenger
// and Instagram, and for WhatsApp by way of Kaleyra, Interakt and Zoko; and a
// collection of incorrect ones. It owns everything an integrator has to do
// between a vendor's webhook and that vendor's API for sending, speaks HTTP
// only, and imports nothing of the sandbox, so that it can be played, read and
// copied as if it were somebody else's.
//
//	webhook ─▶ verify ─▶ 200 ─▶ queue of the thread ─▶ worker ─▶ trigger? cap? ─▶ Encore (retries)
//	                                                               │ no                │ offer or none
//	                                                               ▼                   ▼
//	                       delivery callback ◀─ `delivered` ◀─ vendor: reply ◀─── vendor: offer
//
// Channels differ in what their webhooks say and in what is sent to them: each
// is one row of channels, and the way above is the same for all. Meta and
// Kaleyra take Encore's payload as it is; on Interakt and Zoko the template
// encore_offer carries its image, its text and its link.
//
// What it does follows the Encore integration guide, document by document: the
// sections are named where the code follows them. What it does wrong is
// switched on by name: every decision that can be spoiled is a field of
// policy, and a [Defect] is a function that spoils one. [Habits] are switched on
// alike and conform: what others do differently and may.
//
// Time comes from a [Clock]. The package never blocks one goroutine on
// another except in Clock.Sleep and in HTTP calls, holds no lock across
// either, and starts goroutines by Clock.Go only; so a simulated clock can
// know when nothing more will happen and jump to the next timer.
//
// State (threads, sent messages, known message ids) lives in memory for the
// life of the value: threads are never forgotten, since the cap counts over
// the whole history of a thread.
package integrator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Defaults of a zero Config. Three offers are the guide's own example of a cap
// (Encore integration guide, When to call us); a day is one reading of its
// "some hours/days"; the budget is the documented backoff of 6.2 s, four
// attempts of two seconds and a margin.
const (
	DefaultCap         = 3
	DefaultIdleGap     = 24 * time.Hour
	DefaultReplyBudget = 15 * time.Second
	DefaultCallTimeout = 2 * time.Second
	DefaultReply       = "Thanks for your message! Our team will get back to you shortly."
)

// Config says whom the integrator works for and whom it talks to. Encore's URL
// and key and at least one operator are required, and of a vendor what is below
// as soon as an operator has an account with it; every other zero value means
// its default. URLs are base URLs without a path, such as http://127.0.0.1:8080
// or https://api.encorekit.com.
type Config struct {
	EncoreURL string
	EncoreKey string // publishable key, sent as X-API-Key to Encore only
	GraphURL  string // Meta's, such as https://graph.facebook.com
	// GraphToken is Meta's access token, sent to Graph only: as a bearer token for
	// WhatsApp, in the query for Messenger and Instagram.
	GraphToken     string
	AppSecret      string // key of Meta's X-Hub-Signature-256
	VerifyToken    string // what Meta repeats in its verification handshake
	KaleyraURL     string // of the pod of the account, such as https://api.in.kaleyra.io
	KaleyraSID     string // of the account
	KaleyraKey     string // sent as api-key
	InteraktURL    string // such as https://api.interakt.ai
	InteraktSecret string // key of Interakt-Signature
	ZokoURL        string // such as https://chat.zoko.io
	Operators      []Operator
	// Cap is how many offers a thread may get; nil means DefaultCap. It is a
	// pointer because zero is a setting: never call Encore.
	Cap *int
	// IdleGap is the silence of a customer, by webhook timestamps, after which a
	// message counts as a re-engagement. The boundary belongs to it.
	IdleGap time.Duration
	// ReplyBudget bounds the time from webhook to reply that Encore may cost.
	ReplyBudget time.Duration
	// CallTimeout bounds one call of Encore.
	CallTimeout time.Duration
	Reply       string // text of the automated reply
	// Client makes the calls; nil means a plain one. Redirects are not followed
	// and its Timeout is not used, since time is the Clock's.
	Client *http.Client
	Clock  Clock // nil means Wall
	// Defects names the bugs to switch on, see Defects.
	Defects []string
	// Seed, with message id and attempt, decides the jitter of retries.
	Seed uint64
	// Log is told what happened, one line without a line end per call; nil discards.
	Log func(format string, args ...any)
}

// Operator is a business that the integrator answers for, with at least one
// account. ClientID is the same on all of them.
type Operator struct {
	ClientID      string // stable id given to Encore
	ClientName    string // human name, shown to the customer
	PhoneNumberID string // WhatsApp: Meta's id of the business number
	PageID        string // Messenger: the page
	InstagramID   string // Instagram: the professional account, linked to the page
	KaleyraSender string // Kaleyra: the WhatsApp number with its plus
	// InteraktAccount and ZokoAccount are names of our own: webhooks of these
	// accounts come under paths that end in them, since their bodies do not say
	// whose they are.
	InteraktAccount, ZokoAccount string
	InteraktKey                  string // as Interakt shows it, sent as Authorization: Basic
	ZokoKey                      string // sent as apikey
	// PageToken is the access token of the page, and of the Instagram account
	// linked to it; empty means Config.GraphToken.
	PageToken string
}

// Integrator is the running integrator: an http.Handler for webhooks.
type Integrator struct {
	cfg       Config // with defaults filled in
	cap       int
	policy    policy
	client    *http.Client
	clock     Clock
	channels  []*channel
	webhooks  map[string]*webhook // by path
	operators book

	mu      sync.Mutex // guards all below, and the threads; held for memory work only
	threads map[string]*thread
	working int             // threads that are
	seen    recent[bool]    // inbound message ids
	offers  recent[awaited] // by the id of a sent offer's message
	early   recent[receipt] // message id → delivery reported before the answer to its send came
}

// Bounds of what is remembered besides threads. A redelivered webhook comes
// within days and a status within moments, so these are far from tight.
const (
	maxSeen     = 100_000
	maxAwaiting = 10_000
)

// New makes an integrator. The error names the field to set.
func New(cfg Config) (*Integrator, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("integrator: %w", err)
	}
	cfg.fill()
	p := correct()
	if err := p.spoil(cfg.Defects); err != nil {
		return nil, fmt.Errorf("integrator: %w", err)
	}
	in := &Integrator{
		cfg: cfg, cap: *cfg.Cap, policy: p, client: withoutRedirects(cfg.Client), clock: cfg.Clock,
		channels: channels(), webhooks: map[string]*webhook{}, operators: book{}, threads: map[string]*thread{},
		seen: recent[bool]{max: maxSeen}, offers: recent[awaited]{max: maxAwaiting}, early: recent[receipt]{max: maxAwaiting},
	}
	for _, ch := range in.channels {
		in.webhooks[ch.webhook.path] = ch.webhook
		for _, op := range cfg.Operators {
			in.operators.enter(ch, op)
		}
	}
	return in, nil
}

func (c *Config) check() error {
	if c.Cap != nil && *c.Cap < 0 {
		return errors.New("field Cap is negative: use 0 for no offers at all")
	}
	if min(c.IdleGap, c.ReplyBudget, c.CallTimeout) < 0 {
		return errors.New("IdleGap, ReplyBudget or CallTimeout is negative: use 0 for the default")
	}
	if err := checkOperators(c.Operators); err != nil {
		return err
	}
	needs := []setting{{"EncoreURL", c.EncoreURL, true}, {"EncoreKey", c.EncoreKey, false}}
	for i, op := range c.Operators {
		for _, ch := range channels() {
			if ch.account(op) != "" {
				needs = append(needs, ch.needs(*c, op)...)
			}
		}
		for _, s := range needs {
			if err := s.check(); err != nil {
				return fmt.Errorf("%w (Operators[%d])", err, i)
			}
		}
	}
	return nil
}

// check says what to set where a value is missing or no base URL.
func (s setting) check() error {
	if !s.url {
		if s.value == "" {
			return fmt.Errorf("%s is empty: set it", s.name)
		}
		return nil
	}
	u, err := url.Parse(s.value)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%s is %q: give a base URL such as http://127.0.0.1:8080", s.name, s.value)
	}
	return nil
}

func checkOperators(ops []Operator) error {
	if len(ops) == 0 {
		return errors.New("field Operators is empty: name at least one")
	}
	known := book{}
	for i, op := range ops {
		var fields []string
		accounts := 0
		for _, ch := range channels() {
			fields = append(fields, ch.field)
			if ch.account(op) != "" {
				accounts++
			}
			if !known.enter(ch, op) {
				return fmt.Errorf("field Operators[%d] repeats %s %s: give each account to one operator", i, ch.field, ch.account(op))
			}
		}
		if op.ClientID == "" || op.ClientName == "" || accounts == 0 {
			return fmt.Errorf("field Operators[%d] is incomplete: set ClientID, ClientName and one of %s", i, strings.Join(fields, ", "))
		}
	}
	return nil
}

func (c *Config) fill() {
	for _, base := range []*string{&c.EncoreURL, &c.GraphURL, &c.KaleyraURL, &c.InteraktURL, &c.ZokoURL} {
		*base = strings.TrimRight(*base, "/")
	}
	if c.Cap == nil {
		c.Cap = new(int)
		*c.Cap = DefaultCap
	}
	orDefault(&c.IdleGap, DefaultIdleGap)
	orDefault(&c.ReplyBudget, DefaultReplyBudget)
	orDefault(&c.CallTimeout, DefaultCallTimeout)
	orDefault(&c.Reply, DefaultReply)
	orDefault(&c.Clock, Clock(Wall{}))
	if c.Client == nil {
		c.Client = &http.Client{}
	}
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// withoutRedirects copies the client: a followed redirect could carry the
// X-API-Key header, which net/http does not count as sensitive, to another host.
func withoutRedirects(c *http.Client) *http.Client {
	return &http.Client{
		Transport:     c.Transport,
		Jar:           c.Jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
