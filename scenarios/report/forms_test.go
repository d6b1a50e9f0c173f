package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/junit/junittest"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostile is text as a customer may write it who tests the reader's defences.
const hostile = `</svg><script>alert("1")</script><img src=x onerror=alert(2)> | **bold** ::error::x %0A`

// aRun has one story of each outcome, a waived finding, a hostile customer and
// an unanswered call.
func aRun() Report {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	event := func(n int64, seconds int, notes ...sim.Note) (events []sim.Event) {
		for _, m := range notes {
			events = append(events, sim.Event{N: n, Tick: n, At: at.Add(time.Duration(seconds) * time.Second), Note: m})
		}
		return events
	}
	var events []sim.Event
	for _, more := range [][]sim.Event{
		event(1, 0, note.InboundMessage{ID: "m1", Text: hostile, Delivery: 1}, note.WebhookAcked{Status: 200}),
		event(2, 1, note.OfferRequested{}, note.OfferAnswered{Fault: "fault-1"}),
		event(3, 2, note.MessageSent{Outgoing: replyMessage("o1")}),
		event(4, 3, note.MessageSent{Outgoing: offerMessage("o2")}),
		event(5, 4, note.ClockAdvanced{By: 26 * time.Hour}),
	} {
		events = append(events, more...)
	}
	late := rules.Finding{Rule: "R36", Severity: rules.Must, Thread: textThread, What: "the reply went first", Exchanges: []int64{4, 3}, Diff: "- a\n+ b\n"}
	return Report{
		Seed: 7, Run: "ab12", Elapsed: 1500 * time.Millisecond,
		Verdict: rules.Verdict{Findings: []rules.Finding{{Rule: "R44", Severity: rules.Should, What: "all waits are alike"}}},
		Results: []Result{
			{Story: "held", Channel: "whatsapp", Outcome: Passed, Elapsed: 20 * time.Millisecond, Verdict: rules.Verdict{
				Judged: []string{"R1"}, NotJudged: []rules.Unjudged{{Rule: "R23", Reason: "no call carried requestId"}},
				Waived: []rules.Waiver{{Finding: rules.Finding{Rule: "R10", Severity: rules.Should, What: "offered to who opted out"}, Reason: "no opt-outs here", Until: "2026-12-31"}},
			}},
			{
				Story: "broke", About: "What should happen.", Channel: "whatsapp", Outcome: Failed, Elapsed: 30 * time.Millisecond,
				Steps: []StepFailure{{File: "mine.yaml", Line: 3, Thread: textThread, Text: hostile, Mismatches: []story.Mismatch{
					{Pos: story.Pos{Line: 5}, Expected: "offer sent", Got: `reply sent "` + hostile + `"`},
				}}},
				Verdict:  rules.Verdict{Judged: []string{"R36"}, Findings: []rules.Finding{late}},
				Evidence: []rules.Evidence{{Thread: textThread, Channel: "whatsapp", Events: events}},
			},
			{Story: "held", Channel: "zoko", Outcome: NotPlayed, Reason: "integrator has cap 3"},
			{Story: "off", Channel: "zoko", Outcome: Errored, Reason: "could not be played to its end"},
		},
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(io.Writer) error{
		"run.xml":  func(w io.Writer) error { return JUnit(w, aRun(), rules.Must) },
		"run.html": func(w io.Writer) error { return HTML(w, aRun(), "encore-sandbox run broke --seed 7") },
		"run.md":   func(w io.Writer) error { _, err := io.WriteString(w, Markdown(aRun())); return err },
		"run.txt":  func(w io.Writer) error { _, err := io.WriteString(w, Annotations(aRun())); return err },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if strings.HasSuffix(name, ".xml") {
			if err := junittest.Validate(b.Bytes()); err != nil {
				t.Error(err)
			}
		}
	}
}

// A duty that is advice fails the suite only where advice counts.
func TestJUnitGoesByTheLevelThatFails(t *testing.T) {
	t.Parallel()
	for level, want := range map[rules.Severity]int{rules.Must: 2, rules.Should: 3} {
		var b bytes.Buffer
		if err := JUnit(&b, aRun(), level); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(b.String(), "<failure "); got != want {
			t.Errorf("%s: %d failures, want %d", level, got, want)
		}
	}
}

// Nothing that a customer writes may become markup of the page.
func TestPageIsProofAgainstItsTexts(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := HTML(&b, aRun(), hostile); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "script" || e.Name.Local == "img" {
			t.Errorf("the page has an element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") {
				t.Errorf("%s has an attribute %s", e.Name.Local, a.Name.Local)
			}
		}
	}
}

// A burst draws the guilty first and says how many it leaves out.
func TestPageBoundsDiagrams(t *testing.T) {
	t.Parallel()
	r := Result{Outcome: Failed}
	for i := range 50 {
		r.Evidence = append(r.Evidence, rules.Evidence{Thread: "whatsapp:1:" + strings.Repeat("9", i+1)})
	}
	if s := storyOf(r, "s1"); len(s.Threads) != mostDiagrams || s.More != 50-mostDiagrams {
		t.Errorf("%d drawn, %d left out", len(s.Threads), s.More)
	}
	r.Steps = []StepFailure{{Thread: "whatsapp:1:999"}}
	if s := storyOf(r, "s1"); len(s.Threads) != 1 || s.Threads[0].Thread != "whatsapp:1:999" || s.More != 49 {
		t.Errorf("%d drawn, %d left out; want the guilty one alone", len(s.Threads), s.More)
	}
}
