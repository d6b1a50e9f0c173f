package rules_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	all := rules.All()
	if len(all) != 48 {
		t.Fatalf("got %d rules, want R1 to R48", len(all))
	}
	for i, rule := range all {
		if want := fmt.Sprintf("R%d", i+1); rule.ID != want {
			t.Errorf("rule %d is %s, want %s", i+1, rule.ID, want)
		}
		for _, sentence := range []string{rule.Duty, rule.Clause} {
			if sentence == "" || strings.HasSuffix(sentence, ".") {
				t.Errorf("%s: %q is empty or ends in a full stop", rule.ID, sentence)
			}
		}
		if !strings.HasPrefix(rule.Clause, "Encore integration guide, ") || rule.Fix == "" {
			t.Errorf("%s: clause %q names no section of the guide, or the fix is missing", rule.ID, rule.Clause)
		}
		if rule.Severity != rules.Must && rule.Severity != rules.Should {
			t.Errorf("%s has severity %q", rule.ID, rule.Severity)
		}
		judged := (rule.Judge != nil && rule.Needs != nil) || (rule.JudgeRun != nil && rule.NeedsRun != nil)
		if judged == (rule.Within != "") {
			t.Errorf("%s must either judge or name the rule that does", rule.ID)
		}
		if (rule.Scope == rules.ScopeRun) && rule.JudgeRun == nil {
			t.Errorf("%s compares threads and has no function for it", rule.ID)
		}
	}
}

// Every rule that judges a thread has a timeline in this package that breaks it.
func TestEveryThreadRuleIsBrokenBySomeTimeline(t *testing.T) {
	t.Parallel()
	var shown []string
	for _, b := range breaches() {
		shown = append(shown, b.rule)
	}
	for _, rule := range rules.All() {
		if rule.Judge != nil && !slices.Contains(shown, rule.ID) {
			t.Errorf("no timeline breaks %s", rule.ID)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	if rule, ok := rules.Lookup("R31"); !ok || rule.ID != "R31" {
		t.Errorf("R31 was not found")
	}
	if _, ok := rules.Lookup("R49"); ok {
		t.Errorf("R49 was found")
	}
}

// The golden verdict shows what a report is made of: sentences, proof, diff.
func TestVerdictGolden(t *testing.T) {
	t.Parallel()
	s := newStory()
	hi(s).asks(field(func(b *note.OfferBody) { b.ClientName = text("client-42"); b.ChatID = text(account) }))
	s.sendsOffer(func(o *note.Outgoing) {
		o.Payload = json.RawMessage(strings.Replace(string(o.Payload), "Free music", "Free Music", 1))
	})
	s.replies(thanks).waits(time.Hour).says("in2", "Open?").serves()
	got, err := json.MarshalIndent(rules.Judge(s.closed()), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "verdict.golden.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestHintsAreNoFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*note.OfferRequested)
		want   string
	}{
		"chatId is the phone number id": {func(q *note.OfferRequested) { q.Body.ChatID = text(account) }, "R21"},
		"plus":                          {func(q *note.OfferRequested) { q.Body.Recipient = text("+" + customer) }, "R18"},
		"unknown field":                 {func(q *note.OfferRequested) { q.Unknown = []string{"clientNmae"} }, "R13"},
		"short path":                    {func(q *note.OfferRequested) { q.Path = "/publisher/sdk/v1/offers/message" }, "R13"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory()
			v := rules.Judge(hi(s).asks(with(c.change)).sendsOffer().replies(thanks).closed())
			if len(v.Findings) != 0 || len(v.Hints) != 1 || v.Hints[0].Rule != c.want || v.Hints[0].Severity != rules.Hint {
				t.Errorf("got findings %+v and hints %+v; want one hint of %s", v.Findings, v.Hints, c.want)
			}
		})
	}
}

func TestAbsenceIsJudgedOnlyWhenTheBudgetIsSpent(t *testing.T) {
	t.Parallel()
	tell := func() *story { return hi(newStory()) }
	for name, c := range map[string]struct {
		evidence rules.Evidence
		want     []string
	}{
		"a moment later":              {tell().passes(time.Second).soFar(), nil},
		"budget spent":                {tell().passes(16 * time.Second).soFar(), []string{"R2", "R38"}},
		"closed":                      {tell().closed(), []string{"R2", "R38"}},
		"the clock was advanced":      {tell().waits(26 * time.Hour).soFar(), nil},
		"advanced, then budget spent": {tell().waits(26 * time.Hour).passes(16 * time.Second).soFar(), []string{"R2", "R38"}},
		"half a reply, budget runs":   {halfReply().soFar(), nil},
		"offer not sent yet":          {tell().asks().soFar(), nil},
		"offer not sent in time":      {tell().asks().replies(thanks).passes(16 * time.Second).soFar(), []string{"R36"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, broken(rules.Judge(c.evidence))); diff != "" {
				t.Errorf("rules with findings (-want +got):\n%s", diff)
			}
		})
	}
}

func halfReply() *story {
	s := newStory()
	s.Reply = []rules.ReplyText{{Text: thanks}, {Text: "We open at 11."}}
	return hi(s).asks().sendsOffer().replies(thanks)
}

func TestNowUnknownJudgesNoAbsence(t *testing.T) {
	t.Parallel()
	e := hi(newStory()).Evidence
	if got := broken(rules.Judge(e)); got != nil {
		t.Errorf("got findings of %v without knowing the time", got)
	}
}

func TestIncompleteTimelines(t *testing.T) {
	t.Parallel()
	s := newStory()
	s.Incomplete = "older exchanges were dropped"
	hi(s).asks(with(func(q *note.OfferRequested) { q.Credential = "pk_live" })).replies(thanks).replies(thanks)
	v := rules.Judge(s.closed())
	if diff := cmp.Diff([]string{"R12"}, broken(v)); diff != "" {
		t.Errorf("only what needs no head can be judged (-want +got):\n%s", diff)
	}
	want := rules.Unjudged{Rule: "R4", Reason: "the timeline is incomplete: older exchanges were dropped"}
	if !slices.Contains(v.NotJudged, want) {
		t.Errorf("got %+v; want it to hold %+v", v.NotJudged, want)
	}
}

// Messages that are far apart in the customer's time are no group, even when
// the first one was never answered.
func TestUnansweredMessageBeforeAnAdvanceStandsAlone(t *testing.T) {
	t.Parallel()
	v := rules.Judge(hi(newStory()).asks(noFill).waits(time.Hour).says("in2", "Anyone?").replies(thanks).closed())
	if diff := cmp.Diff([]string{"R38"}, broken(v)); diff != "" {
		t.Errorf("rules with findings (-want +got):\n%s", diff)
	}
	if v.Findings[0].Inbound != "in1" {
		t.Errorf("got a finding about %s, want in1", v.Findings[0].Inbound)
	}
}

// Live judging compares findings by key while the evidence grows.
func TestKeysStayWhileEvidenceGrows(t *testing.T) {
	t.Parallel()
	s := hi(newStory())
	for range 5 {
		s.asks(status(503)).passes(pause)
	}
	before := rules.Judge(s.soFar()).Findings
	after := rules.Judge(s.asks(status(503)).soFar()).Findings
	if len(before) != 1 || len(after) != 1 || before[0].What == after[0].What {
		t.Fatalf("want one R45 that grows, got %+v and %+v", before, after)
	}
	if diff := cmp.Diff(before[0].Key(), after[0].Key()); diff != "" {
		t.Errorf("key (-before +after):\n%s", diff)
	}
}

func TestFails(t *testing.T) {
	t.Parallel()
	should := rules.Judge(hi(newStory()).asks(field(func(b *note.OfferBody) { b.UserID = text(customer) })).sendsOffer().replies(thanks).closed())
	must := rules.Judge(hi(newStory()).closed())
	got := []bool{should.Fails(rules.Must), should.Fails(rules.Should), must.Fails(rules.Must), must.Fails(rules.Should)}
	if diff := cmp.Diff([]bool{false, true, true, true}, got); diff != "" {
		t.Errorf("should at must, should at should, must at must, must at should (-want +got):\n%s", diff)
	}
}

// Events arrive in the order of their records, which is not that of moments.
func TestOrderOfRecordsDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := newStory()
	hi(s).asks().replies(thanks).sendsOffer()
	e := s.closed()
	want := rules.Judge(e)
	e.Events = slices.Clone(e.Events)
	slices.Reverse(e.Events)
	if diff := cmp.Diff(want, rules.Judge(e)); diff != "" {
		t.Errorf("verdict after reversing the records (-want +got):\n%s", diff)
	}
}

func TestElapsed(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) time.Time { return time.Unix(1778695560, 0).Add(d) }
	advance := func(tick int64, thread string, by time.Duration) sim.Event {
		return sim.Event{N: tick, Tick: tick, At: at(0), Note: note.ClockAdvanced{Thread: thread, By: by}}
	}
	e := rules.Evidence{Thread: "t", Events: []sim.Event{
		advance(2, "t", time.Hour), advance(3, "", time.Hour), advance(4, "other", 3*time.Hour), advance(9, "t", time.Hour),
	}}
	for name, c := range map[string]struct {
		from, to rules.Moment
		want     time.Duration
	}{
		"own and workspace advances are taken off": {rules.Moment{Tick: 1, At: at(0)}, rules.Moment{Tick: 5, At: at(2*time.Hour + time.Second)}, time.Second},
		"an advance before does not matter":        {rules.Moment{Tick: 5, At: at(0)}, rules.Moment{Tick: 8, At: at(time.Second)}, time.Second},
		"never negative":                           {rules.Moment{Tick: 1, At: at(0)}, rules.Moment{Tick: 5, At: at(time.Second)}, 0},
	} {
		if got := e.Elapsed(c.from, c.to); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestLearnReply(t *testing.T) {
	t.Parallel()
	say := func(texts ...string) []note.Content {
		var list []note.Content
		for _, s := range texts {
			list = append(list, note.Content{Text: s})
		}
		return list
	}
	for name, c := range map[string]struct {
		first, second []note.Content
		want          []rules.ReplyText
	}{
		"the same twice":   {say("a", "b"), say("a", "b"), []rules.ReplyText{{Text: "a"}, {Text: "b"}}},
		"one part differs": {say("a", "18:05"), say("a", "18:06"), []rules.ReplyText{{Text: "a"}, {Varies: true}}},
		"pictures only":    {say(""), say(""), []rules.ReplyText{{Varies: true}}},
		"lengths differ":   {say("a"), say("a", "b"), nil},
		"no reply":         {nil, nil, nil},
	} {
		if diff := cmp.Diff(c.want, rules.LearnReply(c.first, c.second)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
