package contract

import (
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// ArtifactsVariable names the environment variable that stands in for
// Options.Artifacts.
const ArtifactsVariable = "ENCORE_SANDBOX_ARTIFACTS"

// artifactDir is where a test that failed leaves files, or empty: the directory
// that was asked for, with one below it for each test, or from Go 1.26 on that
// of go test -artifacts.
func (s *Sandbox) artifactDir(t testing.TB) string {
	if dir := cmp.Or(s.options.Artifacts, os.Getenv(ArtifactsVariable)); dir != "" {
		return filepath.Join(dir, filepath.FromSlash(path.Clean("/"+t.Name())))
	}
	keeper, able := t.(interface{ ArtifactDir() string })
	if f := flag.Lookup("test.artifacts"); able && f != nil && f.Value.String() == "true" {
		return keeper.ArtifactDir()
	}
	return ""
}

// saveJournal leaves the exchanges of some threads, or of all with nil, in the
// form of GET /_sandbox/v1/journal, and returns the file. Without a directory
// for it, it leaves nothing.
func (s *Sandbox) saveJournal(t testing.TB, threads map[string]bool) string {
	t.Helper()
	dir := s.artifactDir(t)
	if dir == "" {
		return ""
	}
	all, err := s.exchanges("", 0)
	kept := []sim.Entry{}
	for _, e := range all {
		if threads == nil || threads[e.Thread] {
			kept = append(kept, e)
		}
	}
	file := filepath.Join(dir, "journal.json")
	if err == nil {
		err = writeJSON(file, map[string]any{"exchanges": kept})
	}
	if err != nil {
		t.Errorf("contract: the journal is not saved: %v", err)
		return ""
	}
	return file
}

func writeJSON(file string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// saveFailed leaves the whole journal of a test that failed.
func (s *Sandbox) saveFailed() {
	if !s.t.Failed() {
		return
	}
	if file := s.saveJournal(s.t, nil); file != "" {
		s.t.Logf("contract: journal: %s", file)
	}
}
