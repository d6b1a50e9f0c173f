package scenarios_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// recorded is what a recorder would have saved of a story in production: the
// vendors' own hosts, a live key, nothing of the sandbox's, and a time for every
// moment in its order.
func recorded(t *testing.T, name, channel string, defects ...string) *har.File {
	t.Helper()
	return recordedAs(t, "test", name, channel, defects...)
}

// recordedAs is recorded of a run with customers of its own.
func recordedAs(t *testing.T, id, name, channel string, defects ...string) *har.File {
	t.Helper()
	var file *har.File
	run := scenarios.Runner{
		Sandbox: newSandbox(t, scenarios.Options{Seed: 1, Run: "test"}), Channels: []string{channel}, Settings: rules.DefaultSettings(), Seed: 1, Run: id,
		Stories: []*story.Story{named(t, name)}, Defects: defects,
		Before: func(_ report.Result, ws *sim.Workspace) {
			var err error
			if file, err = ws.HAR(t.Context(), "http://127.0.0.1:8080"); err != nil {
				t.Error(err)
			}
		},
	}
	if _, err := run.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	file.Log.Creator = har.Program{Name: "recorder", Version: "1"}
	ranks := ranksOf(file)
	base := time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)
	for i := range file.Log.Entries {
		e := &file.Log.Entries[i]
		began := time.Duration(ranks[e.Sandbox.Tick]) * 10 * time.Millisecond
		e.Started, e.Time = base.Add(began), float64(10*(ranks[e.Sandbox.Ended.Tick]-ranks[e.Sandbox.Tick]))
		e.Request.URL = strings.Replace(e.Request.URL, "http://integrator.localhost", "https://shop.example", 1)
		e.Request.URL = strings.Replace(e.Request.URL, "http://", "https://", 1)
		for j := range e.Request.Headers {
			h := &e.Request.Headers[j]
			h.Value = strings.Replace(h.Value, "pk_test_", "pk_live_", 1)
		}
		e.Sandbox = nil
	}
	return file
}

func ranksOf(file *har.File) map[int64]int {
	ranks := map[int64]int{}
	for _, e := range file.Log.Entries {
		ranks[e.Sandbox.Tick], ranks[e.Sandbox.Ended.Tick] = 0, 0
	}
	for i, tick := range slices.Sorted(maps.Keys(ranks)) {
		ranks[tick] = i
	}
	return ranks
}

func named(t *testing.T, name string) *story.Story {
	t.Helper()
	stories := library(t)
	i := slices.IndexFunc(stories, func(s *story.Story) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no story %s", name)
	}
	return stories[i]
}

// broken are the rules that a capture breaks.
func broken(t *testing.T, c scenarios.Capture) []string {
	t.Helper()
	c.Settings = rules.DefaultSettings()
	judged, err := c.Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range judged.Merged().Findings {
		t.Log(f.Rule, f.Thread, f.What)
		ids = append(ids, f.Rule)
	}
	return slices.Compact(ids)
}

// rewritten changes every entry of an archive as JSON, as another recorder would
// have written it.
func rewritten(t *testing.T, file *har.File, change func(entry map[string]any)) *har.File {
	t.Helper()
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	for _, e := range tree["log"].(map[string]any)["entries"].([]any) {
		change(e.(map[string]any))
	}
	if data, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	again, err := har.Read(strings.NewReader("\ufeff" + string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func at(e map[string]any, path ...string) map[string]any {
	for _, p := range path {
		e, _ = e[p].(map[string]any)
	}
	return e
}

// asMitmproxy writes times to the microsecond with a zone, and has sizes and
// addresses of its own.
func asMitmproxy(e map[string]any) {
	started, _ := time.Parse(time.RFC3339, e["startedDateTime"].(string))
	e["startedDateTime"] = started.In(time.FixedZone("", 2*3600)).Format("2006-01-02T15:04:05.000000-07:00")
	e["serverIPAddress"], e["timings"] = "203.0.113.7", map[string]any{"connect": -1, "ssl": -1, "send": 0, "receive": 1, "wait": 9}
	at(e, "request")["httpVersion"] = "HTTP/2.0"
	delete(at(e, "request"), "cookies")
}

// asChrome writes answers in base64, HTTP/2's own fields among the headers, and
// leaves out what it does not know.
func asChrome(e map[string]any) {
	content := at(e, "response", "content")
	if text, ok := content["text"].(string); ok {
		content["text"], content["encoding"] = base64.StdEncoding.EncodeToString([]byte(text)), "base64"
	}
	request := at(e, "request")
	headers, _ := request["headers"].([]any)
	request["headers"] = append([]any{map[string]any{"name": ":authority", "value": "x"}}, headers...)
	e["_initiator"], e["_priority"], e["cache"] = map[string]any{"type": "other"}, "High", map[string]any{}
	for _, name := range []string{"headersSize", "bodySize", "queryString"} {
		delete(request, name)
		delete(at(e, "response"), name)
	}
	delete(e, "timings")
	delete(at(e, "response"), "statusText")
}

func TestRecordersAreRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, story, channel string
		change               func(map[string]any)
		defects              []string
		want                 []string
	}{
		{"mitmproxy, all is well", "first-message", "whatsapp", asMitmproxy, nil, nil},
		{"Chrome, all is well", "first-message", "whatsapp", asChrome, nil, nil},
		{"Chrome, a page of Instagram's", "first-message", "instagram", asChrome, nil, nil},
		{"mitmproxy, Zoko, whose account no body names", "first-message", "zoko", asMitmproxy, nil, nil},
		{"Chrome, Interakt, whose account no body names", "first-message", "interakt", asChrome, nil, nil},
		{"mitmproxy, Kaleyra", "first-message", "kaleyra", asMitmproxy, nil, nil},
		{"mitmproxy, the reply came first", "first-message", "whatsapp", asMitmproxy, []string{"reply-first"}, []string{"R36"}},
		{"Chrome, the payload was changed", "first-message", "messenger", asChrome, []string{"payload-changed"}, []string{"R31"}},
		{"mitmproxy, a call in the middle of a thread", "mid-thread", "whatsapp", asMitmproxy, []string{"mid-thread-call"}, []string{"R4"}},
		{"Chrome, an answer that never came", "silent-encore", "whatsapp", asChrome, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := rewritten(t, recorded(t, c.story, c.channel, c.defects...), c.change)
			if d := diff.Diff(c.want, broken(t, scenarios.Capture{File: file})); d != "" {
				t.Errorf("rules that it breaks (-want +got):\n%s", d)
			}
		})
	}
}

// R12 depends on where the traffic was recorded.
func TestKeysOfProduction(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	live := recorded(t, "first-message", "whatsapp")
	test := rewritten(t, live, func(e map[string]any) {
		for _, h := range at(e, "request")["headers"].([]any) {
			header := h.(map[string]any)
			header["value"] = strings.Replace(header["value"].(string), "pk_live_", "pk_test_", 1)
		}
	})
	elsewhere := rewritten(t, test, func(e map[string]any) {
		request := at(e, "request")
		request["url"] = strings.Replace(request["url"].(string), "https://api.encorekit.com", "http://127.0.0.1:8080", 1)
	})
	for _, c := range []struct {
		name    string
		capture scenarios.Capture
		want    []string
	}{
		{"a live key in production", scenarios.Capture{File: live}, nil},
		{"a test key in production", scenarios.Capture{File: test}, []string{"R12"}},
		{"a test key at a sandbox, production's traffic or not", scenarios.Capture{File: elsewhere}, nil},
		{"a live key that is said to be for the sandbox", scenarios.Capture{File: live, Production: &no}, []string{"R12"}},
		{"a test key that is said to be production's", scenarios.Capture{File: test, Production: &yes}, []string{"R12"}},
		{"a test key that is said not to be", scenarios.Capture{File: test, Production: &no}, nil},
	} {
		if d := diff.Diff(c.want, broken(t, c.capture)); d != "" {
			t.Errorf("%s: rules that it breaks (-want +got):\n%s", c.name, d)
		}
	}
}

// What a recording leaves open breaks nothing, and --complete closes it.
func TestWhatACaptureLeavesOpen(t *testing.T) {
	t.Parallel()
	yes := true
	silent := recorded(t, "mid-thread", "whatsapp", "silent-mid-thread")
	early := recorded(t, "cap-reached", "whatsapp")
	early.Log.Entries = early.Log.Entries[6:] // the first offer is not in it
	for _, c := range []struct {
		name    string
		capture scenarios.Capture
		want    []string
	}{
		{"the reply that did not come may still", scenarios.Capture{File: silent}, nil},
		{"nothing came any more", scenarios.Capture{File: silent, Complete: &yes}, []string{"R8"}},
		{"begins in the middle", scenarios.Capture{File: early}, nil},
		{"signed with the secret", scenarios.Capture{File: silent, AppSecret: "sandbox-app-secret"}, nil},
	} {
		if d := diff.Diff(c.want, broken(t, c.capture)); d != "" {
			t.Errorf("%s: rules that it breaks (-want +got):\n%s", c.name, d)
		}
	}
}

// Of what is in a file only the vendors' traffic is judged.
func TestOtherTrafficIsLeftAside(t *testing.T) {
	t.Parallel()
	file := recorded(t, "first-message", "whatsapp")
	began := file.Log.Entries[0].Started
	file.Log.Entries = append(file.Log.Entries,
		har.Entry{Started: began, Request: har.Request{Method: "POST", URL: "https://db.example/query", PostData: &har.Post{Text: `{"object":"order"}`}}},
		har.Entry{Started: began, Request: har.Request{Method: "GET", URL: "http://localhost:9200/_search"}},
	)
	judged, err := scenarios.Capture{File: file, Settings: rules.DefaultSettings()}.Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff([]any{2, []string{"db.example", "localhost:9200"}, 1}, []any{judged.Aside, judged.Hosts, len(judged.Results)}); d != "" {
		t.Errorf("left aside, of which hosts, and threads (-want +got):\n%s", d)
	}
	file.Log.Entries = file.Log.Entries[len(file.Log.Entries)-2:]
	if _, err := (scenarios.Capture{File: file}).Judge(t.Context()); err != scenarios.ErrNothingCaptured {
		t.Errorf("a file without the vendors: %v", err)
	}
}

// One webhook may report of several customers, which belong to threads of their own.
func TestWebhookOfSeveralCustomers(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"whatsapp", "messenger"} {
		one, other := recordedAs(t, "one", "first-message", channel), recordedAs(t, "other", "first-message", channel)
		var body, second struct {
			Object string `json:"object"`
			Entry  []any  `json:"entry"`
		}
		for _, of := range []struct {
			file *har.File
			into any
		}{{one, &body}, {other, &second}} {
			if err := json.Unmarshal([]byte(of.file.Log.Entries[0].Request.PostData.Text), of.into); err != nil {
				t.Fatal(err)
			}
		}
		body.Entry = append(body.Entry, second.Entry...)
		joined, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		one.Log.Entries[0].Request.PostData.Text = string(joined)
		one.Log.Entries = append(one.Log.Entries, other.Log.Entries[1:]...)
		judged, err := scenarios.Capture{File: one, Settings: rules.DefaultSettings()}.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if found := judged.Merged().Findings; len(found) > 0 || len(judged.Results) != 2 {
			t.Errorf("%s: %d threads, findings %v; want two threads and none", channel, len(judged.Results), found)
		}
		for _, r := range judged.Results {
			if !slices.Contains(r.Verdict.Judged, "R36") {
				t.Errorf("%s: R36 was not judged: %v", r.Story, r.Verdict.NotJudged)
			}
		}
	}
}
