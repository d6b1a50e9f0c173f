package sim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// stable replaces what differs from run to run by words: ticks, wall times and
// durations.
func stable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			switch name {
			case "tick", "wall", "duration":
				v[name] = "<" + name + ">"
			default:
				v[name] = stable(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = stable(v[i])
		}
	}
	return v
}

// golden compares JSON with a file under testdata.
func (w *world) golden(file string, got []byte) {
	w.Helper()
	var tree any
	if err := json.Unmarshal(got, &tree); err != nil {
		w.Fatalf("%v in\n%s", err, got)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(stable(tree)); err != nil {
		w.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
			w.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.Fatalf("%v; write it with: go test ./sim -update", err)
	}
	w.diff(file, string(want), text.String())
}

// The journal in JSON, as every tool reads it: a call, a refused call, a struck
// call, a body that is no text, a stray call, a webhook.
func TestJournalJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/v7/orders?access_token=EAAsecret", orderOf(alice, "kite"), "X-Api-Key", "", "Authorization", "Bearer pk_test_secret")
	w.call("POST", "/orders", orderOf(alice, ""))
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "503;name=outage")
	w.call("POST", "/orders", "\xff\xfe")
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "truncate=5")
	w.call("GET", "http://elsewhere.example/nothing?x=1", "")
	w.write(alice, "Hi <there>")
	w.delivered(1)
	w.golden("testdata/journal.json", []byte(w.call("GET", "/_sandbox/v1/journal", "").Body))
	w.golden("testdata/thread.json", []byte(w.call("GET", "/_sandbox/v1/threads/"+inAlice, "").Body))
}

// The entry is there when the first byte is out, and its end is not.
func TestEntryBeforeBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	client := carriers["loopback"](w)
	r := w.request("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "drip=1/10m")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	x := w.last()
	w.diff("number", resp.Header.Get(sim.HeaderExchange), itoa(int(x.N)))
	w.diff("the answer that is about to go out", 201, x.Response.Status)
	w.diff("end", (*sim.Ended)(nil), x.Ended)
}

func TestCredentialsAreRedacted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	secrets := []string{"pk_live_s3cret", "EAAs3cret", "s3cret-proof", "s3cret-verify", "s3cret-cookie", "s3cret-key", "s3cret-api", "s3cret-proxy"}
	w.call("POST", "/orders?access_token=EAAs3cret&appsecret_proof=s3cret-proof&hub.verify_token=s3cret-verify&limit=7", strings.Replace(orderOf(alice, "kite"), "{", `{"access_token":"EAAs3cret",`, 1),
		"Authorization", "Bearer pk_live_s3cret", "Cookie", "s3cret-cookie", "X-Api-Key", "s3cret-key", "Api-Key", "s3cret-api", "Apikey", "s3cret-key",
		"Proxy-Authorization", "Basic s3cret-proxy", "User-Agent", "mine/1.0")
	for _, path := range []string{"journal", "journal?limit=1", "threads/" + inAlice} {
		body := w.call("GET", "/_sandbox/v1/"+path, "").Body
		for _, secret := range append(secrets, "s3cret") {
			if strings.Contains(body, secret) {
				t.Errorf("GET %s shows the credential %q", path, secret)
			}
		}
	}
	r := w.last().Request
	w.diff("Authorization", sim.Fingerprint("Bearer pk_live_s3cret"), r.Header.Get("Authorization"))
	w.diff("what is no credential", "mine/1.0", r.Header.Get("User-Agent"))
	w.diff("other parameters stay", true, strings.Contains(r.URL, "limit=7"))
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"":               "",
		"pk_test_abc":    "pk_test_…",
		"pk_live_abc":    "pk_live_…",
		"Bearer EAAabc":  "Bearer EAA…",
		"Bearer unknown": "Bearer …",
		"unknown":        "…",
	} {
		got := sim.Fingerprint(secret)
		if want == "" {
			if got != "" {
				t.Errorf("Fingerprint of nothing = %q, want nothing", got)
			}
			continue
		}
		if hash, ok := strings.CutPrefix(got, want); !ok || len(hash) != 8 || strings.Contains(got, "abc") {
			t.Errorf("Fingerprint(%q) = %q, want %s and eight digits of a hash", secret, got, want)
		}
	}
	if sim.Fingerprint("pk_test_a") == sim.Fingerprint("pk_test_b") {
		t.Error("two credentials have one fingerprint")
	}
}

// A message survives the way through JSON, whether its body is text or not.
func TestMessageRoundTrip(t *testing.T) {
	t.Parallel()
	for name, body := range map[string][]byte{"text": []byte(`{"a":"<ü>"}`), "no text": {0xff, 0, 1}, "nothing": nil} {
		want := sim.Message{Method: "POST", URL: "/x", Status: 200, Body: body, Size: int64(len(body)), SHA256: "abc"}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got sim.Message
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s as %s (-want +got):\n%s", name, data, diff)
		}
	}
}

// The bounds of a workspace hold, and the journal says what it has lost.
func TestJournalBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) { c.Store, c.Bounds = nil, store.Bounds{Exchanges: 3, List: 4} })
	for range 5 {
		w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`"}`)
	}
	got := w.call("GET", "/_sandbox/v1/journal", "").json(t)
	w.diff("exchanges", 3, len(got["exchanges"].([]any)))
	w.diff("evicted", 2.0, got["evicted"])
	got = w.call("GET", "/_sandbox/v1/threads/"+inAlice, "").json(t)
	w.diff("lines of the timeline", 4, len(got["timeline"].([]any)))
	w.diff("lost lines: three a call", 11.0, got["lost"])
}

// listed returns the numbers of the exchanges that the control API lists.
func (w *world) listed(query string) (numbers []int, more bool) {
	w.Helper()
	got := w.call("GET", "/_sandbox/v1/journal"+query, "").json(w.T)
	for _, e := range got["exchanges"].([]any) {
		numbers = append(numbers, int(e.(map[string]any)["n"].(float64)))
	}
	return numbers, got["more"].(bool)
}

func TestJournalFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoVendors)
	w.call("POST", "/orders", orderOf(alice, "kite"))  // 1
	w.call("POST", "/orders", orderOf(bob, "kite"))    // 2
	w.call("GET", "/ping", "")                         // 3
	w.call("GET", "http://api.rival.example/ping", "") // 4
	w.call("GET", "/nothing", "")                      // 5
	w.write(alice, "Hi")                               // 6
	w.delivered(1)                                     //
	w.call("POST", "/orders", orderOf(alice, "kite"))  // 7
	for query, want := range map[string][]int{
		"":                                  {1, 2, 3, 4, 5, 6, 7},
		"?fake=toy":                         {1, 2, 3, 6, 7},
		"?fake=rival":                       {4},
		"?operation=ping":                   {3, 4},
		"?operation=rival.ping":             {4},
		"?thread=" + inAlice:                {1, 6, 7},
		"?direction=out":                    {6},
		"?direction=in&thread=" + inAlice:   {1, 7},
		"?thread=none":                      nil,
		"?since=5":                          {6, 7},
		"?since=99":                         nil,
		"?since=0&limit=7":                  {1, 2, 3, 4, 5, 6, 7},
		"?fake=toy&operation=createOrder":   {1, 2, 7},
		"?workspace=default&operation=ping": {3, 4},
	} {
		got, more := w.listed(query)
		w.diff("exchanges with "+query, want, got)
		w.diff("more with "+query, false, more)
	}
	for query, want := range map[string][]int{"?limit=2": {6, 7}, "?limit=2&since=1": {2, 3}, "?limit=1&fake=toy&since=1": {2}} {
		got, more := w.listed(query)
		w.diff("page "+query, want, got)
		w.diff("more with "+query, true, more)
	}
}

// Time in the journal is simulated; wall time stands beside it.
func TestTwoTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "")
	w.advance(inAlice, time.Hour)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	all := w.journal()
	w.diff("simulated", time.Hour, all[1].At.Sub(all[0].At))
	if wall := all[1].Wall.Sub(all[0].Wall); wall < 0 || wall > time.Minute {
		t.Errorf("the wall times are %v apart, want what really passed", wall)
	}
	if all[0].Tick >= all[0].Ended.Tick || all[0].Ended.Tick >= all[1].Tick {
		t.Errorf("ticks of arrival, end, next arrival = %d, %d, %d; want them to grow", all[0].Tick, all[0].Ended.Tick, all[1].Tick)
	}
}

// TestAnswersAreRedacted: an integrator's session is nobody else's business.
func TestAnswersAreRedacted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.in.answers = []http.HandlerFunc{func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Add("Set-Cookie", "session=s3cret; Path=/")
		_, _ = rw.Write([]byte(`{"access_token":"EAAs3cret"}`))
	}}
	w.write(alice, "Hi")
	kept := w.delivered(1)[0].Ended.Response
	if got := kept.Header.Get("Set-Cookie") + string(kept.Body); strings.Contains(got, "s3cret") || !strings.Contains(got, "EAA…") {
		t.Errorf("the journal keeps %s", got)
	}
}
