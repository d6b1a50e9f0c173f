package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// campaign is a catalog with one campaign.
func campaign(id string) string {
	return fmt.Sprintf(`{"organizations":[{"id":"00000000-0000-4000-8000-000000000001","name":"Tonewillow"}],
		"campaigns":[{"id":%q,"organizationId":"00000000-0000-4000-8000-000000000001","status":"active","destinationUrl":"https://tonewillow.example",
		"creatives":[{"id":"00000000-0000-4000-8000-000000000003","status":"active","title":"One month free","body":"For you","cta":"Get it"}]}]}`, id)
}

// What Encore has to offer in a workspace is the workspace's, whichever replica
// is asked: set on one, offered by the other, gone with the other's reset.
func TestReplicasShareTheCatalog(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	a, b := f.replicas[0], f.replicas[1]
	offers := func(r *replica, message string) string {
		o, err := r.ask("pk_test_replica", message, requestID(1))
		if err != nil || o.status != http.StatusOK {
			t.Fatalf("an offer: %d %v", o.status, err)
		}
		return o.campaign
	}
	before := offers(b, "before")
	for n, step := range []struct {
		on     *replica
		reason string
		id     string
	}{
		{a, "set on one", "00000000-0000-4000-8000-000000000011"},
		{b, "replaced on the other", "00000000-0000-4000-8000-000000000012"},
		{a, "and again", "00000000-0000-4000-8000-000000000013"},
	} {
		step.on.call("PUT", "catalog", campaign(step.id))
		for i, r := range f.replicas {
			if got := offers(r, fmt.Sprint("message-", n, "-", i)); got != step.id {
				t.Errorf("%s: replica %d offers campaign %q, want %q", step.reason, i, got, step.id)
			}
			if got := fmt.Sprint(r.call("GET", "catalog", "")); !strings.Contains(got, step.id) {
				t.Errorf("%s: the catalog of replica %d has no campaign %s: %.200s", step.reason, i, step.id, got)
			}
		}
	}
	b.call("POST", "reset", "")
	if got := offers(a, "before"); got != before {
		t.Errorf("after the other replica's reset campaign %q is offered, want %q as at first", got, before)
	}
}

// What the bandit learns on one replica decides on the other.
func TestReplicasLearnTogether(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	for n := range 4 {
		if _, err := f.replicas[n%2].ask("pk_test_replica", fmt.Sprint("message-", n), requestID(1)); err != nil {
			t.Fatal(err)
		}
	}
	learnt := f.replicas[0].call("POST", "catalog/learn", "")
	var impressions float64
	for _, count := range learnt["counts"].(map[string]any) {
		impressions += count.(map[string]any)["impressions"].(float64)
	}
	if impressions != 4 {
		t.Errorf("learnt from %v impressions, want the 4 of both replicas: %v", impressions, learnt)
	}
}

// A run is told of by the replica that plays it; another says so.
func TestRunsOfReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	f := newFleet(t, 2)
	a, b := f.replicas[0], f.replicas[1]
	const request = `{"scenarios":["first-message"],"channels":["whatsapp"],"integrator":"built-in"}`
	one, other := a.call("POST", "runs", request)["id"].(string), b.call("POST", "runs", request)["id"].(string)
	if one == other {
		t.Errorf("both replicas have a run %s", one)
	}
	f.until("the run has passed", func() bool { return a.call("GET", "runs/"+one+"?after=9", "")["state"] == "passed" })
	for _, path := range []string{"", "/report.html", "/junit.xml", "/results/1/lines"} {
		status, answer, err := b.try("GET", "runs/"+one+path, "")
		if status != http.StatusMisdirectedRequest || err != nil || !strings.Contains(string(answer), "belongs to another sandbox") {
			t.Errorf("runs/%s%s on the other replica: %d %v %s, want 421", one, path, status, err, answer)
		}
	}
	if status, answer, _ := a.try("GET", "runs/"+strings.TrimRight(one, "0123456789")+"99", ""); status != http.StatusNotFound {
		t.Errorf("a run that was never there: %d %s, want 404", status, answer)
	}
}

// The built-in integrator remembers in one process, so it is not there; a message
// that nobody takes says so.
func TestNoBuiltInIntegratorOnAStore(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	status, answer, err := f.replicas[0].try("POST", "messages", `{"from":"15014005001","text":"Hi"}`)
	if status != http.StatusBadRequest || err != nil || !strings.Contains(string(answer), "PUT /_sandbox/v1/webhook") {
		t.Errorf("a message without a webhook: %d %v %s, want 400 that says how to set one", status, err, answer)
	}
}
