package sim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/pack"
)

// kept is a header as the journal keeps it.
func kept(h http.Header) http.Header { return readHeader(pack.NewReader(appendHeader(nil, h, nil))) }

// The journal's copy of a header says what the header said, whatever the order
// of its map.
func TestRedactedHeaderKeepsValues(t *testing.T) {
	t.Parallel()
	h := http.Header{
		"Accept": {"*/*", "text/html"}, "User-Agent": {"curl/8.5.0"}, "X-Empty": {""}, "X-None": nil,
		"Content-Type": {"application/json"}, "X-Trace": {"a", "bb", "ccc"},
	}
	want := h.Clone()
	for range 50 {
		if diff := cmp.Diff(want, kept(h)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
	h.Set("X-Api-Key", "pk_test_secret")
	if got := kept(h).Get("X-Api-Key"); got != Fingerprint("pk_test_secret") {
		t.Errorf("the key is kept as %q", got)
	}
}
