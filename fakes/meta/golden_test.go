package meta_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

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
