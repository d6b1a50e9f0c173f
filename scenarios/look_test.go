package scenarios_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// looked is what the control API answers to a GET, as a type of the test's.
func looked[T any](t *testing.T, sb http.Handler, path string) (v T) {
	t.Helper()
	status, data := send(t, sb, http.MethodGet, "/_sandbox/v1/"+path, "")
	if err := json.Unmarshal(data, &v); status != http.StatusOK || err != nil {
		t.Fatalf("%s: %d %s: %v", path, status, data, err)
	}
	return v
}

// aConversation is a sandbox with the built-in integrator in which two
// customers have written, one of them again after a day.
func aConversation(t *testing.T) *scenarios.Sandbox {
	t.Helper()
	sb := newSandbox(t, scenarios.Options{Seed: 1, Clock: clock.NewManual(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))})
	if err := sb.BuiltIn(sb.Default(), nil, nil); err != nil {
		t.Fatal(err)
	}
	say := func(path, body string) {
		t.Helper()
		if status, data := send(t, sb, http.MethodPost, "/_sandbox/v1/"+path, body); status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, data)
		}
	}
	const settled = `{"thread":"whatsapp:106540352242922:15014005001","patterns":["reply sent"]}`
	say("messages", `{"from":"15014005002","name":"Bob","text":"Hello"}`)
	say("messages", `{"from":"15014005001","text":"Hi"}`)
	say("journal/expect", settled)
	say("journal/expect", `{"thread":"whatsapp:106540352242922:15014005002","patterns":["reply sent"]}`)
	say("clock", `{"advance":"26h","thread":"whatsapp:106540352242922:15014005001"}`)
	return sb
}

// TestOverview: the newest thread first, with what a list says of it.
func TestOverview(t *testing.T) {
	t.Parallel()
	sb := aConversation(t)
	type summary struct {
		Customer, Operator string
		Cap                int
		Last               struct {
			From, Kind string
			Offers     int
		}
	}
	type overview struct {
		Integrator string
		Of         int
		Threads    []summary
	}
	one := func(customer string) summary {
		s := summary{Customer: customer, Operator: "Tony's Pizza", Cap: 3}
		s.Last.From, s.Last.Kind, s.Last.Offers = "integrator", "reply", 1
		return s
	}
	for query, want := range map[string]overview{
		"":              {"built-in", 2, []summary{one("15014005001"), one("15014005002")}},
		"?limit=1":      {"built-in", 2, []summary{one("15014005001")}},
		"?text=BOB":     {"built-in", 1, []summary{one("15014005002")}},
		"?text=nowhere": {"built-in", 0, []summary{}},
	} {
		if diff := cmp.Diff(want, looked[overview](t, sb, "overview"+query)); diff != "" {
			t.Errorf("overview%s (-want +got):\n%s", query, diff)
		}
	}
	sb.Default().SetWebhook("", sim.Target{URL: "http://127.0.0.1:9/webhook"})
	if got := looked[overview](t, sb, "overview").Integrator; got != "webhook" {
		t.Errorf("with somebody's webhook the integrator is %q", got)
	}
}

// TestLinesOfAThread: its exchanges alone, with the time that passed; what comes
// after a number, so many; a status is told to be an offer's although that was before.
func TestLinesOfAThread(t *testing.T) {
	t.Parallel()
	sb := aConversation(t)
	const thread = "whatsapp:106540352242922:15014005001"
	type line struct {
		N                           int64
		Thread, Kind, Pause, Said   string
		From, To, Operation, Status any
	}
	type answer struct {
		Lines []line
		More  bool
	}
	whole := looked[answer](t, sb, "lines?thread="+url.QueryEscape(thread))
	var told []string
	for _, l := range whole.Lines {
		if l.Thread != thread && l.Pause == "" {
			t.Errorf("a line of %s", l.Thread)
		}
		told = append(told, l.Kind+l.Pause)
	}
	for i, want := range []string{"hook", "ask", "offer", "reply"} {
		if told[i] != want {
			t.Errorf("line %d is %s, want %s of %v", i, told[i], want, told)
		}
	}
	passed := 0
	for _, l := range whole.Lines {
		if l.Pause == "26h" {
			passed++
		}
	}
	if passed != 1 || whole.More {
		t.Errorf("26 hours passed %d times, more: %v", passed, whole.More)
	}
	after := looked[answer](t, sb, "lines?since=4&limit=2")
	if len(after.Lines) != 2 || after.Lines[0].N+after.Lines[1].N != 5+6 || !after.More {
		t.Errorf("two after the fourth: %+v", after)
	}
	newest := looked[answer](t, sb, "lines?limit=1")
	if len(newest.Lines) != 1 || newest.Lines[0].N < 5 || !newest.More {
		t.Errorf("the newest: %+v", newest)
	}
}
