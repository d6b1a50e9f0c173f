package scenarios_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/sim"
)

// TestReadEntryGivesBackTheJournal reads what the control API writes, so that
// the command line shows of a remote sandbox what serve shows of its own.
func TestReadEntryGivesBackTheJournal(t *testing.T) {
	t.Parallel()
	sb, err := scenarios.New(scenarios.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://api.encorekit.com/encore/publisher/sdk/v1/offers/message", strings.NewReader(`{"clientId":"client-42"}`))
	r.Header.Set("X-API-Key", scenarios.EncoreKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := sim.Transport{Handler: sb}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	entries, err := sb.Default().Journal(context.Background(), 1, 0)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the journal has %d exchanges, want 1 (%v)", len(entries), err)
	}
	data, err := json.Marshal(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.ReadEntry(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(again)); diff != "" {
		t.Errorf("an exchange changes when it is read (-want +got):\n%s", diff)
	}
	if len(got.Notes) == 0 || got.Ended == nil {
		t.Errorf("notes or end are lost: %s", again)
	}
}
