package fakes_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/sim"
)

// A sandbox reads a vendor's document when the first call asks for it, so that
// a document and handlers that differ must be found here.
func TestDocumentsAndHandlersAgree(t *testing.T) {
	t.Parallel()
	vendors, err := fakes.All(fakes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sb, err := sim.New(sim.Config{Fakes: vendors, Words: fakes.Words()})
	if err != nil {
		t.Fatal(err)
	}
	if err := sb.Close(); err != nil {
		t.Error(err)
	}
}
