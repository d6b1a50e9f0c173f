package contract

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// UpdateVariable names the environment variable that has golden files written
// anew, for packages whose tests have no flag -update.
const UpdateVariable = "ENCORE_SANDBOX_UPDATE"

// Transcript is what was said in a thread, or everywhere with an empty one, in
// the order of arrival: a line for each exchange with its answer and what was in
// it, and one for time that was let pass. It has no times, and ids are numbered
// as they appear, so that under the same seed a test writes the same transcript
// every time. Wait for Quiet first.
func (s *Sandbox) Transcript(t testing.TB, thread string) string {
	t.Helper()
	entries, err := s.exchanges(thread, 0)
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	events := s.passed(thread)
	var out strings.Builder
	names := named{}
	for _, e := range entries {
		for len(events) > 0 && events[0].Tick < e.Tick {
			fmt.Fprintf(&out, "     %s pass\n", events[0].Note.(note.ClockAdvanced).By)
			events = events[1:]
		}
		text := told(e)
		if thread == "" && e.Thread != "" {
			text += "  [" + names.of("thread", e.Thread) + "]"
		}
		out.WriteString(names.steady(text) + "\n")
	}
	return out.String()
}

// passed are the moments at which the clock of a thread was moved.
func (s *Sandbox) passed(thread string) (events []sim.Event) {
	if thread == "" {
		return nil
	}
	all, _, _ := s.Workspace().Timeline(context.Background(), thread)
	for _, e := range all {
		if by, ok := e.Note.(note.ClockAdvanced); ok && by.By >= time.Millisecond {
			events = append(events, e)
		}
	}
	return events
}

// Golden compares a thread's transcript, or that of all with an empty one, with
// testdata/<name>.txt. It waits until all is quiet. `go test -update` writes the
// file anew, where the package's tests have a flag of that name; else set
// ENCORE_SANDBOX_UPDATE=1.
func (s *Sandbox) Golden(t testing.TB, thread, name string) {
	t.Helper()
	s.Quiet(t, thread)
	got, file := s.Transcript(t, thread), filepath.Join("testdata", filepath.FromSlash(name)+".txt")
	if updating() {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatalf("contract: %v", err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatalf("contract: %v", err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("contract: there is no transcript to compare with: %v\n  fix: write it with go test -update, or %s=1", err, UpdateVariable)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("contract: the transcript differs from %s (-want +got):\n%s  fix: change the integration, or read the difference and write the file anew with go test -update, or %s=1",
			file, diff, UpdateVariable)
	}
}

// updating tells whether golden files are to be written.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true" || os.Getenv(UpdateVariable) == "1"
}

// named are the names by which a transcript calls what is random or long, in the
// order in which they appeared.
type named map[string]map[string]int

// of is the name of an id of a kind.
func (n named) of(kind, id string) string {
	if n[kind] == nil {
		n[kind] = map[string]int{}
	}
	if n[kind][id] == 0 {
		n[kind][id] = len(n[kind]) + 1
	}
	return fmt.Sprintf("<%s %d>", kind, n[kind][id])
}

// unsteady are the parts of a line that differ from one start to the next, and
// what a transcript calls them.
var unsteady = []struct {
	kind string
	form *regexp.Regexp
}{
	{"message", regexp.MustCompile(`wamid\.[A-Za-z0-9+/=]+|\bm_[A-Za-z0-9_-]{20,}|\baWdf[A-Za-z0-9_-]{20,}`)},
	{"id", regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b`)},
	{"port", regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)},
}

// steady writes a line with names in the place of what differs.
func (n named) steady(text string) string {
	for _, u := range unsteady {
		text = u.form.ReplaceAllStringFunc(text, func(id string) string { return n.of(u.kind, id) })
	}
	return text
}
