package sim_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// Streams differ in their seed and in every part, also where the parts' text
// is the same in a row; equal ones are equal on every machine.
func TestRandDependsOnItsPartsAlone(t *testing.T) {
	t.Parallel()
	streams := map[string]*sim.Rand{
		"1 a bc": sim.NewRand(1, "a", "bc"), "1 ab c": sim.NewRand(1, "ab", "c"), "1 abc": sim.NewRand(1, "abc"),
		"2 a bc": sim.NewRand(2, "a", "bc"), "1 bc a": sim.NewRand(1, "bc", "a"), "1": sim.NewRand(1), "1 and an empty part": sim.NewRand(1, ""),
	}
	seen := map[uint64]string{}
	for name, r := range streams {
		n := r.Uint64()
		if other, ok := seen[n]; ok {
			t.Errorf("streams %q and %q begin with the same number", name, other)
		}
		seen[n] = name
	}
	r := sim.NewRand(1, "a", "bc")
	got := []string{r.Hex(3), r.Hex(8), r.UUID()}
	if diff := cmp.Diff([]string{"b7142c", "a451bcb349832ecd", "6c85ef31-6cb6-4d29-8e47-7c578db477af"}, got); diff != "" {
		t.Errorf("a stream changed: every minted id changes with it (-want +got):\n%s", diff)
	}
}

func TestRandLengths(t *testing.T) {
	t.Parallel()
	r := sim.NewRand(7)
	for n := range 20 {
		if got := len(r.Bytes(n)); got != n {
			t.Errorf("Bytes(%d) has %d bytes", n, got)
		}
		if got := len(r.Hex(n)); got != 2*n {
			t.Errorf("Hex(%d) has %d digits, want %d", n, got, 2*n)
		}
	}
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for range 100 {
		if id := r.UUID(); !version4.MatchString(id) {
			t.Errorf("%s is no UUID of version 4", id)
		}
	}
}
