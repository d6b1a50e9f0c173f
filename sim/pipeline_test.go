package sim_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

func itoa(n int) string { return strconv.Itoa(n) }

// verdict is what a call came to, as the client and the journal have it.
type verdict struct {
	Status   int
	Kind     string // in the vendor's envelope; "own" in the sandbox's
	Orders   []string
	Problems bool // the journal says what was wrong with the request
	Fault    string
	Breach   bool
	Entries  int
}

func (w *world) verdict(a answer) verdict {
	w.Helper()
	v := verdict{Status: a.Status, Orders: w.orders(), Entries: len(w.journal())}
	if a.Err != nil {
		w.Errorf("the call failed: %v", a.Err)
	}
	if strings.HasPrefix(a.Body, "{") {
		tree := a.json(w.T)
		switch refused, ok := tree["toyError"].(map[string]any); {
		case ok:
			v.Kind = refused["kind"].(string)
		case tree["error"] != nil:
			v.Kind = "own"
		}
	}
	x := w.last()
	v.Problems, v.Breach = len(x.Problems) > 0, len(x.Breach) > 0
	if x.Fault != nil {
		v.Fault = x.Fault.ID
	}
	if got := a.Header.Get(sim.HeaderExchange); got != itoa(int(x.N)) {
		w.Errorf("%s = %q, want the number of the journal entry, %d", sim.HeaderExchange, got, x.N)
	}
	return v
}

// The order of the pipeline: what stands earlier wins. Each call is exactly one
// entry of the journal, whatever becomes of it.
func TestPipelineOrder(t *testing.T) {
	t.Parallel()
	kite, noItem := orderOf(alice, "kite"), `{"account":"a1","customer":"15014005001"}`
	cases := []struct {
		name, reason string
		body         string
		header       []string
		want         verdict
	}{
		{"well-formed", "the ordinary way", kite, nil, verdict{Status: 201, Orders: []string{"kite"}, Entries: 1}},
		{
			"401 before a fault", "a fault never disguises a 401", kite, []string{"X-Api-Key", "", sim.HeaderFault, "503"},
			verdict{Status: 401, Kind: "unauthorized", Problems: true, Entries: 1},
		},
		{
			"401 before validation", "who is not let in learns nothing of the contract", noItem, []string{"X-Api-Key", ""},
			verdict{Status: 401, Kind: "unauthorized", Problems: true, Entries: 1},
		},
		{
			"fault before validation", "an overloaded vendor reads no body", noItem, []string{sim.HeaderFault, "503"},
			verdict{Status: 503, Kind: "fault", Fault: "header", Problems: true, Entries: 1},
		},
		{
			"a well-formed fault leaves the refusal", "fates strike calls that would have worked", noItem, []string{sim.HeaderFault, "503;well-formed"},
			verdict{Status: 400, Kind: "invalid", Problems: true, Entries: 1},
		},
		{
			"a fault after the work", "what finds missing idempotency", kite, []string{sim.HeaderFault, "503;after"},
			verdict{Status: 503, Kind: "fault", Fault: "header", Orders: []string{"kite"}, Entries: 1},
		},
		{
			"no work, no fault after it", "the refusal is the vendor's own", noItem, []string{sim.HeaderFault, "503;after"},
			verdict{Status: 400, Kind: "invalid", Problems: true, Fault: "header", Entries: 1},
		},
		{
			"a fault in bad grammar", "it is the sandbox that refuses, and says how to write it", kite, []string{sim.HeaderFault, "5o3"},
			verdict{Status: 400, Kind: "own", Problems: true, Entries: 1},
		},
		{
			"a workspace that is not there", "it is the sandbox that refuses, and no contract is broken", kite, []string{sim.HeaderWorkspace, "none"},
			verdict{Status: 404, Kind: "own", Problems: true, Entries: 1},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			got := w.verdict(w.call("POST", "/orders", c.body, c.header...))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("because %s (-want +got):\n%s", c.reason, diff)
			}
			w.diff("log", "", w.log.String())
		})
	}
}

// Each refusal of the engine is worded by the vendor and says what to change.
func TestRefusals(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, reason string
		method, url  string
		body         string
		status       int
		kind         string
		hints        string // part of them
	}{
		{"no body", "a POST without body is a common slip", "POST", "/orders", "", 400, "not json", "the body is empty; send a JSON object"},
		{"not JSON", "form bodies and cut JSON", "POST", "/orders", `{"item":"kite"`, 400, "not json", "unexpected end of JSON input"},
		{"not JSON, in the middle", "the place helps to find it", "POST", "/orders", `{"item":kite}`, 400, "not json", "at byte 9"},
		{"no object", "JSON has other values", "POST", "/orders", `["kite"]`, 400, "invalid", "body: must be an object"},
		{"missing field", "the field is named", "POST", "/orders", `{}`, 400, "invalid", `item: is missing; add it`},
		{"wrong type", "the field is named", "POST", "/orders", `{"item":7}`, 400, "invalid", "item: must be a string"},
		{"two wrong types", "all are named at once", "POST", "/orders", `{"item":7,"quantity":"two"}`, 400, "invalid", "quantity: must be an integer"},
		{"below the minimum", "limits are part of the contract", "POST", "/orders", `{"item":"kite","quantity":0}`, 400, "invalid", "quantity: number must be at least 1"},
		{"wrong type inside a list", "the place is a path", "POST", "/orders", `{"item":"kite","later":[1,"x"]}`, 400, "invalid", "later.1: must be an integer"},
		{"query parameter", "parameters are checked like bodies", "GET", "/orders?limit=many", "", 400, "invalid", "limit: "},
		{"2 MiB", "a body is kept up to 1 MiB", "POST", "/orders", `{"item":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "too large", "larger than 1024 KiB"},
		{"unknown path", "in the vendor's envelope", "POST", "/orders/7/refund", "", 404, "no operation", "see the paths with"},
		{"wrong method", "in the vendor's envelope", "PUT", "/orders", "", 405, "method not allowed", "use GET or POST"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			got := w.call(c.method, c.url, c.body)
			v := w.verdict(got)
			if diff := cmp.Diff(verdict{Status: c.status, Kind: c.kind, Problems: true, Entries: 1}, v); diff != "" {
				t.Errorf("because %s (-want +got):\n%s", c.reason, diff)
			}
			if !strings.Contains(got.Body, strings.ReplaceAll(c.hints, `"`, `\"`)) {
				t.Errorf("the answer is\n%s\nand lacks %q", got.Body, c.hints)
			}
			w.diff("log", "", w.log.String())
		})
	}
}

// A body that is too large is journalled by size and hash, and what was sent
// of it is not kept.
func TestLargeBodyIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	body := strings.Repeat("x", 2<<20)
	w.call("POST", "/orders", body)
	r := w.last().Request
	w.diff("size", int64(2<<20), r.Size)
	w.diff("bytes kept", 0, len(r.Body))
	w.diff("length of the hash", 64, len(r.SHA256))
	w.call("POST", "/orders", `{"item":"`+strings.Repeat("x", 1<<20-11)+`"}`)
	w.diff("status of exactly 1 MiB", 201, w.last().Response.Status)
	w.diff("bytes kept of exactly 1 MiB", 1<<20, len(w.last().Request.Body))
}

// The vendor's own outcomes, and ours.
func TestHandlerOutcomes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		item, reason string
		want         verdict
		log          string // part of it
		counted      int64
		header       string // X-Toy, which the handler set
	}{
		{"kite", "an order", verdict{Status: 201, Orders: []string{"kite"}, Entries: 1}, "", 1, "made"},
		{"panic", "a bug of ours is a 500 of the vendor, and nothing is half done", verdict{Status: 500, Kind: "internal", Entries: 1}, "a handler panicked", 0, ""},
		{"fail", "an error of ours is a 500 of the vendor", verdict{Status: 500, Kind: "internal", Entries: 1}, "a handler failed", 0, ""},
		{"conflict", "an error of the vendor answers in its words, even when wrapped", verdict{Status: 409, Kind: "sold out", Entries: 1}, "", 0, ""},
		{"undocumented", "a status that the contract lacks is our bug", verdict{Status: 418, Orders: []string{"undocumented"}, Breach: true, Entries: 1}, "status 418 is not documented", 1, "made"},
		{"misshapen", "a body that does not fit the contract is our bug", verdict{Status: 201, Orders: []string{"misshapen"}, Breach: true, Entries: 1}, "broke a vendor's contract", 1, "made"},
	}
	for _, c := range cases {
		t.Run(c.item, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			got := w.call("POST", "/orders", orderOf(alice, c.item))
			if diff := cmp.Diff(c.want, w.verdict(got)); diff != "" {
				t.Errorf("because %s (-want +got):\n%s", c.reason, diff)
			}
			w.diff("header of the handler", c.header, got.Header.Get("X-Toy"))
			w.diff("counter", c.counted, w.counters()["orders"])
			if log := w.log.String(); !strings.Contains(log, c.log) || (c.log == "") != (log == "") {
				t.Errorf("the log is %q, want %q in it", log, c.log)
			}
			thread, _, err := w.ws.Thread(t.Context(), inAlice)
			w.diff("error", nil, err)
			w.diff("name that a broken handler gave the thread", "", thread.Name)
		})
	}
}

// The notes of an exchange come from describe, handler and conclusion, in this
// order; refused and faulted calls have the first and the last.
func TestNotesOfACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	x := w.last()
	id := x.Notes[1].(ordered).ID
	w.diff("of an order", []sim.Note{asked{"kite"}, ordered{id}, concluded{201, len(x.Response.Body)}}, x.Notes)
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "503")
	w.diff("of a struck call", []sim.Note{asked{"kite"}, concluded{503, len(w.last().Response.Body)}}, w.last().Notes)
	w.call("POST", "/orders", orderOf(alice, "conflict"))
	w.diff("of a refusal by the vendor", []sim.Note{asked{"conflict"}, concluded{409, len(w.last().Response.Body)}}, w.last().Notes)
	w.call("POST", "/orders", `{"item":`)
	w.diff("of a call that is not JSON", []sim.Note{asked{""}, concluded{400, len(w.last().Response.Body)}}, w.last().Notes)
	w.call("POST", "/orders", orderOf(alice, "kite"), "X-Api-Key", "")
	w.diff("of a call that was not let in", []sim.Note{asked{"kite"}, concluded{401, len(w.last().Response.Body)}}, w.last().Notes)
}

// What goes out with an answer: the vendor's header, the sandbox's, the
// simulated date.
func TestAnswerHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.advance(inAlice, 26*3600e9)
	got := w.call("POST", "/orders", orderOf(alice, "kite"))
	id := got.json(t)["id"].(string)
	w.diff("header", http.Header{
		"Content-Length": {itoa(len(got.Body))}, "Content-Type": {"application/json"}, "Date": {"Tue, 03 Mar 2026 11:00:00 GMT"},
		"Location": {"/orders/" + id}, "X-Sandbox-Exchange": {"2"}, "X-Toy": {"made"},
	}, got.Header)
}

// Workspaces share nothing, and the header chooses between them.
func TestWorkspaceHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	other, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other"})
	w.diff("error", nil, err)
	w.diff("status", 201, w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderWorkspace, "other").Status)
	w.diff("orders of the default workspace", []string(nil), w.orders())
	w.diff("exchanges of the default workspace", 0, len(w.journal()))
	entries, err := other.Journal(t.Context(), 1, 0)
	w.diff("error", nil, err)
	w.diff("exchanges of the other one", 1, len(entries))
	_, err = w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other"})
	w.diff("the same name again", `workspace "other" exists`, err.Error())
	_, err = w.sb.NewWorkspace(sim.WorkspaceConfig{})
	w.diff("no name", "a workspace needs a name", err.Error())
}

// Who waits for silence learns of a call that is held back before it is in the
// journal.
func TestArrivingBeforeTheJournal(t *testing.T) {
	t.Parallel()
	during := false
	w := newWorld(t, func(c *sim.Config) {
		ping := c.Fakes[0].Operations["ping"]
		ping.Admit = func(_ context.Context, call *sim.Call) (func(), *sim.Refusal) {
			during = call.Workspace.Arriving()
			return func() {}, nil
		}
		c.Fakes[0].Operations["ping"] = ping
	})
	w.call("GET", "/ping", "")
	if !during || w.ws.Arriving() {
		t.Errorf("arriving while it is held back: %v, once it is answered: %v; want true, false", during, w.ws.Arriving())
	}
}
