package meta_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// golden compares bytes with testdata/<name>.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update to write it", err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// decoded turns JSON into a tree.
func decoded(t *testing.T, doc []byte) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(doc, &tree); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return tree
}

// at is Unix second 1778695603, a moment of May 2026, and a bit.
func at(after time.Duration) time.Time {
	return time.UnixMilli(1778695603093).UTC().Add(after)
}

const (
	seedWAMID     = "wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA=="
	endToEndWAMID = "wamid.HBgLMTQxNTU1NTEyMzQVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA=="
	customer      = "15014005001"
	trace         = "AXsgnV2Cm3ZMGF3dF_cfYIn"
)

func tonys() meta.Number {
	return meta.Number{WABA: "102290129340398", PhoneNumberID: "106540352242922", Display: "15550783881"}
}
