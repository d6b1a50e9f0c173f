package contract_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// FuzzOffersMessage sends any body with any fault header through the whole
// pipeline: nothing panics, no 5xx comes that was not asked for, and every call
// leaves exactly one journal entry.
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
		if waits(header) {
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
		if w.Code >= 500 && header == "" {
			t.Errorf("%d without a fault: %s", w.Code, w.Body)
		}
		if _, err := fault.Parse(header); header != "" && err != nil && w.Code != http.StatusBadRequest {
			t.Errorf("a fault that does not parse is answered %d, want 400", w.Code)
		}
		if after := entries(t, sb); after != before+1 {
			t.Errorf("the call left %d journal entries, want 1", after-before)
		}
	})
}

// waits tells faults that a direct call of the handler cannot show.
func waits(header string) bool {
	f, err := fault.Parse(header)
	if err != nil {
		return false
	}
	full, err := f.Resolve()
	steps := append(fault.Sequence{full.Effect}, full.Sequence...)
	for _, e := range steps {
		if e.Hang || e.Reset != "" || e.Truncate > 0 || e.Drip != (fault.Drip{}) || e.Latency != (fault.Latency{}) {
			return true
		}
	}
	return err != nil
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
