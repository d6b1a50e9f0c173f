package check_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/check"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// broken is a server with one bug, and the cases that must find it. A case of
// the list is a pattern of path.Match; each must fail at least one case, and no
// case outside the list may fail.
type broken struct {
	name  string
	bug   bug
	fails []string
}

// bug spoils the fake from outside. Request may change what the fake gets;
// answer may change what the client gets. Neither is called for bodies that are
// no objects, unless raw is set.
type bug struct {
	request func(*hop)
	answer  func(*hop)
	raw     bool
}

// hop is one exchange on its way through the spoiled server.
type hop struct {
	r      *http.Request
	sent   object // as the client sent it
	pass   object // as the fake gets it
	status int
	header http.Header
	body   object // of the answer
	text   []byte // goes out in place of body when set
	key    string // of the deduplication
	nth    int    // request with this key, from 1
	first  *hop   // of this key; only what know has set may be read while it is under way
	at     time.Time

	refusedBefore bool // a request with this key was answered with a 400
}

type object = map[string]any

// server is the fake with a bug in front of it.
type server struct {
	bug
	next  http.Handler
	clock clock.Clock

	mu      sync.Mutex
	first   map[string]*hop
	count   map[string]int
	refused map[string]bool
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	h := &hop{r: r, at: s.clock.Now()}
	small := len(text) < 1<<20 // what is larger is judged by its size, and slow to read
	object := small && json.Unmarshal(text, &h.sent) == nil && h.sent != nil
	if object {
		_ = json.Unmarshal(text, &h.pass)
		s.know(h)
	}
	if s.request != nil && (object || s.raw) {
		s.request(h)
	}
	if h.status == 0 {
		if h.pass != nil {
			text = marshal(h.pass)
		}
		s.forward(h, text)
	}
	if s.bug.answer != nil && (object || s.raw) {
		s.bug.answer(h)
	}
	if object {
		s.learn(h)
	}
	if h.text == nil {
		h.text = marshal(h.body)
	}
	maps.Copy(w.Header(), h.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(h.text)))
	w.WriteHeader(h.status)
	_, _ = w.Write(h.text)
}

// know counts the requests of a key.
func (s *server) know(h *hop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.key = fmt.Sprint(h.sent["clientId"], "|", h.sent["inboundMessageId"])
	s.count[h.key]++
	h.nth = s.count[h.key]
	if h.nth == 1 {
		s.first[h.key] = h
	}
	h.first, h.refusedBefore = s.first[h.key], s.refused[h.key]
}

// learn remembers what a request of a key came to.
func (s *server) learn(h *hop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[h.key] = h.status == http.StatusBadRequest
}

func (s *server) forward(h *hop, text []byte) {
	rec := httptest.NewRecorder()
	h.r.Body, h.r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	s.next.ServeHTTP(rec, h.r)
	h.status, h.header = rec.Code, rec.Header()
	if json.Unmarshal(rec.Body.Bytes(), &h.body) != nil {
		h.text = rec.Body.Bytes()
	}
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// offers tells whether the request is for offers/message.
func (h *hop) offers() bool { return strings.HasSuffix(h.r.URL.Path, "/offers/message") }

// served tells whether the answer has an offer.
func (h *hop) served() bool { return h.offers() && h.status == http.StatusOK && h.body["offer"] != nil }

// decided tells whether the answer is a decision.
func (h *hop) decided() bool { return h.offers() && h.status == http.StatusOK }

// platform is the messagingPlatform of the request.
func (h *hop) platform() string { text, _ := h.sent["messagingPlatform"].(string); return text }

// refuse answers as the fake words its refusals.
func (h *hop) refuse(status int) {
	h.status, h.header = status, http.Header{"Content-Type": {"application/json"}}
	h.body, h.text = object{"error": "no"}, nil
}

// in finds an object in a tree, by its path.
func in(tree object, path ...string) object {
	for _, step := range path {
		switch next := tree[step].(type) {
		case object:
			tree = next
		case []any:
			if len(next) == 0 {
				return object{}
			}
			tree, _ = next[0].(object)
		default:
			return object{} // writes to it are lost
		}
	}
	return tree
}

func (h *hop) payload() object { return in(h.body, "message", "payload") }

func (h *hop) attributes() object { return in(h.sent, "attributes") }

// card is the one element of a generic template.
func (h *hop) card() object {
	return in(h.payload(), "message", "attachment", "payload", "elements")
}

// onAnswer is a bug that shows in answers with an offer.
func onAnswer(change func(*hop)) bug {
	return bug{answer: func(h *hop) {
		if h.served() {
			change(h)
		}
	}}
}

// refusing is a server that does not take what it should.
func refusing(wrongly func(*hop) bool) bug {
	return bug{request: func(h *hop) {
		if h.offers() && wrongly(h) {
			h.refuse(http.StatusBadRequest)
		}
	}}
}

// taking is a server that takes what it should refuse, by mending it first.
func taking(mend func(*hop)) bug { return bug{request: mend} }

// TestBrokenServers holds that every bug is found, and found where it is; and
// that there is no case which no bug can fail.
func TestBrokenServers(t *testing.T) {
	t.Parallel()
	sb, err := scenarios.New(scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	found := map[string]bool{}
	t.Run("each", func(t *testing.T) {
		for i, b := range brokenServers() {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				failed := b.play(t, encoreIn(t, sb, fmt.Sprintf("broken-%d", i)))
				mu.Lock()
				defer mu.Unlock()
				for _, id := range failed {
					found[id] = true
				}
			})
		}
	})
	e := encoreIn(t, sb, "whole")
	s, err := check.Open(t.Context(), e.config(e.handler))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Cases() {
		if !found[c.ID] {
			t.Errorf("no broken server fails %s; break one in brokenServers", c.ID)
		}
	}
}

// play runs the suite against the broken server and returns what failed.
func (b broken) play(t *testing.T, e encore) (failed []string) {
	spoiled := &server{bug: b.bug, next: e.handler, clock: e.clock, first: map[string]*hop{}, count: map[string]int{}, refused: map[string]bool{}}
	report, err := check.Run(t.Context(), e.config(spoiled))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Outcome != check.Failed {
			continue
		}
		failed = append(failed, r.ID)
		if !slices.ContainsFunc(b.fails, func(p string) bool { return matches(p, r.ID) }) {
			t.Errorf("%s fails too: %s", r.ID, r.Message)
		}
		if r.Clause == "" || r.Message == "" {
			t.Errorf("%s fails with clause %q and message %q, want both", r.ID, r.Clause, r.Message)
		}
	}
	for _, p := range b.fails {
		if !slices.ContainsFunc(failed, func(id string) bool { return matches(p, id) }) {
			t.Errorf("%s holds, though the server is broken there", p)
		}
	}
	return failed
}

func matches(pattern, id string) bool {
	ok, err := path.Match(pattern, id)
	return err == nil && ok
}
