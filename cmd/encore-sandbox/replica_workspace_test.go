package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// send makes a call to one replica.
func (r *replica) send(method, path, body string, header ...string) (int, string) {
	r.fleet.Helper()
	req, err := http.NewRequestWithContext(r.fleet.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.fleet.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := r.fleet.client.Do(req)
	if err != nil {
		r.fleet.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.fleet.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// A workspace that one replica has made is there on every other, at once and
// after a restart, and is gone everywhere when one of them drops it.
func TestWorkspacesOverReplicas(t *testing.T) {
	t.Parallel()
	const admin = "letmein-letmein"
	f := newFleet(t, 2, "--strict-auth", "--admin-token", admin)
	a, b := f.replicas[0], f.replicas[1]
	make := func(on *replica) (v scenarios.WorkspaceView) {
		status, body := on.send("POST", "/_sandbox/v1/workspaces", `{"name":"anna","clock":"manual","at":"2026-03-02T09:00:00Z"}`, "Authorization", "Bearer "+admin)
		if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		return v
	}
	anna := make(a)
	offer := func(on *replica, key, inbound string) int {
		status, _ := on.send("POST", "/encore/publisher/sdk/v1/offers/message", fmt.Sprintf(`{"messagingPlatform":"whatsapp","chatId":"c-1","recipient":"15014005001","clientId":"client-42",
			"clientName":"Tony's Pizza","inboundMessageId":%q,"attributes":{"platform":"web","countryCode":"US"}}`, inbound), "X-API-Key", key)
		return status
	}
	control := []string{"Authorization", "Bearer " + anna.Tokens.Control}
	want := func(what string, want, got any) {
		t.Helper()
		if want != got {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	want("on the other replica, at once", 200, offer(b, anna.Credentials["encore.key"], "wamid.1"))
	b.send("POST", "/_sandbox/v1/clock", `{"advance":"1h"}`, control...)
	_, clock := a.send("GET", "/_sandbox/v1/clock", "", control...)
	want("the clock that was moved there", true, strings.Contains(clock, "2026-03-02T10:00:00Z"))
	status, _ := b.send("POST", "/_sandbox/v1/workspaces", `{"name":"anna"}`, "Authorization", "Bearer "+admin)
	want("the name is taken there", 409, status)
	b.kill()
	b.start()
	want("after a restart", 200, offer(b, anna.Credentials["encore.key"], "wamid.2"))
	_, journal := b.send("GET", "/_sandbox/v1/journal", "", control...)
	want("the journal has both", 2, strings.Count(journal, `"operation": "offersMessage"`))
	_, clock = b.send("GET", "/_sandbox/v1/clock", "", control...)
	want("and the clock", true, strings.Contains(clock, "2026-03-02T10:00:00Z"))

	status, _ = a.send("DELETE", "/_sandbox/v1/workspaces/anna", "", control...)
	want("dropped", 204, status)
	again := make(a)
	want("and the new key there, where the old workspace was known", 200, offer(b, again.Credentials["encore.key"], "wamid.0"))
	b.send("DELETE", "/_sandbox/v1/workspaces/anna", "", "Authorization", "Bearer "+again.Tokens.Control)
	again = make(b)
	want("the new key", 200, offer(a, again.Credentials["encore.key"], "wamid.1"))
	want("the old key here", 401, offer(a, anna.Credentials["encore.key"], "wamid.4"))
	if status := offer(b, anna.Credentials["encore.key"], "wamid.3"); status != 401 {
		t.Errorf("on the other replica it answers %d after that", status)
	}
	want("and there", 401, offer(b, anna.Credentials["encore.key"], "wamid.4"))
	_, journal = b.send("GET", "/_sandbox/v1/journal", "", "Authorization", "Bearer "+again.Tokens.View)
	want("its journal begins anew", 1, strings.Count(journal, `"operation": "offersMessage"`))
}

// A file that was saved over Redis is imported in memory, and the other way round.
func TestWorkspaceFilesOverStores(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	r := f.replicas[0]
	_, base := startServe(t)
	in := &replica{fleet: f, base: base}
	for i, on := range []*replica{r, in} {
		from, to := on, []*replica{in, r}[i]
		status, body := from.send("POST", "/_sandbox/v1/workspaces", `{"name":"anna","clock":"manual"}`)
		var v scenarios.WorkspaceView
		if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		for n := range 12 {
			from.send("POST", "/encore/publisher/sdk/v1/offers/message", fmt.Sprintf(`{"recipient":"1501400500%d"}`, n), "X-API-Key", v.Credentials["encore.key"])
		}
		status, file := from.send("GET", "/_sandbox/v1/workspaces/anna/export", "")
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, file)
		}
		if status, body = to.send("POST", "/_sandbox/v1/workspaces/copy/import", file); status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		_, here := from.send("GET", "/_sandbox/w/anna/v1/journal", "")
		if _, there := to.send("GET", "/_sandbox/w/copy/v1/journal", ""); there != here || !strings.Contains(here, `"n": 12`) {
			t.Errorf("the journals differ:\n%.2000s\n%.2000s", here, there)
		}
		to.send("DELETE", "/_sandbox/v1/workspaces/copy", "")
		from.send("DELETE", "/_sandbox/v1/workspaces/anna", "")
	}
}
