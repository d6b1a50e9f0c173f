package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// documented is an operation of the control API's own document.
type documented struct {
	method, path string
	*openapi3.Operation
}

// controlOperations reads the document; it is valid, examples included.
func controlOperations(t *testing.T) map[string]documented {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(sim.ControlDocument())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatalf("sim/openapi.yaml is not valid: %v", err)
	}
	out := map[string]documented{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			out[op.OperationID] = documented{method, path, op}
		}
	}
	return out
}

// controlCase is one operation called well and badly. Order and Write name what
// has to be there before.
type controlCase struct {
	path, body string // of the good request; {order} is an order's id
	status     int
	want       string // part of the answer
	badPath    string // default: the good one
	badBody    string
	badHeader  []string
	badStatus  int
	badWant    string
}

// noWorkspace makes a request bad that has nothing else to get wrong.
var noWorkspace = []string{sim.HeaderWorkspace, "none"}

func controlCases() map[string]controlCase {
	const v1, no = "/_sandbox/v1", `no workspace \"none\"`
	plain := func(path, want string) controlCase {
		return controlCase{path: path, status: 200, want: want, badHeader: noWorkspace, badStatus: 404, badWant: no}
	}
	empty := func(path string) controlCase {
		return controlCase{path: path, status: 204, badHeader: noWorkspace, badStatus: 404, badWant: no}
	}
	cases := map[string]controlCase{
		"root":         plain("/", "encore-sandbox"),
		"healthz":      plain("/healthz", `"status": "ok"`),
		"readyz":       plain("/readyz", `"status": "ok"`),
		"health":       plain(v1+"/health", `"toy"`),
		"openapi":      plain(v1+"/openapi.yaml", "openapi: 3.0"),
		"fakeOpenapi":  {path: v1 + "/openapi/toy.yaml", status: 200, want: "openapi: 3.0", badPath: v1 + "/openapi/ploy.yaml", badStatus: 404, badWant: "no fake"},
		"getExchange":  {path: v1 + "/exchanges/1", status: 200, want: `"operation": "createOrder"`, badPath: v1 + "/exchanges/99", badStatus: 404, badWant: "no exchange 99"},
		"exportHAR":    {path: v1 + "/journal.har", status: 200, want: `"operation": "createOrder"`, badPath: v1 + "/journal.har?since=x", badStatus: 400, badWant: "since: "},
		"listJournal":  {path: v1 + "/journal", status: 200, want: `"operation": "createOrder"`, badPath: v1 + "/journal?limit=0", badStatus: 400, badWant: "limit: "},
		"clearJournal": empty(v1 + "/journal"),
		"streamJournal": {
			path: v1 + "/journal/stream", status: 200, badPath: v1 + "/journal/stream?direction=up", badStatus: 400, badWant: "direction: ",
		},
		"expectJournal": {
			path: v1 + "/journal/expect", body: `{"patterns":[{"operation":"createOrder","request":{"item":"kite"}}]}`, status: 200, want: `"held": true`,
			badBody: `{"patterns":["toy.createOrder soon"]}`, badStatus: 400, badWant: "use an operation such as",
		},
		"listFaults":   plain(v1+"/faults", `"id": "armed"`),
		"addFault":     {path: v1 + "/faults", body: `"503;times=2"`, status: 200, want: `"status": 503`, badBody: `"5o3"`, badStatus: 400, badWant: "5o3"},
		"clearFaults":  empty(v1 + "/faults"),
		"faultPresets": plain(v1+"/faults/presets", "encore-503-twice"),
		"removeFault":  {path: v1 + "/faults/armed", status: 204, badPath: v1 + "/faults/fault-9", badStatus: 404, badWant: `no fault \"fault-9\" is armed`},
		"getClock":     plain(v1+"/clock", `"now": "2026-03-02T09:00:00Z"`),
		"advanceClock": {
			path: v1 + "/clock", body: `{"advance":"26h","thread":"` + inAlice + `"}`, status: 200, want: `"now": "2026-03-03T11:00:00Z"`,
			badBody: `{"advance":"soon"}`, badStatus: 400, badWant: `is no duration`,
		},
		"listThreads": plain(v1+"/threads", `"id": "`+inAlice+`"`),
		"getThread": {
			path: v1 + "/threads/" + inAlice, status: 200, want: `"outcome": "completed"`, badPath: v1 + "/threads/" + inBob, badStatus: 404, badWant: "no thread",
		},
		"listOutbox":  plain(v1+"/outbox", `"due": "2026-03-02T10:00:00Z"`),
		"getWebhooks": plain(v1+"/webhook", `"*": "http://integrator.example/hook"`),
		"setWebhook": {
			path: v1 + "/webhook", body: `{"channel":"toy","url":"http://127.0.0.1:9/hook"}`, status: 200, want: `"toy": "http://127.0.0.1:9/hook"`,
			badBody: `{"url":"ftp://127.0.0.1"}`, badStatus: 400, badWant: "must begin with http",
		},
		"reset": empty(v1 + "/reset"),
	}
	maps.Copy(cases, outboxCases())
	maps.Copy(cases, listenCases())
	maps.Copy(cases, customerCases())
	return cases
}

// customerCases are those about what customers do.
func customerCases() map[string]controlCase {
	const v1 = "/_sandbox/v1"
	return map[string]controlCase{
		"writeMessage": {
			path: v1 + "/messages", body: `{"channel":"toy","from":"` + bob + `","text":"Hi"}`, status: 200, want: `"thread": "` + inBob + `"`,
			badBody: `{"channel":"toy","from":"` + bob + `"}`, badStatus: 400, badWant: "text",
		},
		"setMessageStatus": {
			path: v1 + "/messages/{order}/status", body: `{"status":"read"}`, status: 204,
			badPath: v1 + "/messages/ord_none/status", badBody: `{"status":"read"}`, badStatus: 400, badWant: `no message \"ord_none\"`,
		},
		"makeCustomer": {
			path: v1 + "/customers", body: `{"channel":"toy","fate":"503"}`, status: 200, want: `"thread": "toy:a1:1500`,
			badBody: `{"channel":"toy","fate":"1"}`, badStatus: 400, badWant: "no fate",
		},
	}
}

// outboxCases are those about webhooks that are sent on demand.
func outboxCases() map[string]controlCase {
	const v1 = "/_sandbox/v1"
	return map[string]controlCase{
		"flushOutbox": {
			path: v1 + "/outbox/flush", status: 200, want: `"fired": [`,
			badBody: `{"thread":"` + inBob + `"}`, badStatus: 404, badWant: "no thread",
		},
		"redeliverExchange": {
			path: v1 + "/exchanges/{webhook}/redeliver", status: 200, want: `"attempt": 2`,
			badPath: v1 + "/exchanges/1/redeliver", badStatus: 400, badWant: "is no webhook of a thread",
		},
		"listEvents": {path: v1 + "/trigger", status: 200, want: `"name": "toy.message"`, badHeader: noWorkspace, badStatus: 404, badWant: `no workspace`},
		"triggerEvent": {
			path: v1 + "/trigger", body: `{"event":"toy.message","from":"` + bob + `"}`, status: 200, want: `"thread": "` + inBob + `"`,
			badBody: `{"event":"toy.massage"}`, badStatus: 400, badWant: "did you mean toy.message?",
		},
	}
}

// Every operation of the document is called over HTTP, well and badly, and
// answers as documented.
func TestControlOperations(t *testing.T) {
	t.Parallel()
	operations, cases := controlOperations(t), controlCases()
	if diff := cmp.Diff(sorted(operations), sorted(cases)); diff != "" {
		t.Fatalf("operations of the document and cases of this test (-document +cases):\n%s", diff)
	}
	for id, c := range cases {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, triggerable)
			order := w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`","item":"kite","later":[3600]}`).json(t)["id"].(string)
			w.arm("503;id=armed;customer=1")
			base, op := w.serve().URL, operations[id]
			bad := w.control(op, base+withDefault(c.badPath, c.path), c.badBody, c.badHeader...)
			w.diff("status of the bad request", c.badStatus, bad.Status)
			w.wantError(bad, c.badWant)
			if strings.Contains(c.path, "{webhook}") {
				w.write(alice, "Hi")
				w.delivered(1)
			}
			good := w.control(op, base+strings.NewReplacer("{order}", order, "{webhook}", "2").Replace(c.path), c.body)
			w.diff("status of the good request: "+good.Body, c.status, good.Status)
			if !strings.Contains(good.Body, c.want) {
				t.Errorf("the answer is\n%s\nand lacks %s", good.Body, c.want)
			}
		})
	}
}

func withDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// control calls an operation over HTTP and checks its answer against the
// document. A stream is closed when its header has come.
func (w *world) control(op documented, url, body string, header ...string) answer {
	w.Helper()
	resp, err := http.DefaultClient.Do(w.request(op.method, url, body, header...))
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{Status: resp.StatusCode, Header: resp.Header}
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		var all bytes.Buffer
		_, a.Err = all.ReadFrom(resp.Body)
		a.Body = all.String()
	}
	w.wantDocumented(op, a)
	return a
}

// wantDocumented checks status, content type and JSON of an answer. A
// workspace that is not there is the same 404 for all operations.
func (w *world) wantDocumented(op documented, a answer) {
	w.Helper()
	response := op.Responses.Value(strconv.Itoa(a.Status))
	if response == nil {
		if a.Status != http.StatusNotFound {
			w.Errorf("%s answers %d, which is not documented", op.OperationID, a.Status)
		}
		return
	}
	kind := a.Header.Get("Content-Type")
	media := response.Value.Content.Get(kind)
	if (media == nil) != (len(response.Value.Content) == 0 && a.Body == "") {
		w.Errorf("%s answers %d with content type %q, which is not documented", op.OperationID, a.Status, kind)
	}
	if media == nil || kind != "application/json" {
		return
	}
	if err := media.Schema.Value.VisitJSON(a.json(w.T)); err != nil {
		w.Errorf("%s answers %d with a body that is not documented: %v", op.OperationID, a.Status, err)
	}
}

// wantError checks the one shape that errors of the control API have.
func (w *world) wantError(a answer, want string) {
	w.Helper()
	var e struct {
		Error   string
		Details []string
	}
	dec := json.NewDecoder(strings.NewReader(a.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil || e.Error == "" {
		w.Errorf("the error %s is not of the documented shape: %v", a.Body, err)
	}
	if !strings.Contains(a.Body, want) || e.Error != strings.TrimSuffix(e.Error, ".") {
		w.Errorf("the error is %s; want %s in it, without a full stop", a.Body, want)
	}
}

// What a request says is taken by its word: nothing is ignored.
func TestControlRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "clock", `{"advance":"1h","treads":"x"}`, `unknown field \"treads\"`},
		{"POST", "messages", `{"channel":"toy","from":"15014005001","text":"Hi","colour":"red"}`, `unknown field \"colour\"`},
		{"POST", "faults", `"77"`, `"error": "a status is three digits, as in 503"`},
		{"POST", "faults", `{"status":503,"tymes":2}`, `unknown field \"tymes\"`},
		{"POST", "customers", `{"channel":"toy","fates":"503"}`, `unknown field \"fates\"`},
		{"PUT", "webhook", `{"url":"http://127.0.0.1","urls":[]}`, `unknown field \"urls\"`},
		{"POST", "clock", `{"advance":7}`, "advance: must be a string"},
		{"POST", "clock", `{}`, `advance: is missing; add it`},
		{"POST", "clock", `{"advance":"-1h"}`, "a clock only goes forward"},
		{"POST", "clock", ``, "the body is empty; send a JSON object"},
		{"POST", "clock", `advance=1h`, "the body is not JSON"},
		{"PUT", "webhook", `{"channel":"smoke","url":"http://127.0.0.1"}`, `no channel \"smoke\"; use one of toy`},
		{"PUT", "webhook", `{"channel":"toy","account":"a9","url":"http://127.0.0.1"}`, `no account \"a9\" on channel toy; use one of a1, a2`},
		{"PUT", "webhook", `{"account":"a1","url":"http://127.0.0.1"}`, "name the channel too"},
		{"PUT", "webhook", `{"url":"/hook"}`, "must begin with http"},
		{"PUT", "webhook", `{"url":"http://"}`, "names no host"},
		{"PUT", "webhook", `{"url":"http://169.254.169.254/"}`, "is link-local"},
		{"PUT", "webhook", `{"channel":"toy:a9","url":"http://127.0.0.1"}`, `no account \"a9\" on channel toy; use one of a1, a2`},
		{"GET", "journal/stream?rev=x", ``, "rev: "},
	} {
		got := w.call(c.method, "/_sandbox/v1/"+c.path, c.body)
		w.diff("status of "+c.path+" "+c.body, 400, got.Status)
		w.wantError(got, c.want)
	}
	got := w.call("GET", "/_sandbox/v1/journal/stream", "", "Last-Event-ID", "seven")
	w.diff("status of a bad Last-Event-ID", 400, got.Status)
	w.wantError(got, `Last-Event-ID \"seven\" is no revision`)
	w.diff("time", epoch, w.ws.Now(t.Context(), ""))
	w.diff("nothing of it is in the journal", 0, len(w.journal()))
}

func TestControlPathsAndMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.call("PATCH", "/_sandbox/v1/journal", "")
	w.diff("wrong method", 405, got.Status)
	w.diff("what would do", "DELETE, GET", got.Header.Get("Allow"))
	w.wantError(got, "PATCH is not allowed here; use DELETE or GET")
	got = w.call("GET", "/_sandbox/v1/nothing", "")
	w.diff("unknown path", 404, got.Status)
	w.wantError(got, "see GET /_sandbox/v1/openapi.yaml")
	w.diff("2 MiB", 413, w.call("POST", "/_sandbox/v1/faults", `"`+strings.Repeat("x", 2<<20)+`"`).Status)
}

// What the engine does not know is asked of the upper floor.
func TestControlIsExtended(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		c.Control = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusTeapot) })
	})
	w.diff("a path of the upper floor", 418, w.call("GET", "/_sandbox/v1/findings", "").Status)
	w.diff("an own path", 200, w.call("GET", "/_sandbox/v1/health", "").Status)
	w.diff("an own path with a wrong method", 405, w.call("PUT", "/_sandbox/v1/health", "").Status)
	w.diff("the guard stands before it", 403, w.call("GET", "http://evil.example/_sandbox/v1/findings", "").Status)
}

// The control API answers to names of this machine, and to no page of another
// site, so that a browser's visit elsewhere cannot break a sandbox.
func TestControlGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) { c.Hosts = []string{"sandbox.example"} })
	for _, c := range []struct {
		host   string
		header []string
		status int
	}{
		{"127.0.0.1:8080", nil, 200},
		{"[::1]:8080", nil, 200},
		{"192.168.1.7", nil, 200},
		{"localhost:8080", nil, 200},
		{"LOCALHOST", nil, 200},
		{"app.localhost", nil, 200},
		{"sandbox", nil, 200}, // a service of compose
		{"host.docker.internal:8080", nil, 200},
		{"gateway.docker.internal", nil, 200},
		{"sandbox.example:8080", nil, 200}, // Config.Hosts
		{"evil.example", nil, 403},
		{"127.0.0.1.evil.example", nil, 403},
		{"localhost.evil.example", nil, 403},
		{"127.0.0.1", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"127.0.0.1", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1"}, 200},
		{"127.0.0.1", []string{"Sec-Fetch-Site", "none"}, 200}, // typed into the address bar
		{"127.0.0.1", []string{"Origin", "http://evil.example"}, 403},
		{"127.0.0.1", []string{"Origin", "null"}, 403},
		{"127.0.0.1:8080", []string{"Origin", "http://127.0.0.1:8080"}, 200},
		{"127.0.0.1:8080", []string{"Origin", "http://127.0.0.1:3000"}, 403},
	} {
		got := w.call("GET", "http://"+c.host+"/_sandbox/v1/health", "", c.header...)
		w.diff("status for host "+c.host+" "+strings.Join(c.header, " "), c.status, got.Status)
		if got.Status == 403 {
			w.wantError(got, map[bool]string{true: "start with --allow-host", false: "another site's page"}[c.header == nil])
		}
	}
}

// Advancing over the API says what fired, by exchange.
func TestAdvanceSaysWhatFired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, customer := range []string{alice, bob} {
		w.call("POST", "/orders", `{"account":"a1","customer":"`+customer+`","item":"kite","later":[5,3600]}`)
	}
	fired := func(body string) any {
		t.Helper()
		return w.call("POST", "/_sandbox/v1/clock", body).json(t)["fired"]
	}
	w.diff("of one thread", []any{3.0}, fired(`{"advance":"1m","thread":"`+inAlice+`"}`))
	w.diff("nothing was due", []any{}, fired(`{"advance":"1s","thread":"`+inAlice+`"}`))
	w.diff("of the others", []any{4.0}, fired(`{"advance":"1m"}`))
	all := fired(`{"advance":"1h"}`).([]any)
	slices.SortFunc(all, func(a, b any) int { return int(a.(float64) - b.(float64)) })
	w.diff("of both", []any{5.0, 6.0}, all)
	w.diff("the clock", epoch.Add(time.Hour+time.Minute), w.ws.Now(t.Context(), ""))
}
