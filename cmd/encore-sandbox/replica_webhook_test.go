package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// patron is an integrator that takes WhatsApp's webhooks, when it is there.
type patron struct {
	*fleet
	addr   string
	server *http.Server
	mu     sync.Mutex
	heard  map[string][]string // texts in the order of their first arrival, by customer
	hang   chan struct{}       // while not nil, webhooks are taken and never answered
	caught chan struct{}       // told of each that hangs
}

// arrived reads the text messages out of a webhook.
func (p *patron) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Messages []struct {
						From string
						Text struct{ Body string }
					}
				}
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return
	}
	p.mu.Lock()
	hang := p.hang
	p.mu.Unlock()
	if hang != nil {
		p.caught <- struct{}{}
		<-hang
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range body.Entry {
		for _, c := range e.Changes {
			for _, m := range c.Value.Messages {
				if !strings.Contains(strings.Join(p.heard[m.From], " ")+" ", m.Text.Body+" ") {
					p.heard[m.From] = append(p.heard[m.From], m.Text.Body)
				}
			}
		}
	}
}

func (p *patron) open() {
	p.Helper()
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		p.Fatal(err)
	}
	p.server = &http.Server{Handler: p}
	go func() { _ = p.server.Serve(l) }()
}

func (p *patron) close() { _ = p.server.Close() }

func (p *patron) count() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, texts := range p.heard {
		n += len(texts)
	}
	return n
}

func newPatron(f *fleet) *patron {
	p := &patron{fleet: f, addr: freePort(f.T), heard: map[string][]string{}, caught: make(chan struct{}, 16)}
	f.replicas[0].call("PUT", "webhook", `{"url":"http://`+p.addr+`/hook"}`)
	return p
}

// A day with an integrator that is there every other hour, while replicas are
// killed: every message arrives, in the order in which its customer wrote.
func TestWebhooksOfADayArriveInOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes and takes half a minute")
	}
	t.Parallel()
	f := newFleet(t, 2)
	p := newPatron(f)
	const customers, hours = 4, 24
	want := map[string][]string{}
	for hour := range hours {
		if hour%2 == 0 {
			p.open()
		}
		for n := range customers {
			from, text := fmt.Sprintf("1501400500%d", n), fmt.Sprintf("hour-%d", hour)
			f.replicas[(hour+n)%2].call("POST", "messages", fmt.Sprintf(`{"channel":"whatsapp","from":%q,"text":%q}`, from, text))
			want[from] = append(want[from], text)
		}
		f.replicas[hour%2].call("POST", "clock", `{"advance":"1h"}`)
		if hour%8 == 7 {
			f.replicas[hour/8%2].kill()
			f.replicas[hour/8%2].start()
		}
		if hour%2 == 0 {
			p.close()
		}
	}
	p.open()
	defer p.close()
	f.until("every message has arrived", func() bool { return p.count() == customers*hours })
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(want, p.heard); diff != "" {
		t.Errorf("first arrivals by customer (-want +got):\n%s", diff)
	}
}

// A replica dies in the middle of a delivery: the other makes it again.
func TestWebhookOfADeadReplicaIsTakenOver(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a lease to run out")
	}
	t.Parallel()
	f := newFleet(t, 2)
	p := newPatron(f)
	p.hang = make(chan struct{})
	p.open()
	defer p.close()
	f.replicas[0].call("POST", "messages", `{"channel":"whatsapp","from":"15014005001","text":"one"}`)
	<-p.caught
	f.replicas[0].kill()
	p.mu.Lock()
	close(p.hang)
	p.hang = nil
	p.mu.Unlock()
	f.replicas[1].call("POST", "messages", `{"channel":"whatsapp","from":"15014005001","text":"two"}`)
	f.until("both messages have arrived", func() bool { return p.count() == 2 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(map[string][]string{"15014005001": {"one", "two"}}, p.heard); diff != "" {
		t.Errorf("arrivals (-want +got):\n%s", diff)
	}
}

// While Redis is away calls get the sandbox's own 503 and no proxy sends any;
// when it is back they are in the journal.
func TestCallsWithoutRedisAreJournalledLater(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	r := f.replicas[0]
	if status, _, _, err := r.offer("before", requestID(1)); status != http.StatusOK || err != nil {
		t.Fatalf("a call before: %d %v", status, err)
	}
	f.redis.Kill()
	const missed = 5
	for n := range int64(missed) {
		if status, _, exchange, err := r.offer("during", requestID(2+n)); status != http.StatusServiceUnavailable || err != nil || exchange != "" {
			t.Errorf("a call without Redis: %d in exchange %q, %v; want 503 in none", status, exchange, err)
		}
	}
	if resp, err := f.client.Get(r.base + "/readyz"); err != nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz without Redis: %v %v, want 503", resp, err)
	}
	if resp, err := f.client.Get(r.base + "/healthz"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("healthz without Redis: %v %v, want 200: the process is well", resp, err)
	}
	f.redis.Restart()
	var statuses []float64
	f.until("the missed calls are in the journal", func() bool {
		status, answer, err := r.try("GET", "journal", "")
		var journal struct {
			Exchanges []struct{ Response struct{ Status float64 } }
		}
		if err != nil || status != http.StatusOK || json.Unmarshal(answer, &journal) != nil {
			return false
		}
		statuses = nil
		for _, x := range journal.Exchanges {
			statuses = append(statuses, x.Response.Status)
		}
		return len(statuses) >= 1+missed
	})
	if diff := cmp.Diff([]float64{200, 503, 503, 503, 503, 503}, statuses); diff != "" {
		t.Errorf("statuses in the journal (-want +got):\n%s", diff)
	}
}
