package contract_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/sim"
)

// The requests of the Encore integration guide, byte for byte: "Try it with
// curl", with a test key, and step 3 of its end-to-end example.
const (
	guideCurl = `{
    "clientId": "client-42",
    "clientName": "Tony's Pizza",
    "messagingPlatform": "whatsapp",
    "recipient": "15014005001",
    "inboundMessageId": "wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
    "chatId": "8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d",
    "attributes": {
      "countryCode": "US",
      "language": "en",
      "platform": "ios"
    }
  }`
	guideEndToEnd = `{
     "clientId": "client-42",
     "clientName": "Tony's Pizza",
     "messagingPlatform": "whatsapp",
     "recipient": "14155551234",
     "inboundMessageId": "wamid.HBgLMTQxNTU1NTEyMzQVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
     "chatId": "8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d",
     "attributes": { "countryCode": "US", "platform": "ios" }
   }`

	offersPath  = "/encore/publisher/sdk/v1/offers/message"
	withoutHost = "/publisher/sdk/v1/offers/message"

	// sha256 of clientId:inboundMessageId, reckoned with sha256sum.
	curlImpression     = "d545e8ea46afacb607799f4e7ae97412cf7b540d948d9d6b50111a707237e30b"
	endToEndImpression = "64ce12901e3e7b92a5301bf6455629233cd02f8410e549db8fd4ee460be78c55"
)

// offerCall is one request to Encore as curl would send it.
type offerCall struct {
	method, path, host, key, body string
}

// offerAnswer is what came back.
type offerAnswer struct {
	status int
	header http.Header
	body   string
}

func (c offerCall) do(t *testing.T, base string) offerAnswer {
	t.Helper()
	r, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = c.host
	r.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		r.Header.Set("X-API-Key", c.key)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return offerAnswer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return offerAnswer{resp.StatusCode, resp.Header, string(body)}
}

func goodCall(body string) offerCall {
	return offerCall{http.MethodPost, offersPath, "", "pk_test_demo", body}
}

// offer is the part of an answer that tests look at.
type offer struct {
	Success      bool
	ImpressionID string
	Offer        *struct{ ID, CampaignID, CreativeID, ClickURL, RequestID string }
	Message      *struct {
		Platform string
		Payload  json.RawMessage
	}
}

func (a offerAnswer) offer(t *testing.T) (o offer) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		t.Fatalf("the answer is no JSON: %v", err)
	}
	return o
}

func journal(t *testing.T, sb *contract.Sandbox) []sim.Entry {
	t.Helper()
	entries, err := sb.Workspace().Journal(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestGuideRequests(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	for name, c := range map[string]struct {
		call         offerCall
		impressionID string
		recipient    string
	}{
		"the guide's curl":              {goodCall(guideCurl), curlImpression, "15014005001"},
		"the guide's end-to-end sample": {goodCall(guideEndToEnd), endToEndImpression, "14155551234"},
		"Encore's own host name":        {offerCall{"POST", offersPath, "api.encorekit.com", "pk_test_demo", guideCurl}, curlImpression, "15014005001"},
		"the host name with a port":     {offerCall{"POST", offersPath, "API.encorekit.com:443", "pk_test_demo", guideCurl}, curlImpression, "15014005001"},
		"without /encore":               {offerCall{"POST", withoutHost, "", "pk_test_demo", guideCurl}, curlImpression, "15014005001"},
		"without /encore, own host":     {offerCall{"POST", withoutHost, "api.encorekit.com", "pk_test_demo", guideCurl}, curlImpression, "15014005001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.call.do(t, sb.URL).offer(t)
			if !got.Success || got.Offer == nil || got.Message == nil {
				t.Fatalf("no offer in %+v", got)
			}
			if diff := cmp.Diff(c.impressionID, got.ImpressionID); diff != "" {
				t.Errorf("impressionId (-want +got):\n%s", diff)
			}
			var payload struct {
				MessagingProduct string `json:"messaging_product"`
				To, Type         string
			}
			if err := json.Unmarshal(got.Message.Payload, &payload); err != nil {
				t.Fatal(err)
			}
			if payload.To != c.recipient || payload.Type != "interactive" || payload.MessagingProduct != "whatsapp" || got.Message.Platform != "whatsapp" {
				t.Errorf("payload %s is not ready to be sent to %s", got.Message.Payload, c.recipient)
			}
			if got.Offer.ID != got.Offer.CampaignID || !strings.Contains(string(got.Message.Payload), got.Offer.ClickURL) {
				t.Errorf("the payload does not carry the offer %+v", got.Offer)
			}
		})
	}
}

// The window is 60 seconds from the first 200, not sliding.
func TestRepeatsWithinTheWindow(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	call := goodCall(guideCurl)
	first := call.do(t, sb.URL)
	id := first.offer(t).ImpressionID
	if dedup := first.header.Get("X-Sandbox-Dedup"); dedup != "miss" {
		t.Errorf("the first call is a %q, want a miss", dedup)
	}
	for _, wait := range []time.Duration{0, 30 * time.Second, 29 * time.Second} {
		sb.Advance(t, "", wait)
		again := call.do(t, sb.URL)
		if diff := cmp.Diff(first.body, again.body); diff != "" {
			t.Errorf("a repeat within 60 s differs (-want +got):\n%s", diff)
		}
		if dedup := again.header.Get("X-Sandbox-Dedup"); dedup != "hit" {
			t.Errorf("a repeat within 60 s is a %q, want a hit", dedup)
		}
	}
	sb.Advance(t, "", 2*time.Second) // 61 s after the first call
	later := call.do(t, sb.URL)
	if dedup := later.header.Get("X-Sandbox-Dedup"); dedup != "miss" {
		t.Errorf("a repeat after 61 s is a %q, want a miss", dedup)
	}
	if got := later.offer(t).ImpressionID; got != id {
		t.Errorf("impressionId after 61 s is %s, want the same %s", got, id)
	}
}

func TestConcurrentDuplicatesAreDecidedOnce(t *testing.T) {
	t.Parallel()
	const calls = 500
	sb := contract.Start(t, contract.Options{})
	var mu sync.Mutex
	bodies, dedup := map[string]int{}, map[string]int{}
	var group sync.WaitGroup
	begin := make(chan struct{})
	for range calls {
		group.Go(func() {
			<-begin
			a := goodCall(guideCurl).do(t, sb.URL)
			mu.Lock()
			defer mu.Unlock()
			bodies[a.body]++
			dedup[a.header.Get("X-Sandbox-Dedup")]++
		})
	}
	close(begin)
	group.Wait()
	if diff := cmp.Diff(map[string]int{"miss": 1, "hit": calls - 1}, dedup); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if len(bodies) != 1 {
		t.Errorf("%d different bodies, want one", len(bodies))
	}
	if got := len(journal(t, sb)); got != calls {
		t.Errorf("%d exchanges in the journal, want one for each of %d calls", got, calls)
	}
}

// with is the guide's curl with fields replaced, or removed when nil.
func with(t *testing.T, changes map[string]any) string {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(guideCurl), &body); err != nil {
		t.Fatal(err)
	}
	maps.Copy(body, changes)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Every bad input gets its documented status, an envelope that says what to
// change, and exactly one entry in the journal.
func TestBadInput(t *testing.T) {
	t.Parallel()
	bad := goodCall
	keyed := func(key string) offerCall { return offerCall{"POST", offersPath, "", key, guideCurl} }
	for name, c := range map[string]struct {
		call   offerCall
		status int
		says   string // part of the error or of a detail
	}{
		"no body":                  {bad(""), 400, "body"},
		"not JSON":                 {bad("clientId=client-42"), 400, "JSON"},
		"JSON that breaks off":     {bad(guideCurl[:100]), 400, "JSON"},
		"an array":                 {bad("[" + guideCurl + "]"), 400, "object"},
		"no fields":                {bad("{}"), 400, "clientName"},
		"a missing field":          {bad(with(t, map[string]any{"inboundMessageId": nil})), 400, "inboundMessageId"},
		"a number for text":        {bad(with(t, map[string]any{"recipient": 15014005001})), 400, "recipient"},
		"text for a number":        {bad(with(t, map[string]any{"inboundTimestamp": "1700000000"})), 400, "inboundTimestamp"},
		"text for an object":       {bad(with(t, map[string]any{"attributes": "US"})), 400, "attributes"},
		"an unknown platform":      {bad(with(t, map[string]any{"messagingPlatform": "sms"})), 400, "messagingPlatform"},
		"an empty id":              {bad(with(t, map[string]any{"clientId": ""})), 400, "clientId"},
		"a requestId of no UUID":   {bad(with(t, map[string]any{"requestId": "7"})), 400, "requestId"},
		"2 MiB":                    {bad(with(t, map[string]any{"clientName": strings.Repeat("x", 2<<20)})), 400, "1024 KiB"},
		"2 MiB that is no JSON":    {bad(strings.Repeat("x", 2<<20)), 400, "1024 KiB"},
		"GET":                      {offerCall{"GET", offersPath, "", "pk_test_demo", ""}, 405, "POST"},
		"PUT":                      {offerCall{"PUT", offersPath, "", "pk_test_demo", guideCurl}, 405, "POST"},
		"a wrong path":             {offerCall{"POST", "/encore/publisher/sdk/v1/offers/massage", "", "pk_test_demo", guideCurl}, 404, "encore-sandbox openapi encore"},
		"a wrong path, own host":   {offerCall{"POST", "/offers/message", "api.encorekit.com", "pk_test_demo", guideCurl}, 404, "encore-sandbox openapi encore"},
		"no key":                   {keyed(""), 401, "pk_test_"},
		"a live key":               {keyed("pk_live_abc123"), 401, "pk_live_"},
		"an unknown key":           {keyed("secret"), 401, "pk_test_"},
		"a bare pk_test_":          {keyed("pk_test_"), 401, "pk_test_"},
		"no key and no valid body": {offerCall{"POST", offersPath, "", "", "{"}, 401, "X-API-Key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := contract.Start(t, contract.Options{})
			got := c.call.do(t, sb.URL)
			if got.status != c.status {
				t.Errorf("status %d, want %d: %s", got.status, c.status, got.body)
			}
			checkEnvelope(t, got, c.says)
			entries := journal(t, sb)
			if len(entries) != 1 || entries[0].Response == nil || entries[0].Response.Status != c.status {
				t.Errorf("the journal holds %d entries %+v, want exactly one with status %d", len(entries), entries, c.status)
			}
			if entry := got.header.Get("X-Sandbox-Exchange"); entry != "1" {
				t.Errorf("X-Sandbox-Exchange is %q, want 1", entry)
			}
		})
	}
}

func checkEnvelope(t *testing.T, got offerAnswer, says string) {
	t.Helper()
	var envelope struct {
		Error   string   `json:"error"`
		Details []string `json:"details"`
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(got.body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&envelope); err != nil || envelope.Error == "" {
		t.Fatalf("%q is not Encore's error envelope: %v", got.body, err)
	}
	if text := envelope.Error + "\n" + strings.Join(envelope.Details, "\n"); !strings.Contains(text, says) {
		t.Errorf("the message does not speak of %q: %s", says, text)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("Content-Type is %q, want application/json", ct)
	}
}
