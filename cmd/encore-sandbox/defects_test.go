package main

import (
	"encoding/json"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios"
)

func TestDefects(t *testing.T) {
	t.Parallel()
	golden(t, "defects.txt", steady(transcript(t.Context(), nil, [][]string{
		{"defects", "cap-zero-unset", "R35"},
		{"defects", "cap-zero-unset", "-v"},
		{"defects", "status-call", "gap-in-hours", "--channel", "messenger"},
	})))
}

// A bug that no scenario catches ends with exit code 1, here one that this
// channel cannot show.
func TestDefectThatGetsAway(t *testing.T) {
	t.Parallel()
	o := invoke(t.Context(), nil, "defects", "long-text-dropped", "no-callback")
	if o.code != exitUsage {
		t.Errorf("a habit passes for a defect: %d %s%s", o.code, o.out, o.err)
	}
	o = invoke(t.Context(), nil, "defects", "client-per-channel", "--channel", "messenger", "--json", "-")
	var m scenarios.Matrix
	if err := json.Unmarshal([]byte(o.out), &m); err != nil || o.code != exitFailed {
		t.Fatalf("exit code %d, %v: %s%s", o.code, err, o.out, o.err)
	}
	if len(m.Rows) != 1 || m.Rows[0].Caught() || len(m.Missed()) != 1 {
		t.Errorf("the matrix is %+v", m)
	}
}
