package sim_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// measured is what was counted of an operation; toy calls take no time worth
// telling.
func (w *world) measured(operation string) sim.Measure {
	w.Helper()
	all := w.sb.Measures(w.Context()).Calls
	i := slices.IndexFunc(all, func(m sim.Measure) bool { return m.Operation == operation })
	if i < 0 {
		w.Fatalf("nothing was counted of %q: %+v", operation, all)
	}
	return all[i]
}

func sum(numbers []int64) (n int64) {
	for _, m := range numbers {
		n += m
	}
	return n
}

func TestMeasures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "503")
	w.call("POST", "/orders", `{}`)
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "reset")
	w.call("GET", "/nowhere", "")
	orders := w.measured("createOrder")
	w.diff("statuses", map[int]int64{201: 1, 503: 1, 400: 1, 0: 1}, orders.Statuses)
	w.diff("struck", int64(2), orders.Struck)
	w.diff("in buckets", int64(4), sum(orders.Buckets))
	w.diff("strays", map[int]int64{404: 1}, w.measured("").Statuses)
	w.in.answers = []http.HandlerFunc{status(500), status(200)}
	w.write(alice, "Hi")
	w.delivered(1)
	all := w.sb.Measures(t.Context())
	w.diff("webhooks", map[int]int64{500: 1}, all.Webhooks[0].Statuses)
	w.diff("waiting, workspaces, ready", []any{int64(1), 1, true}, []any{all.Waiting, all.Workspaces, all.Ready})
}

// However many statuses an operation answers, no call is left out.
func TestMeasuresOfManyStatuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const many = 40
	for i := range many {
		w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, fmt.Sprint(500+i))
	}
	var total int64
	statuses := w.measured("createOrder").Statuses
	for _, n := range statuses {
		total += n
	}
	w.diff("calls, and those told apart", []int64{many, 17}, []int64{total, int64(len(statuses))})
}
