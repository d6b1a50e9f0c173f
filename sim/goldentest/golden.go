// Package goldentest compares what tests make with the files of testdata that
// say what it has to be.
//
//	go test ./fakes/meta -update   # writes them anew; read the difference
package goldentest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// Check compares a text with testdata/<name> of the package under test. A file
// ends in a line end, whether the text has one or not.
func Check[T string | []byte](t testing.TB, name string, got T) {
	t.Helper()
	file, text := filepath.Join("testdata", name), strings.TrimSuffix(string(got), "\n")+"\n"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update to write it", err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
