package scenarios_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

// A bound on a kind that nobody keeps is a slip of the pen, and the kind that was
// meant grows without end.
func TestBoundedKindsAreKept(t *testing.T) {
	t.Parallel()
	vendors, err := fakes.All(fakes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	bounds := scenarios.Config{}.Bounds()
	forms := sim.Config{Fakes: vendors, Words: fakes.Words()}.Forms()
	for kind := range bounds.Docs {
		if _, kept := forms[kind]; !kept {
			t.Errorf("kind %q is bounded, and no fake keeps it", kind)
		}
	}
	for of, list := range bounds.Lists {
		if _, kept := forms[list]; !kept {
			t.Errorf("lists %q of %q are bounded, and no fake keeps them", list, of)
		}
	}
}
