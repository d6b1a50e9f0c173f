package meta_test

import (
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// A message that a fault lets fail is accepted first.
func TestFailsLater(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{NoWindow: true})
	if _, err := w.ws.Arm(w.Context(), fault.Fault{Effect: fault.Effect{Provider: fault.ProviderLater}, Times: 1}); err != nil {
		t.Fatal(err)
	}
	w.must(w.post(textBody), 200, "")
	diff(t, "struck", []string{"failed 131026"}, statuses(w.after(thread, time.Second)))
	w.must(w.post(textBody), 200, "")
	diff(t, "the next one", []string{"sent", "delivered", "read"}, statuses(w.after(thread, time.Second)))
}
