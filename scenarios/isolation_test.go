package scenarios_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

// endpoint is an operation of a document with an example of a call.
type endpoint struct {
	fake, id, method, path string // with {parameters}
	params                 map[string]string
	query                  url.Values
	tree                   any // of a JSON body or of a form's fields; nil: none
	content                string
}

// endpoints are all operations of a document, each with every example of its body.
func endpoints(t *testing.T, fake string, doc *openapi3.T) (all []endpoint) {
	t.Helper()
	base, err := doc.Servers.BasePath()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		bare, _, _ := strings.Cut(path, "#")
		for method, op := range item.Operations() {
			e := endpoint{fake: fake, id: op.OperationID, method: method, path: strings.TrimSuffix(base, "/") + bare, params: map[string]string{}, query: url.Values{}}
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				example := exampleOf(p.Value)
				switch {
				case p.Value.In == "path":
					e.params[p.Value.Name] = example
				case p.Value.In == "query" && p.Value.Name != "access_token" && p.Value.Name != "appsecret_proof" && example != "":
					e.query.Set(p.Value.Name, example)
				}
			}
			all = append(all, e.withBodies(op)...)
		}
	}
	slices.SortStableFunc(all, func(a, b endpoint) int { return strings.Compare(a.id, b.id) })
	for i, e := range all {
		if fields, ok := e.tree.(map[string]any); ok && e.id == "expectJournal" {
			fields["within"] = "1ms" // nobody waits here for what does not come
			all[i].tree = fields
		}
	}
	return all
}

func exampleOf(p *openapi3.Parameter) string {
	value := p.Example
	for _, one := range p.Examples {
		value = one.Value.Value
	}
	if value == nil && p.Schema != nil {
		value = p.Schema.Value.Example
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// withBodies are an endpoint with each example of its body.
func (e endpoint) withBodies(op *openapi3.Operation) (all []endpoint) {
	if op.RequestBody != nil {
		for content, media := range op.RequestBody.Value.Content {
			e.content = content
			if media.Example != nil {
				e.tree = media.Example
				all = append(all, e)
			}
			for _, one := range media.Examples {
				e.tree = one.Value.Value
				all = append(all, e)
			}
		}
	}
	if len(all) == 0 {
		e.tree, e.content = nil, ""
		all = append(all, e)
	}
	return all
}

// accounts are objects of Graph that both operators' tokens open: every endpoint
// of an object is tried on each.
var accounts = []string{"106540352242922", "102290129340398", "104895545712345", "17841405793187218"}

// onAccounts are an endpoint of an object on each account.
func (e endpoint) onAccounts() (all []endpoint) {
	if _, object := e.params["object"]; e.fake != "meta" || !object {
		return []endpoint{e}
	}
	for _, id := range accounts {
		v := e
		v.params = maps.Clone(e.params)
		v.params["object"] = id
		all = append(all, v)
	}
	return append(all, e)
}

// body is the example as bytes, with its content type.
func (e endpoint) body() ([]byte, string) {
	fields, _ := e.tree.(map[string]any)
	switch {
	case e.tree == nil:
		return nil, ""
	case strings.HasPrefix(e.content, "multipart/"):
		var out bytes.Buffer
		w := multipart.NewWriter(&out)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if name == "file" {
				part, _ := w.CreateFormFile("file", "a.png")
				_, _ = part.Write([]byte("\x89PNG\r\n\x1a\n"))
				continue
			}
			_ = w.WriteField(name, fmt.Sprint(fields[name]))
		}
		_ = w.Close()
		return out.Bytes(), w.FormDataContentType()
	case strings.Contains(e.content, "urlencoded"):
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, fmt.Sprint(value))
		}
		return []byte(form.Encode()), e.content
	}
	data, _ := json.Marshal(e.tree)
	return data, "application/json"
}

// address is the path with its parameters, and the query.
func (e endpoint) address() string {
	path := e.path
	for name, value := range e.params {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(e.query) > 0 {
		path += "?" + e.query.Encode()
	}
	return path
}

// tenant is somebody who has a workspace, or nobody.
type tenant struct {
	name        string
	credentials map[string]string // of the fakes
	token       string            // of the control API
	inside      string            // begins the paths of the control API
	workspace   string            // that X-Sandbox-Workspace names; empty: none
}

// header is what the tenant shows to a fake.
func (who tenant) header(fake string) http.Header {
	c := who.credentials
	h := http.Header{}
	set := func(name, before, credential string) {
		if credential != "" {
			h.Set(name, before+credential)
		}
	}
	switch fake {
	case "encore":
		set("X-Api-Key", "", c["encore.key"])
	case "meta":
		set("Authorization", "Bearer ", c["meta.token"])
	case "kaleyra":
		set("Api-Key", "", c["kaleyra.key"])
	case "interakt":
		if key := c["interakt.key.tonys"]; key != "" {
			set("Authorization", "Basic ", base64.StdEncoding.EncodeToString([]byte(key+":")))
		}
	case "zoko":
		set("Apikey", "", c["zoko.key.tonys"])
	case "watchers":
		set("X-Api-Key", "", c["watchers.key"])
		set("Authorization", "Bearer ", "any")
	case "sandbox":
		set("Authorization", "Bearer ", who.token)
	}
	if who.workspace != "" {
		h.Set(sim.HeaderWorkspace, who.workspace)
	}
	return h
}

// tape records an answer, and ends a stream when it has said what there is.
type tape struct {
	*httptest.ResponseRecorder
	cancel context.CancelFunc
}

// FlushError implements what http.ResponseController looks for.
func (t tape) FlushError() error {
	t.cancel()
	return nil
}

// estate is a hosted sandbox with its tenants.
type estate struct {
	*testing.T
	sb       *scenarios.Sandbox
	all      []endpoint
	anna     tenant
	bert     tenant
	carl     tenant
	received map[string]*tray // by the integrators of workspaces
}

func newEstate(t *testing.T) *estate {
	t.Helper()
	none := 0
	one := encore.Default(1) // with several to choose from, workspaces would differ in what is nobody's secret
	one.Campaigns = one.Campaigns[:1]
	one.Campaigns[0].Creatives = one.Campaigns[0].Creatives[:1]
	g := hosted(t, func(o *scenarios.Options) { o.Config.Workspaces.RequestsPerSecond, o.Config.Catalog = &none, one })
	s := &estate{T: t, sb: g.sb.(*scenarios.Sandbox), received: map[string]*tray{}}
	vendors, err := fakes.All(fakes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	loader := openapi3.NewLoader()
	load := func(fake string, document []byte) {
		doc, err := loader.LoadFromData(document)
		if err != nil {
			t.Fatal(err)
		}
		s.all = append(s.all, endpoints(t, fake, doc)...)
	}
	for _, f := range vendors {
		load(f.Name, f.Document)
	}
	load("sandbox", scenarios.OpenAPI())
	for name, to := range map[string]*tenant{"anna": &s.anna, "bert": &s.bert, "carl": &s.carl} {
		v := g.make(`{"name":"` + name + `","clock":"manual","at":"2026-03-02T09:00:00Z"}`)
		*to = tenant{name, v.Credentials, v.Tokens.Control, "/_sandbox/", ""}
		heard := &tray{}
		s.received[name] = heard
		ws, _ := s.sb.Workspace(name)
		ws.SetWebhook("", sim.Target{URL: "http://integrator.example/hook", Transport: sim.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			heard.take(r.Body)
			w.WriteHeader(http.StatusOK)
		})}})
	}
	return s
}

// tray is where an integrator lays down what it was sent: webhooks of several
// threads come at once.
type tray struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

func (y *tray) take(body io.Reader) {
	y.mu.Lock()
	defer y.mu.Unlock()
	_, _ = y.sent.ReadFrom(body)
}

func (y *tray) all() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.sent.String()
}

// call makes a call and returns the answer, header included.
func (s *estate) call(who tenant, e endpoint) (int, string) {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	body, content := e.body()
	address := e.address()
	if e.fake == "sandbox" {
		address = strings.Replace(address, "/_sandbox/", who.inside, 1)
	}
	r, err := http.NewRequestWithContext(ctx, e.method, "http://localhost:8080"+address, bytes.NewReader(body))
	if err != nil {
		return 0, "" // an id that no address can have
	}
	r.Header = who.header(e.fake)
	if content != "" {
		r.Header.Set("Content-Type", content)
	}
	rec := tape{httptest.NewRecorder(), cancel}
	s.sb.ServeHTTP(rec, r)
	said := rec.Body.String()
	for _, name := range slices.Sorted(maps.Keys(rec.Header())) {
		said += "\n" + strings.Join(rec.Header()[name], "\n")
	}
	return rec.Code, said
}

// Words of what was said that could be somebody's: ids, numbers, texts of one word.
var word = regexp.MustCompile(`[A-Za-z0-9_.:=+%-]{9,}`)

func words(text string) map[string]bool {
	all := map[string]bool{}
	for _, w := range word.FindAllString(text, -1) {
		all[w] = true
	}
	return all
}

// traceID is what Graph calls a call; here the same call has the same, whoever makes it.
var traceID = regexp.MustCompile(`^A[A-Za-z0-9_-]{22}$`)

// destructive tells what would take away what later calls are about.
func (e endpoint) destructive() bool {
	return e.method == http.MethodDelete || e.id == "reset" || e.id == "dropWorkspace" || strings.HasPrefix(e.id, "delete")
}

// inside is the endpoint of anna's workspace, where it is one of workspaces.
func (e endpoint) inside() endpoint {
	if _, named := e.params["workspace"]; named {
		e.params = maps.Clone(e.params)
		e.params["workspace"] = "anna"
	}
	return e
}

// live plays everything that a tenant can do, and returns what was said to him.
// Ids of what came of it are tried as parameters in turn.
func (s *estate) live(who tenant) (said map[string]bool, done map[string]bool) {
	s.Helper()
	said, done = map[string]bool{}, map[string]bool{}
	do := func(e endpoint) {
		if _, named := e.params["workspace"]; named {
			e.params = map[string]string{"workspace": who.name}
		}
		if e.destructive() || slices.Contains([]string{"startRun", "listen", "importWorkspace", "addFault"}, e.id) {
			return
		}
		status, text := s.call(who, e)
		maps.Copy(said, words(text))
		if status < 400 {
			done[e.fake+"."+e.id] = true
		}
	}
	for range 2 {
		for _, e := range s.all {
			for _, v := range e.onAccounts() {
				do(v)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		for _, e := range s.all {
			if e.method == http.MethodGet && len(e.params) == 1 && e.params["workspace"] == "" && len(said) < 5000 && strings.ContainsAny(id, "0123456789") {
				for name := range e.params {
					e.params = map[string]string{name: id}
				}
				do(e)
			}
		}
	}
	maps.Copy(said, words(s.received[who.name].all()))
	return said, done
}

// variants are a call of somebody else with what is anna's in every place.
func (e endpoint) variants(ids []string) (all []endpoint) {
	all = e.onAccounts()
	for _, id := range ids {
		for name := range e.params {
			if name == "workspace" {
				continue
			}
			v := e
			v.params = maps.Clone(e.params)
			v.params[name] = id
			all = append(all, v)
		}
		for name := range e.query {
			v := e
			v.query = maps.Clone(e.query)
			v.query.Set(name, id)
			all = append(all, v)
		}
	}
	if fields, ok := e.tree.(map[string]any); ok {
		for _, id := range ids[:min(len(ids), 12)] {
			for name, value := range fields {
				if _, text := value.(string); !text {
					continue
				}
				v, tree := e, maps.Clone(fields)
				tree[name] = id
				v.tree = tree
				all = append(all, v)
			}
		}
	}
	return all
}

// shape is what ids of one kind have in common.
func shape(id string) string {
	return regexp.MustCompile(`[0-9]+`).ReplaceAllString(id[:min(len(id), 6)], "0") + fmt.Sprint(len(id)/4)
}

// samples are a few ids of each kind.
func samples(secrets map[string]bool) (ids []string) {
	count := map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(secrets)) {
		if kind := shape(id); count[kind] < 1 && len(id) < 200 {
			count[kind]++
			ids = append(ids, id)
		}
	}
	const most = 60
	if step := len(ids)/most + 1; step > 1 {
		for i := range ids[:len(ids)/step] {
			ids[i] = ids[i*step]
		}
		ids = ids[:len(ids)/step]
	}
	return ids
}

// look is what anna sees of her workspace, but for the marks that looking leaves.
func (s *estate) look() map[string]string {
	s.Helper()
	marks := regexp.MustCompile(`"(used|expires|wall)": *"[^"]*"`)
	seen := map[string]string{}
	for _, e := range s.all {
		if e.method == http.MethodGet && e.fake == "sandbox" && e.id != "streamJournal" && (len(e.params) == 0 || e.params["workspace"] != "") {
			e = e.inside()
			e.query = url.Values{}
			_, said := s.call(s.anna, e)
			seen[e.id] = marks.ReplaceAllString(said, "")
		}
	}
	return seen
}

// TestIsolation tries every endpoint of every fake and of the control API, as
// their documents list them, with another workspace's credentials, with none,
// and with anna's ids in every place: nothing of hers is told, and nothing of
// hers has changed.
func TestIsolation(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of calls, one after the other")
	}
	t.Parallel()
	s := newEstate(t)
	told, done := s.live(s.anna)
	common, _ := s.live(s.carl) // what everybody is told, whose ever the workspace
	_, busy := s.live(s.bert)
	secrets := maps.Clone(told)
	maps.DeleteFunc(secrets, func(w string, _ bool) bool { return common[w] })
	if len(secrets) < 500 || len(done) < 80 || len(busy) < 80 {
		t.Fatalf("too little has happened to be judged: %d words are anna's alone, %d operations of hers succeeded, %d of bert's", len(secrets), len(done), len(busy))
	}
	ids := append(samples(secrets), "anna", "whatsapp:106540352242922:15014005001")
	// What is tried is known to who tries it, and his own journal tells it.
	maps.DeleteFunc(secrets, func(w string, _ bool) bool {
		return traceID.MatchString(w) || slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(w, id) || strings.Contains(id, w) })
	})
	ws, _ := s.sb.Workspace("anna")
	if _, err := ws.Flush(t.Context(), ""); err != nil { // what is on its way would else arrive meanwhile
		t.Fatal(err)
	}
	before := s.look()
	s.leaks(secrets, ids)
	for id, seen := range s.look() {
		if seen != before[id] {
			at := 0
			for at < min(len(seen), len(before[id])) && seen[at] == before[id][at] {
				at++
			}
			at = max(at-400, 0)
			t.Errorf("%s: something of anna's has changed:\nbefore … %.1200s\nafter … %.1200s", id, before[id][at:], seen[at:])
		}
	}
	if leakIn(secrets, "", before["listJournal"]) == "" {
		t.Error("the test would not see a leak: anna's own journal has nothing of hers")
	}
}

// byLink are the operations behind a link that a customer follows, who has no
// credential: whoever has the link is meant.
var byLink = []string{"click", "landing", "completeLanding", "roomEntry", "tapWidget", "creativeImage"}

// leaks tries everything as somebody else.
func (s *estate) leaks(secrets map[string]bool, ids []string) {
	s.Helper()
	foreign := []tenant{
		s.bert, {name: "nobody, who names anna", inside: "/_sandbox/", workspace: "anna"},
		{name: "bert, who names anna", credentials: s.bert.credentials, token: s.bert.token, inside: "/_sandbox/", workspace: "anna"},
		{name: "bert at anna's address", token: s.bert.token, inside: "/_sandbox/w/anna/"}, {name: "nobody at anna's address", inside: "/_sandbox/w/anna/"},
	}
	calls := 0
	for _, e := range s.all {
		if e.id == "startRun" || slices.Contains(byLink, e.id) { // what a run plays is its own
			continue
		}
		for _, v := range e.inside().variants(ids) {
			for i, who := range foreign {
				if v.fake != "sandbox" && i > 2 { // addresses are the control API's
					continue
				}
				calls++
				_, said := s.call(who, v)
				body, _ := v.body()
				if leak := leakIn(secrets, v.address()+" "+string(body), said); leak != "" {
					s.Errorf("%s: %s.%s %s tells %s of anna's: %.3000s", who.name, v.fake, v.id, v.address(), leak, said)
					return
				}
			}
		}
	}
	s.Logf("%d calls of %d endpoints, %d words of anna's", calls, len(s.all), len(secrets))
}

// leakIn is something of anna's in an answer that was not in the question, or empty.
func leakIn(secrets map[string]bool, asked, said string) string {
	asked, _ = url.PathUnescape(asked)
	for w := range words(said) {
		if secrets[w] && !strings.Contains(asked, w) {
			return w
		}
	}
	return ""
}
