package contract_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// FuzzOffersMessage sends any body with any fault header through the whole
// pipeline: nothing panics, no 5xx comes but one that was asked for by that very
// number, and every call leaves exactly one journal entry.
func FuzzOffersMessage(f *testing.F) {
	sb := contract.Start(f, contract.Options{InMemory: true})
	for _, body := range []string{guideCurl, "", "{", "[]", "null", `{"clientId":1}`, `{"attributes":{"custom":{"a":1}}}`, strings.Repeat("[", 5000)} {
		f.Add(body, "")
	}
	f.Add(guideCurl, "503;times=2")
	f.Add(guideCurl, "no-fill=geo")
	f.Add(guideCurl, "429,429,ok")
	f.Add(guideCurl, "503;")
	f.Fuzz(func(t *testing.T, body, header string) {
		effects := asked(header, body)
		if slices.ContainsFunc(effects, waits) {
			t.Skip("the fault holds the answer back or breaks the connection")
		}
		before := entries(t, sb)
		r := httptest.NewRequest(http.MethodPost, "http://sandbox.localhost"+offersPath, strings.NewReader(body))
		r.Header["X-Api-Key"] = []string{"pk_test_fuzz"}
		if header != "" {
			r.Header[sim.HeaderFault] = []string{header}
		}
		w := httptest.NewRecorder()
		sb.Handler().ServeHTTP(w, r)
		if w.Code >= 500 && !slices.ContainsFunc(effects, func(e fault.Effect) bool { return e.Status == w.Code }) {
			t.Errorf("%d, which neither the fault %q nor the customer's fate asks for: %s", w.Code, header, w.Body)
		}
		if _, err := fault.Parse(header); header != "" && err != nil && w.Code != http.StatusBadRequest {
			t.Errorf("a fault that does not parse is answered %d, want 400", w.Code)
		}
		if after := entries(t, sb); after != before+1 {
			t.Errorf("the call left %d journal entries, want 1", after-before)
		}
	})
}

// asked are the effects that a call can meet: those of the fault in its header,
// of its preset and of every step of its sequence, and the fate that goes with
// the number of the customer whom its body names.
func asked(header, body string) []fault.Effect {
	var effects []fault.Effect
	if f, err := fault.Parse(header); err == nil {
		if full, err := f.Resolve(); err == nil {
			effects = append(effects, append(full.Sequence, full.Effect)...)
		}
	}
	var request map[string]any
	_ = json.Unmarshal([]byte(body), &request) // what is no object names nobody
	recipient, _ := request["recipient"].(string)
	if fate, ok := fault.Fate(recipient); ok {
		effects = append(effects, fate.Effect)
	}
	return effects
}

// waits tells effects that a direct call of the handler cannot show.
func waits(e fault.Effect) bool {
	return e.Hang || e.Reset != "" || e.Truncate > 0 || e.Drip != fault.Drip{} || e.Latency != fault.Latency{}
}

// entries is the number of the newest journal entry.
func entries(t *testing.T, sb *contract.Sandbox) int64 {
	t.Helper()
	all, err := sb.Workspace().Journal(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].N
}
