package contract

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Event is something that a vendor tells the integration: "whatsapp.text" from a
// customer, "whatsapp.status_delivered" about a message. `encore-sandbox trigger
// --list` has them all.
type Event = sim.Trigger

// Webhook makes an event happen and returns the vendor's request for it, with its
// headers and signed to the byte as the vendor signs, for handlers that no server
// serves:
//
//	recorder := httptest.NewRecorder()
//	handler.ServeHTTP(recorder, sb.Webhook(t, contract.Event{Event: "whatsapp.text", Text: "Hi"}))
//
// The journal has it as delivered and answered with 200, so that what the handler
// then does is judged like anything else. Webhooks that come of that, such as
// statuses, are taken and go to nobody. It is for sandboxes without a handler and
// without a webhook elsewhere.
func (s *Sandbox) Webhook(t testing.TB, e Event) *http.Request {
	t.Helper()
	in := s.receive(t)
	sent, err := s.Workspace().Trigger(context.Background(), e)
	if err != nil {
		t.Fatalf("contract: event %q: %v", e.Event, err)
	}
	return in.take(t, s.options.Within, sent.ID)
}

// Webhook is Sandbox.Webhook of a text that the customer writes.
func (c *Customer) Webhook(text string) *http.Request {
	c.t.Helper()
	in := c.s.receive(c.t)
	return in.take(c.t, c.s.options.Within, c.Writes(text))
}

// receive puts an inbox where the webhook would be.
func (s *Sandbox) receive(t testing.TB) *inbox {
	t.Helper()
	s.boxes.Lock()
	defer s.boxes.Unlock()
	switch known := s.Workspace().Webhooks(); {
	case s.inbox != nil:
	case len(known) > 0:
		t.Fatal("contract: webhooks go to a handler or a URL already\n  fix: let the customer write (Customer.Writes), or start without Options.Handler and Options.Webhook")
	default:
		s.inbox = &inbox{}
		s.Workspace().SetWebhook("", sim.Target{URL: "http://integration.localhost" + cmp.Or(s.options.Webhook, DefaultPath), Transport: s.inbox})
	}
	return s.inbox
}

// inbox takes the webhooks of an integration that nobody serves.
type inbox struct {
	mu    sync.Mutex
	taken []*http.Request // that nobody has asked for
	bodys [][]byte
	more  chan struct{} // closed when another comes
}

// RoundTrip implements http.RoundTripper: it takes a webhook and says so.
func (i *inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	in := r.Clone(context.Background())
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "192.0.2.1:1234"
	in.URL.Scheme, in.URL.Host = "", ""
	in.ContentLength, in.Body = int64(len(body)), io.NopCloser(bytes.NewReader(body))
	i.mu.Lock()
	defer i.mu.Unlock()
	i.taken, i.bodys = append(i.taken, in), append(i.bodys, body)
	if i.more != nil {
		close(i.more)
		i.more = nil
	}
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// find returns the first webhook about an id and forgets it, or says how to learn
// of the next.
func (i *inbox) find(id string) (*http.Request, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for at, body := range i.bodys {
		if strings.Contains(string(body), id) || strings.Contains(string(body), escaped(id)) {
			found := i.taken[at]
			i.taken, i.bodys = append(i.taken[:at], i.taken[at+1:]...), append(i.bodys[:at], i.bodys[at+1:]...)
			return found, nil
		}
	}
	if i.more == nil {
		i.more = make(chan struct{})
	}
	return nil, i.more
}

// escaped is an id as Meta's bodies have it, whose slashes are escaped.
func escaped(id string) string { return strings.ReplaceAll(id, "/", `\/`) }

// take waits for the webhook about an id.
func (i *inbox) take(t testing.TB, within time.Duration, id string) *http.Request {
	t.Helper()
	late := make(chan struct{})
	defer clock.NewWall(0).AfterFunc(within, func() { close(late) })()
	for {
		found, more := i.find(id)
		if found != nil {
			return found
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("contract: no webhook about %s came within %v", id, within)
		}
	}
}
