package scenarios_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

// closed is an integrator that is down.
func closed() sim.Target {
	return sim.Target{URL: "http://integrator.example/hook", Transport: sim.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	})}}
}

// lax lets webhooks go to this machine, where nobody listens.
func lax(o *scenarios.Options) { o.Strict = false }

// reported is a workspace in which something has happened: webhooks wait, a
// fault is armed, offers are remembered, a window is open.
func reported(g guest) scenarios.WorkspaceView {
	v := g.make(`{"name":"anna","clock":"manual","at":"2026-03-02T09:00:00Z"}`)
	ws, _ := g.sb.(*scenarios.Sandbox).Workspace("anna")
	ws.SetWebhook("", closed())
	in := g.with(v.Tokens.Control)
	in.call("POST", "/_sandbox/v1/messages", `{"from":"15014005001","text":"Hi"}`)
	in.call("POST", "/_sandbox/v1/messages", `{"channel":"zoko","from":"15014005002","text":"Hello"}`)
	in.offer(v.Credentials["encore.key"], "wamid.1")
	in.call("POST", "/v22.0/106540352242922/messages", `{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"Hello back"}}`, "Authorization", "Bearer "+v.Credentials["meta.token"])
	in.call("POST", "/external/offer", `{"template":10}`, "X-Api-Key", v.Credentials["watchers.key"], "Authorization", "Bearer hidden-bearer-token")
	in.call("POST", "/v2/webhook", `{"url":"http://anna:hidden-password@127.0.0.1:1/zoko","events":["message:user:in"],"challengeToken":"hidden-challenge"}`, "apikey", v.Credentials["zoko.key.tonys"])
	in.call("POST", "/_sandbox/v1/faults", `{"status":503,"skip":1,"times":1,"match":{"operation":"encore.offersMessage","key":"`+v.Credentials["encore.key"]+`"}}`)
	in.call("POST", "/_sandbox/v1/clock", `{"advance":"30s"}`)
	if _, err := ws.Flush(g.Context(), ""); err != nil {
		g.Fatal(err)
	}
	return v
}

// state is everything that one may look at.
func (g guest) state(v scenarios.WorkspaceView) map[string]string {
	g.Helper()
	seen := map[string]string{}
	for _, path := range []string{
		"journal?limit=10000", "journal.har", "outbox", "threads?all=true", "clock", "catalog", "findings", "lines", "overview", "threads/whatsapp:106540352242922:15014005001", "threads/zoko:tonys:15014005002",
	} {
		r := g.with(v.Tokens.Control).call("GET", "/_sandbox/v1/"+path, "")
		if r.status != http.StatusOK {
			g.Fatalf("%s: %d %s", path, r.status, r.body)
		}
		seen[path] = r.body
	}
	return seen
}

// goOn is what comes next, without what is a workspace's own: links and credentials.
func (g guest) goOn(v scenarios.WorkspaceView) (said []string) {
	g.Helper()
	ws, _ := g.sb.(*scenarios.Sandbox).Workspace(v.Name)
	ws.SetWebhook("", closed())
	in, own := g.with(v.Tokens.Control), regexp.MustCompile(`click/[A-Za-z0-9_.-]+|"tick":"[0-9]+"|"fbtrace_id":"[^"]*"|(?s)"fired": \[.*?\]`)
	hear := func(r reply) { said = append(said, own.ReplaceAllString(r.body, "…")) }
	for _, inbound := range []string{"wamid.1", "wamid.2", "wamid.3", "wamid.4"} {
		hear(in.offer(v.Credentials["encore.key"], inbound))
	}
	hear(in.call("POST", "/_sandbox/v1/customers", `{}`))
	hear(in.call("POST", "/_sandbox/v1/messages", `{"from":"15014005001","text":"Still there?"}`))
	hear(in.call("POST", "/v22.0/106540352242922/messages", `{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"Yes"}}`, "Authorization", "Bearer "+v.Credentials["meta.token"]))
	hear(in.call("POST", "/_sandbox/v1/clock", `{"advance":"24h"}`))
	return said
}

// A bug report: what happened in one sandbox is there in another, and goes on in
// the same way.
func TestExportedWorkspacesGoOnElsewhere(t *testing.T) {
	t.Parallel()
	here := hosted(t, lax)
	elsewhere := hosted(t, func(o *scenarios.Options) { lax(o); o.Seed, o.Secret = 99, []byte("another one") })
	anna := reported(here)
	file := here.with(anna.Tokens.Control).call("GET", "/_sandbox/v1/workspaces/anna/export", "")
	here.diff("exported", http.StatusOK, file.status)
	copied := elsewhere.call("POST", "/_sandbox/v1/workspaces/copy/import", file.body)
	here.diff("imported", http.StatusCreated, copied.status)
	copyOf := viewIn(t, copied.body)
	ws, _ := elsewhere.sb.(*scenarios.Sandbox).Workspace("copy")
	ws.SetWebhook("", closed())
	here.diff("state", here.state(anna), elsewhere.state(copyOf))
	here.diff("faults but for the key", masked(here, anna), masked(elsewhere, copyOf))
	here.diff("the fault is about the new key", true, strings.Contains(elsewhere.with(copyOf.Tokens.Control).call("GET", "/_sandbox/v1/faults", "").body, copyOf.Credentials["encore.key"]))
	here.diff("what comes then", here.goOn(anna), elsewhere.goOn(copyOf))
	here.diff("the old key is good for nothing there", http.StatusUnauthorized, elsewhere.offer(anna.Credentials["encore.key"], "wamid.5").status)
}

// masked are the faults without the key that they match.
func masked(g guest, v scenarios.WorkspaceView) string {
	return strings.ReplaceAll(g.with(v.Tokens.Control).call("GET", "/_sandbox/v1/faults", "").body, v.Credentials["encore.key"], "KEY")
}

// Files that no sandbox has written make nothing.
func TestImportsOfDamagedFiles(t *testing.T) {
	t.Parallel()
	g := hosted(t, nil)
	anna := reported(g)
	good := g.call("GET", "/_sandbox/v1/workspaces/anna/export", "").body
	for name, bad := range map[string]string{
		"no file": `{}`, "cut": good[:len(good)/2], "another version": strings.Replace(good, `"version":1`, `"version":2`, 1),
		"a kind that nobody knows":  strings.Replace(good, `"kind":"thread"`, `"kind":"thraed"`, 1),
		"a kind of the directory":   strings.Replace(good, `"kind":"thread"`, `"kind":"directory.owner"`, 1),
		"data of another kind":      regexp.MustCompile(`("kind":"thread","id":"[^"]*","data":)"[^"]*"`).ReplaceAllString(good, `$1"ZnsiaWQiOjF9"`),
		"an empty record":           regexp.MustCompile(`"entry":"[^"]*"`).ReplaceAllString(good, `"entry":""`),
		"a webhook into the office": strings.Replace(good, `"webhooks":{}`, `"webhooks":{"":"http://10.0.0.1/"}`, 1),
	} {
		if r := g.call("POST", "/_sandbox/v1/workspaces/copy/import", bad); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %.300s", name, r.status, r.body)
		}
	}
	g.diff("nothing was made", http.StatusNotFound, g.call("GET", "/_sandbox/v1/workspaces/copy", "").status)
	g.diff("the name is taken", http.StatusConflict, g.call("POST", "/_sandbox/v1/workspaces/"+anna.Name+"/import", good).status)
}

// Nothing that a sandbox tells has a secret in it that it was told: not the
// journal, nor a file, nor an error, nor the log.
func TestSecretsAreNotTold(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	g := hosted(t, func(o *scenarios.Options) { lax(o); o.Log = logTo(&log) })
	v := reported(g)
	in := g.with(v.Tokens.Control)
	planted := []string{"hidden-password", "hidden-challenge", "hidden-bearer-token", "hidden-cookie", "hidden-token", "hidden-proof", adminToken, "only we know it", v.Tokens.Control}
	for _, credential := range v.Credentials {
		planted = append(planted, credential)
	}
	in.call("PUT", "/_sandbox/v1/webhook", `{"channel":"whatsapp","url":"http://anna:hidden-password@127.0.0.1:1/hook"}`)
	in.call("POST", "/v22.0/106540352242922/messages?access_token="+v.Credentials["meta.token"]+"&appsecret_proof=hidden-proof", `{"access_token":"hidden-token"}`, "Cookie", "a=hidden-cookie")
	in.offer("pk_live_"+"hidden-token", "wamid.9")
	in.call("POST", "/v2/message", `{`, "apikey", "hidden-token")
	outputs := map[string]string{"log": log.String(), "export": in.call("GET", "/_sandbox/v1/workspaces/anna/export", "").body}
	for path, said := range g.state(v) {
		outputs[path] = said
	}
	outputs["journal of the default workspace"] = g.call("GET", "/_sandbox/v1/journal", "").body
	for _, path := range []string{"webhook", "workspaces/anna"} {
		outputs[path+", to who only reads"] = g.with(v.Tokens.View).call("GET", "/_sandbox/v1/"+path, "").body
	}
	outputs["export, decoded"] = decoded(t, outputs["export"])
	for where, said := range outputs {
		for _, secret := range planted {
			if strings.Contains(said, secret) {
				i := strings.Index(said, secret)
				t.Errorf("%s tells %q: …%s…", where, secret, said[max(0, i-200):min(len(said), i+200)])
			}
		}
	}
}
