// Package integrator is a correct reference integrator for WhatsApp, Messenger
// and Instagram, and a collection of incorrect ones. It owns everything an integrator has to do
// between Meta's webhook and Meta's Send API, speaks HTTP only, and imports
// nothing of the sandbox, so that it can be played, read and copied as if it
// were somebody else's.
//
//	webhook ─▶ verify ─▶ 200 ─▶ queue of the thread ─▶ worker ─▶ trigger? cap? ─▶ Encore (retries)
//	                                                               │ no                │ offer or none
//	                                                               ▼                   ▼
//	                       delivery callback ◀─ `delivered` ◀─ Graph: reply ◀──── Graph: offer
//
// The three products differ in what their webhooks say and in what their Send
// API takes: each is one row of channels, and the way above is the same for all.
//
// What it does follows the Encore integration guide, document by document: the
// sections are named where the code follows them. What it does wrong is
// switched on by name: every decision that can be spoiled is a field of
// policy, and a [Defect] is a function that spoils one.
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

// Config says whom the integrator works for and whom it talks to. The URLs,
// keys, secrets and at least one operator are required; every other zero
// value means its default.
type Config struct {
	// EncoreURL and GraphURL are base URLs without a path, such as
	// http://127.0.0.1:8080, https://api.encorekit.com or https://graph.facebook.com.
	EncoreURL, GraphURL string
	EncoreKey           string // publishable key, sent as X-API-Key to Encore only
	// GraphToken is Meta's access token, sent to Graph only: as a bearer token for
	// WhatsApp, in the query for Messenger and Instagram.
	GraphToken  string
	AppSecret   string // key of X-Hub-Signature-256
	VerifyToken string // what Meta repeats in its verification handshake
	Operators   []Operator
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
	// PageToken is the access token of the page, and of the Instagram account
	// linked to it; empty means Config.GraphToken.
	PageToken string
}

// Integrator is the running integrator: an http.Handler for Meta's webhook.
type Integrator struct {
	cfg       Config // with defaults filled in
	cap       int
	policy    policy
	client    *http.Client
	clock     Clock
	channels  map[string]*channel // by the object of their webhooks
	operators book

	mu      sync.Mutex // guards all below, and the threads; held for memory work only
	threads map[string]*thread
	seen    recent[bool]    // inbound message ids
	offers  recent[string]  // message id of a sent offer → impression id
	early   recent[receipt] // message id → delivery reported before Graph's answer came
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
		channels: map[string]*channel{}, operators: book{}, threads: map[string]*thread{},
		seen: recent[bool]{max: maxSeen}, offers: recent[string]{max: maxAwaiting}, early: recent[receipt]{max: maxAwaiting},
	}
	for _, ch := range channels() {
		in.channels[ch.object] = ch
		for _, op := range cfg.Operators {
			in.operators.enter(ch, op)
		}
	}
	return in, nil
}

func (c *Config) check() error {
	for _, f := range []struct{ name, value string }{
		{"EncoreKey", c.EncoreKey}, {"GraphToken", c.GraphToken},
		{"AppSecret", c.AppSecret}, {"VerifyToken", c.VerifyToken},
	} {
		if f.value == "" {
			return fmt.Errorf("%s is empty: set it", f.name)
		}
	}
	if c.Cap != nil && *c.Cap < 0 {
		return errors.New("field Cap is negative: use 0 for no offers at all")
	}
	if min(c.IdleGap, c.ReplyBudget, c.CallTimeout) < 0 {
		return errors.New("IdleGap, ReplyBudget or CallTimeout is negative: use 0 for the default")
	}
	return errors.Join(checkBase("EncoreURL", c.EncoreURL), checkBase("GraphURL", c.GraphURL), checkOperators(c.Operators))
}

func checkBase(name, base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%s is %q: give a base URL such as http://127.0.0.1:8080", name, base)
	}
	return nil
}

func checkOperators(ops []Operator) error {
	if len(ops) == 0 {
		return errors.New("field Operators is empty: name at least one")
	}
	known := book{}
	for i, op := range ops {
		if op.ClientID == "" || op.ClientName == "" || op.PhoneNumberID+op.PageID+op.InstagramID == "" {
			return fmt.Errorf("field Operators[%d] is incomplete: set ClientID, ClientName and one of PhoneNumberID, PageID and InstagramID", i)
		}
		for _, ch := range channels() {
			if !known.enter(ch, op) {
				return fmt.Errorf("field Operators[%d] repeats %s %s: give each account to one operator", i, ch.field, ch.account(op))
			}
		}
	}
	return nil
}

func (c *Config) fill() {
	c.EncoreURL, c.GraphURL = strings.TrimRight(c.EncoreURL, "/"), strings.TrimRight(c.GraphURL, "/")
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
