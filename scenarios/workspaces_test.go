package scenarios_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// guest calls a sandbox as a program would that knows nothing but what it was given.
type guest struct {
	*testing.T
	sb    http.Handler
	token string // of the control API; empty: none
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// call makes a call. Header are names and values in turn.
func (g guest) call(method, path, body string, header ...string) reply {
	g.Helper()
	r, err := http.NewRequestWithContext(g.Context(), method, "http://localhost:8080"+path, strings.NewReader(body))
	if err != nil {
		g.Fatal(err)
	}
	if g.token != "" {
		r.Header.Set("Authorization", "Bearer "+g.token)
	}
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := sim.Transport{Handler: g.sb}.RoundTrip(r)
	if err != nil {
		g.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		g.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(data)}
}

// with is the guest with another token.
func (g guest) with(token string) guest {
	g.token = token
	return g
}

func (g guest) diff(what string, want, got any) {
	g.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		g.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// make makes a workspace.
func (g guest) make(request string) (v scenarios.WorkspaceView) {
	g.Helper()
	r := g.call(http.MethodPost, "/_sandbox/v1/workspaces", request)
	if r.status != http.StatusCreated {
		g.Fatalf("making %s: %d %s", request, r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		g.Fatal(err)
	}
	return v
}

// offer asks for an offer with a key.
func (g guest) offer(key, inbound string) reply {
	g.Helper()
	return g.call(http.MethodPost, "/encore/publisher/sdk/v1/offers/message", `{"messagingPlatform":"whatsapp","chatId":"c-1","recipient":"15014005001","clientId":"client-42",
		"clientName":"Tony's Pizza","inboundMessageId":"`+inbound+`","attributes":{"platform":"web","countryCode":"US"}}`, "X-API-Key", key)
}

// exchanges counts those of a workspace's journal.
func (g guest) exchanges(workspace string) int {
	g.Helper()
	var answer struct {
		Exchanges []json.RawMessage `json:"exchanges"`
	}
	r := g.call(http.MethodGet, "/_sandbox/w/"+workspace+"/v1/journal", "")
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil || r.status != http.StatusOK {
		g.Fatalf("the journal of %s: %d %s", workspace, r.status, r.body)
	}
	return len(answer.Exchanges)
}

const adminToken = "letmein-letmein"

// hosted is a sandbox for strangers, and its admin.
func hosted(t *testing.T, change func(*scenarios.Options)) guest {
	t.Helper()
	o := scenarios.Options{Seed: 1, Secret: []byte("only we know it"), Strict: true, AdminToken: adminToken}
	if change != nil {
		change(&o)
	}
	return guest{t, newSandbox(t, o), adminToken}
}

// A call belongs to the workspace whose credential it has, and to nobody else's
// journal.
func TestWorkspacesByCredential(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		g    guest
	}{{"a sandbox of one's own", guest{T: t, sb: newSandbox(t, scenarios.Options{Seed: 1})}}, {"a hosted one", hosted(t, nil)}} {
		g := c.g
		anna, bert := g.make(`{"name":"anna"}`), g.make(`{"name":"bert"}`)
		for _, key := range []string{anna.Credentials["encore.key"], anna.Credentials["encore.key"] + "-second", bert.Credentials["encore.key"]} {
			g.diff(c.name+": "+key, http.StatusOK, g.offer(key, "wamid."+key).status)
		}
		g.diff(c.name+": exchanges", []int{2, 1, 0}, []int{g.exchanges("anna"), g.exchanges("bert"), g.exchanges("default")})
		g.diff(c.name+": the environment has the same", anna.Credentials["encore.key"], anna.Environment["ENCORE_API_KEY"])
	}
}

// What is altered, of another kind or of a workspace that is gone proves nothing.
func TestCredentialsThatProveNothing(t *testing.T) {
	t.Parallel()
	g := hosted(t, nil)
	anna := g.make(`{"name":"anna"}`)
	key := anna.Credentials["encore.key"]
	last := "0"
	if strings.HasSuffix(key, "0") {
		last = "1"
	}
	for name, wrong := range map[string]string{
		"altered": key[:len(key)-1] + last, "of nobody": strings.Replace(key, "anna", "bert", 1), "of another vendor": anna.Credentials["watchers.key"],
		"another vendor's MAC":       "pk_test_" + strings.TrimPrefix(anna.Credentials["watchers.key"], "watchers_"),
		"a token of the control API": anna.Tokens.Control, "cut": key[:len(key)-1], "with more": key + "00", "any": "pk_test_sandbox",
	} {
		r := g.offer(wrong, "wamid.x")
		if r.status != http.StatusUnauthorized || !strings.Contains(r.body, "encore-sandbox workspace add") {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	g.diff("nothing happened in the workspace", 0, g.exchanges("anna"))
	g.diff("dropped", http.StatusNoContent, g.call(http.MethodDelete, "/_sandbox/v1/workspaces/anna", "").status)
	again := g.make(`{"name":"anna"}`)
	g.diff("the old key", http.StatusUnauthorized, g.offer(key, "wamid.1").status)
	g.diff("the old token", http.StatusUnauthorized, g.with(anna.Tokens.Control).call(http.MethodGet, "/_sandbox/v1/journal", "").status)
	g.diff("the new key", http.StatusOK, g.offer(again.Credentials["encore.key"], "wamid.1").status)
	g.diff("the journal begins anew", 1, g.exchanges("anna"))
}

// Every vendor refuses what was not minted in its own envelope, and says how to mint.
func TestStrictRefusalsAreTheVendors(t *testing.T) {
	t.Parallel()
	g := hosted(t, nil)
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		envelope                 string
	}{
		{"Encore", "POST", "/encore/publisher/sdk/v1/offers/message", `{}`, []string{"X-API-Key", "pk_test_any"}, 401, `{"error":"this sandbox takes minted`},
		{"Graph", "POST", "/v22.0/106540352242922/messages", `{}`, []string{"Authorization", "Bearer EAAany"}, 401, `{"error":{"message":`},
		{"Graph without", "POST", "/v22.0/106540352242922/messages", `{}`, nil, 401, `{"error":{"message":`},
		{"Kaleyra", "POST", "/v2/HXAP1691385017IN/whatsapp/+15550783881/messages", `{}`, []string{"api-key", "any"}, 401, `minted`},
		{"Interakt", "POST", "/v1/public/message/", `{}`, []string{"Authorization", "Basic any"}, 401, `{"result":false,`},
		{"Zoko", "POST", "/v2/message", `{}`, []string{"apikey", "any"}, 401, `minted`},
		{"Watchers", "GET", "/external/offer?limit=1&offset=0", "", []string{"x-api-key", "any", "Authorization", "Bearer any"}, 401, `"statusCode":401`},
	} {
		r := g.with("").call(c.method, c.path, c.body, c.header...)
		if r.status != c.status || !strings.Contains(r.body, c.envelope) || !strings.Contains(r.body, "encore-sandbox workspace add") {
			t.Errorf("%s: %d %s", c.name, r.status, r.body)
		}
	}
}

// Who may do what over the control API.
func TestTokens(t *testing.T) {
	t.Parallel()
	g := hosted(t, nil)
	owner := func(name string) guest {
		var a struct{ Token string }
		if err := json.Unmarshal([]byte(g.call(http.MethodPost, "/_sandbox/v1/owners", `{"name":"`+name+`"}`).body), &a); err != nil {
			t.Fatal(err)
		}
		return g.with(a.Token)
	}
	a, b := owner("team-a"), owner("team-b")
	anna, bert := a.make(`{"name":"anna"}`), b.make(`{"name":"bert"}`)
	control, view := g.with(anna.Tokens.Control), g.with(anna.Tokens.View)
	for _, c := range []struct {
		name         string
		who          guest
		method, path string
		body         string
		want         int
	}{
		{"nobody reads", g.with(""), "GET", "/_sandbox/v1/journal", "", 401},
		{"anybody asks for health", g.with(""), "GET", "/_sandbox/v1/health", "", 200},
		{"a guess", g.with("letmein"), "GET", "/_sandbox/v1/journal", "", 401},
		{"the admin reads", g, "GET", "/_sandbox/w/anna/v1/journal", "", 200},
		{"an owner reads his own", a, "GET", "/_sandbox/w/anna/v1/journal", "", 200},
		{"an owner does not see others'", a, "GET", "/_sandbox/w/bert/v1/journal", "", 404},
		{"nor gets its credentials", a, "GET", "/_sandbox/v1/workspaces/bert", "", 404},
		{"nor drops it", a, "DELETE", "/_sandbox/v1/workspaces/bert", "", 404},
		{"nor the default one", a, "GET", "/_sandbox/v1/journal", "", 404},
		{"an owner makes no owners", a, "POST", "/_sandbox/v1/owners", `{"name":"c"}`, 403},
		{"nor workspaces for others", a, "POST", "/_sandbox/v1/workspaces", `{"owner":"team-b"}`, 403},
		{"a workspace is its token's", control, "GET", "/_sandbox/v1/journal", "", 200},
		{"a workspace moves its clock", control, "POST", "/_sandbox/v1/clock", `{"advance":"1h"}`, 200},
		{"and not another's", control, "POST", "/_sandbox/w/bert/v1/clock", `{"advance":"1h"}`, 404},
		{"it makes no workspaces", control, "POST", "/_sandbox/v1/workspaces", `{}`, 403},
		{"nor lists them", control, "GET", "/_sandbox/v1/workspaces", "", 403},
		{"who views reads", view, "GET", "/_sandbox/v1/threads", "", 200},
		{"who views changes nothing", view, "POST", "/_sandbox/v1/clock", `{"advance":"1h"}`, 403},
		{"nor drops", view, "DELETE", "/_sandbox/v1/workspaces/anna", "", 403},
		{"nor fetches webhooks", view, "POST", "/_sandbox/v1/listen", `{"session":"3f2a9c0d7be14f5a8c61","forward":{"*":"http://localhost:1"}}`, 403},
		{"nor sees others'", view, "GET", "/_sandbox/w/bert/v1/threads", "", 404},
	} {
		if r := c.who.call(c.method, c.path, c.body); r.status != c.want {
			t.Errorf("%s: %d, want %d: %s", c.name, r.status, c.want, r.body)
		}
	}
	seen := view.call(http.MethodGet, "/_sandbox/v1/workspaces/anna", "").body
	for _, secret := range []string{anna.Tokens.Control, anna.Credentials["encore.key"], anna.Credentials["meta.appSecret"]} {
		if strings.Contains(seen, secret) {
			t.Errorf("a view token is shown %s", secret)
		}
	}
	g.diff("an owner's list", `"bert"`, between(b.call(http.MethodGet, "/_sandbox/v1/workspaces", "").body, `"name": `, ","))
	g.diff("a workspace drops itself", http.StatusNoContent, g.with(bert.Tokens.Control).call(http.MethodDelete, "/_sandbox/v1/workspaces/bert", "").status)
}

func between(text, before, behind string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, behind)
	return text
}

// The inspector's address carries a token, which ends up where scripts and
// other workspaces' pages do not find it.
func TestInspectorAddress(t *testing.T) {
	t.Parallel()
	g := hosted(t, nil)
	anna := g.make(`{"name":"anna"}`)
	address := strings.TrimPrefix(anna.Inspector, "http://localhost:8080")
	r := g.with("").call(http.MethodGet, address, "")
	g.diff("a redirect", []any{http.StatusSeeOther, "/_sandbox/w/anna/"}, []any{r.status, r.header.Get("Location")})
	cookie := r.header.Get("Set-Cookie")
	g.diff("the cookie", "encore-sandbox="+anna.Tokens.View+"; Path=/_sandbox/w/anna/; HttpOnly; SameSite=Strict", cookie)
	kept, _, _ := strings.Cut(cookie, ";")
	g.diff("the page", http.StatusOK, g.with("").call(http.MethodGet, "/_sandbox/w/anna/", "", "Cookie", kept).status)
	g.diff("what it reads", http.StatusOK, g.with("").call(http.MethodGet, "/_sandbox/w/anna/v1/overview", "", "Cookie", kept).status)
	g.diff("what it may not change", http.StatusForbidden, g.with("").call(http.MethodPost, "/_sandbox/w/anna/v1/reset", "", "Cookie", kept).status)
	g.diff("without it", http.StatusUnauthorized, g.with("").call(http.MethodGet, "/_sandbox/w/anna/v1/overview", "").status)
	g.diff("a token that is none", http.StatusUnauthorized, g.with("").call(http.MethodGet, "/_sandbox/w/anna/?token=view_anna_0", "").status)
}

// A page of another port of the same machine is another's page.
func TestSameSiteIsForeign(t *testing.T) {
	t.Parallel()
	g := guest{T: t, sb: newSandbox(t, scenarios.Options{Seed: 1})}
	for site, want := range map[string]int{"same-origin": 204, "none": 204, "same-site": 403, "cross-site": 403} {
		g.diff(site, want, g.call(http.MethodPost, "/_sandbox/v1/reset", "", "Sec-Fetch-Site", site).status)
	}
	g.diff("who follows a link is welcome", http.StatusOK, g.call(http.MethodGet, "/_sandbox/", "", "Sec-Fetch-Site", "same-site", "Sec-Fetch-Dest", "document").status)
	g.diff("but not to data", http.StatusForbidden, g.call(http.MethodGet, "/_sandbox/v1/journal", "", "Sec-Fetch-Site", "same-site", "Sec-Fetch-Dest", "document").status)
}

// signal is a manual clock that says when somebody sleeps on it.
type signal struct {
	*clock.Manual
	asleep chan time.Duration
}

// Sleep implements clock.Clock.
func (s signal) Sleep(ctx context.Context, d time.Duration) error {
	woken := make(chan struct{})
	stop := s.AfterFunc(d, func() { close(woken) })
	defer stop()
	s.asleep <- d
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// An idle workspace goes, one that is used stays.
func TestWorkspacesExpire(t *testing.T) {
	t.Parallel()
	real := signal{clock.NewManual(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), make(chan time.Duration, 100)}
	g := hosted(t, func(o *scenarios.Options) { o.Patience, o.Config.Workspaces.Idle = real, "2h" })
	anna, bert := g.make(`{"name":"anna"}`), g.make(`{"name":"bert","idle":"10h"}`)
	g.diff("when it expires", real.Now().Add(2*time.Hour), anna.Expires)
	round := func(d time.Duration) { // a patrol a minute: each is over before time goes on
		for range d / time.Minute {
			<-real.asleep
			if _, err := real.Advance(time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		real.asleep <- <-real.asleep // the last one is over when it sleeps again
	}
	round(90 * time.Minute)
	g.diff("used in time", http.StatusOK, g.offer(anna.Credentials["encore.key"], "wamid.1").status)
	round(119 * time.Minute)
	g.diff("still there", http.StatusOK, g.call(http.MethodGet, "/_sandbox/w/bert/v1/threads", "").status)
	g.diff("still there", http.StatusOK, g.offer(anna.Credentials["encore.key"], "wamid.2").status)
	round(3 * time.Hour)
	g.diff("gone", http.StatusUnauthorized, g.offer(anna.Credentials["encore.key"], "wamid.3").status)
	g.diff("the other has its own time", http.StatusOK, g.offer(bert.Credentials["encore.key"], "wamid.3").status)
	g.make(`{"name":"anna"}`)
}

// The same seed and name give the same ids and offers every time.
func TestSeededWorkspacesRepeat(t *testing.T) {
	t.Parallel()
	g := guest{T: t, sb: newSandbox(t, scenarios.Options{Seed: 1})}
	var first, drawn []string
	for range 2 {
		anna := g.make(`{"name":"anna","seed":42,"clock":"manual","at":"2026-03-02T09:00:00Z"}`)
		first = append(first, between(g.offer(anna.Credentials["encore.key"], "wamid.1").body, `"impressionId":"`, `"`), g.call(http.MethodPost, "/_sandbox/w/anna/v1/customers", `{}`).body)
		g.diff("its clock", "2026-03-02T09:00:00Z", between(g.call(http.MethodGet, "/_sandbox/w/anna/v1/clock", "").body, `"now": "`, `"`))
		g.call(http.MethodDelete, "/_sandbox/v1/workspaces/anna", "")
		bert := g.make(`{"name":"bert"}`)
		drawn = append(drawn, g.call(http.MethodPost, "/_sandbox/w/bert/v1/customers", `{}`).body)
		g.diff("a drawn seed", true, bert.Seed > 0)
		g.call(http.MethodDelete, "/_sandbox/v1/workspaces/bert", "")
	}
	g.diff("with a seed", first[:2], first[2:])
	if drawn[0] == drawn[1] {
		t.Error("without a seed the customers are the same")
	}
}

// viewIn reads a workspace out of an answer.
func viewIn(t *testing.T, body string) (v scenarios.WorkspaceView) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

// decoded is everything in an export that is in base64.
func decoded(t *testing.T, file string) string {
	t.Helper()
	var x sim.Export
	if err := json.Unmarshal([]byte(file), &x); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, d := range x.Documents {
		out.Write(d.Data)
	}
	for _, l := range x.Lists {
		for _, item := range l.Items {
			out.Write(item.Data)
		}
	}
	for _, r := range x.Journal {
		out.Write(r.Entry)
		out.Write(r.End)
	}
	return out.String()
}

// logTo is a log of everything.
func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Calls that come too fast get the sandbox's own 429 in the vendor's envelope,
// and are counted; others' are not held up.
func TestRequestQuota(t *testing.T) {
	t.Parallel()
	real, most := clock.NewManual(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), 2
	g := hosted(t, func(o *scenarios.Options) { o.Patience, o.Config.Workspaces.RequestsPerSecond = real, &most })
	anna, bert := g.make(`{"name":"anna"}`), g.make(`{"name":"bert"}`)
	key := anna.Credentials["encore.key"]
	for i := range 4 {
		g.diff("within a burst", http.StatusOK, g.offer(key, "wamid."+string(rune('a'+i))).status)
	}
	fast := g.offer(key, "wamid.fast")
	g.diff("too fast", []any{429, "requests", "1", true}, []any{fast.status, fast.header.Get("X-Sandbox-Limit"), fast.header.Get("Retry-After"), strings.HasPrefix(fast.body, `{"error":"`)})
	graph := g.with("").call("POST", "/v22.0/106540352242922/messages", `{}`, "Authorization", "Bearer "+anna.Credentials["meta.token"])
	g.diff("in Graph's words", []any{429, true}, []any{graph.status, strings.HasPrefix(graph.body, `{"error":{"message":`)})
	g.diff("the control API too", []any{429, "requests"}, func() []any {
		r := g.with(anna.Tokens.Control).call("GET", "/_sandbox/v1/threads", "")
		return []any{r.status, r.header.Get("X-Sandbox-Limit")}
	}())
	g.diff("others are not held up", http.StatusOK, g.offer(bert.Credentials["encore.key"], "wamid.b").status)
	g.diff("counted, and in no journal", []any{int64(3), 4}, []any{viewIn(t, g.call("GET", "/_sandbox/v1/workspaces/anna", "").body).Turned, g.exchanges("anna")})
	if _, err := real.Advance(500 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	g.diff("half a second later", http.StatusOK, g.offer(key, "wamid.fast").status)
	g.diff("and no second one", 429, g.offer(key, "wamid.fast").status)
}

// A workspace's journal is bounded in exchanges and in bytes, and the others' is
// not shortened by that.
func TestJournalQuotas(t *testing.T) {
	t.Parallel()
	g := hosted(t, func(o *scenarios.Options) { o.Config.Workspaces.Exchanges = 3 })
	anna, bert := g.make(`{"name":"anna"}`), g.make(`{"name":"bert"}`)
	for i := range 5 {
		g.offer(anna.Credentials["encore.key"], "wamid."+string(rune('a'+i)))
	}
	g.offer(bert.Credentials["encore.key"], "wamid.b")
	g.diff("exchanges", []int{3, 1}, []int{g.exchanges("anna"), g.exchanges("bert")})
}

// Webhooks that go over the network wait for their turn, and none is lost.
func TestWebhookQuota(t *testing.T) {
	t.Parallel()
	real, most := signal{clock.NewManual(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), make(chan time.Duration, 100)}, 2
	g := hosted(t, func(o *scenarios.Options) {
		lax(o)
		o.Patience, o.Config.Workspaces.WebhooksPerMinute = real, &most
	})
	heard := make(chan string, 10)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard <- between(string(body), `"body":"`, `"`)
	}))
	defer target.Close()
	anna := g.make(`{"name":"anna","webhooks":{"*":"` + target.URL + `"}}`)
	for _, text := range []string{"one", "two", "three"} {
		g.with(anna.Tokens.Control).call("POST", "/_sandbox/v1/messages", `{"from":"15014005001","text":"`+text+`"}`)
	}
	g.diff("two at once", []string{"one", "two"}, []string{<-heard, <-heard})
	for waits := time.Duration(0); waits != 30*time.Second; waits = <-real.asleep { // beside the patrol
		continue
	}
	g.diff("the third waits", 0, len(heard))
	if _, err := real.Advance(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	g.diff("and comes", "three", <-heard)
}
