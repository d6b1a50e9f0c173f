package encore

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// world is a sandbox with Encore, the advertiser and a bare WhatsApp channel,
// called in process.
type world struct {
	*testing.T
	sb *sim.Sandbox
	ws *sim.Workspace
}

// newWorld makes one on a manual clock at noon; change, unless nil, changes
// its configuration first.
func newWorld(t *testing.T, c Config, change func(*sim.Config)) *world {
	t.Helper()
	api, advertiser, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	config := sim.Config{
		Fakes: []*sim.Fake{api, advertiser, phones()}, Seed: 1, Clock: clock.NewManual(noon),
		Words: sim.Vocabulary{
			Read: func(kind string, data, request, answer []byte) (sim.Note, error) {
				return note.Read(kind, data, request, answer)
			},
			Acked:    func(status int, reason string) sim.Note { return note.WebhookAcked{Status: status, Reason: reason} },
			Advanced: func(thread string, by time.Duration) sim.Note { return note.ClockAdvanced{Thread: thread, By: by} },
		},
		Webhooks: map[string]sim.Target{"": {URL: "http://integrator.example", Transport: sim.Transport{Handler: http.NotFoundHandler()}}},
	}
	if change != nil {
		change(&config)
	}
	if config.Store == nil {
		config.Store = storetest.Coded(t, config.Forms(), config.Bounds)
	}
	sb, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t, sb, sb.Default()}
}

// phones is a channel without a vendor: enough for threads.
func phones() *sim.Fake {
	return &sim.Fake{
		Name:     "phones",
		Document: []byte("openapi: 3.0.3\ninfo: {title: phones, version: '1'}\npaths: {}\n"),
		Dispatch: func(sim.Delivery) sim.Dispatch { return sim.Dispatch{} },
		Channels: []sim.Channel{{
			Name: "whatsapp", Platform: WhatsApp, Accounts: []sim.Account{{ID: "1", ClientID: "client-42"}},
			Normal: func(customer string) (string, error) { return customer, nil },
			Write: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				id := "wamid." + tx.Rand("message").Hex(4)
				tx.Mint(id)
				return sim.Webhook{Event: "message", ID: id}, nil
			},
		}},
	}
}

// answered is what came back of a call.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// offer reads a 200 of offersMessage.
func (a answered) offer(t *testing.T) Response {
	t.Helper()
	var r Response
	if err := json.Unmarshal(a.body, &r); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s is no 200 with JSON: %v", a.status, a.body, err)
	}
	return r
}

// do makes a request to any URL; header lines are "Name: value".
func (w *world) do(method, url string, body any, header ...string) answered {
	w.Helper()
	var sent io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			w.Fatal(err)
		}
		sent = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(w.Context(), method, url, sent)
	if err != nil {
		w.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := sim.Transport{Handler: w.sb}.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, data}
}

const offersURL = "http://api.encorekit.com/encore/publisher/sdk/v1/offers/message"

// call asks for an offer: the guide's request with changes, whose nil values
// leave a field out.
func (w *world) call(change map[string]any, header ...string) answered {
	w.Helper()
	body := map[string]any{
		"clientId": "client-42", "clientName": "Tony's Pizza", "messagingPlatform": "whatsapp", "recipient": "15014005001",
		"inboundMessageId": "wamid.1", "chatId": "chat-1",
	}
	maps.Copy(body, change)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return w.do(http.MethodPost, offersURL, body, append([]string{"X-Api-Key: pk_test_sandbox", "Content-Type: application/json"}, header...)...)
}

func (w *world) advance(thread string, by time.Duration) {
	w.Helper()
	if err := w.ws.Advance(w.Context(), thread, by); err != nil {
		w.Fatal(err)
	}
}

// last is the newest exchange of the journal.
func (w *world) last() sim.Entry {
	w.Helper()
	entries, err := w.ws.Journal(w.Context(), 1, 10_000)
	if err != nil || len(entries) == 0 {
		w.Fatalf("the journal is empty or broken: %v", err)
	}
	return entries[len(entries)-1]
}

// noted is the note of a type on the newest exchange, and whether there is one.
func noted[N sim.Note](w *world) (n N, ok bool) {
	w.Helper()
	for _, each := range w.last().Notes {
		if n, ok = each.(N); ok {
			return n, true
		}
	}
	return n, false
}

// decided is the decision on the newest exchange.
func (w *world) decided() note.OfferDecided {
	w.Helper()
	n, ok := noted[note.OfferDecided](w)
	if !ok {
		w.Fatal("the newest exchange decided nothing")
	}
	return n
}

// twoBrands is a catalog with two campaigns for everybody.
func twoBrands() *Catalog {
	c := smallCatalog()
	other := c.Campaigns[0]
	other.ID, other.Creatives = "00000000-0000-4000-8000-000000000012", []Creative{c.Campaigns[0].Creatives[0]}
	other.Creatives[0].ID, other.Creatives[0].Title = "00000000-0000-4000-8000-000000000013", "U"
	c.Campaigns = append(c.Campaigns, other)
	return c
}
