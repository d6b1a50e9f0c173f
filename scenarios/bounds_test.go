package scenarios_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// dedup asks for the offer of an inbound message and returns X-Sandbox-Dedup.
func dedup(t *testing.T, sb http.Handler, message string) string {
	t.Helper()
	body := fmt.Sprintf(`{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":"whatsapp","recipient":"15014005001","inboundMessageId":%q,"chatId":"15014005001"}`, message)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/encore/publisher/sdk/v1/offers/message", strings.NewReader(body))
	req.Header.Set("X-API-Key", scenarios.EncoreKey)
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	sb.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Fatalf("an offer: %d %s", rec.Code, rec.Body)
	}
	return rec.Header().Get("X-Sandbox-Dedup")
}

// As many decisions as the file says are remembered: the oldest goes first, and
// is counted.
func TestDecisionsAreBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason    string
		decisions int
		want      string
		dropped   int64
	}{
		{"three are remembered, the first of four is decided anew", 3, "miss", 2},
		{"four are remembered, the first is repeated", 4, "hit", 0},
		{"a hundred thousand by default", 0, "hit", 0},
	} {
		sb := newSandbox(t, scenarios.Options{Seed: 1, Config: scenarios.Config{Decisions: c.decisions}})
		for n := range 4 {
			dedup(t, sb, fmt.Sprint("message-", n))
		}
		got := dedup(t, sb, "message-0")
		counters, err := sb.Default().Counters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{c.want, c.dropped}, []any{got, counters["evicted:decision"]}); diff != "" {
			t.Errorf("%s: dedup and dropped decisions (-want +got):\n%s", c.reason, diff)
		}
	}
}
