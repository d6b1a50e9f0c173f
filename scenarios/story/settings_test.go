package story

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) *Story {
	t.Helper()
	s, err := Parse("test.yaml", []byte("name: test\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPlayable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		set        Settings
		want       string
	}{
		{"no needs", "steps: [{customer: Hi}]", Settings{}, ""},
		{"needs met", "needs: {cap: 0}\nsteps: [{customer: Hi}]", Settings{Cap: 0}, ""},
		{"needs another cap", "needs: {cap: 0}\nsteps: [{customer: Hi}]", Settings{Cap: 3}, "integrator has cap 3"},
		{"needs a higher cap", "needs: {cap: 2..}\nsteps: [{customer: Hi}]", Settings{Cap: 1}, "integrator has cap 1"},
		{
			"repeat below zero", "steps: [{repeat: cap - 1, steps: [{customer: Hi}]}]", Settings{},
			"integrator has cap 0, too low for repeat: cap - 1",
		},
		{"repeat of zero rounds", "steps: [{repeat: cap - 1, steps: [{customer: Hi}]}]", Settings{Cap: 1}, ""},
		{"offers within the cap", "steps: [{given: {offers: 3}}]", Settings{Cap: 3}, ""},
		{"offers over the cap", "steps: [{given: {offers: 3}}]", Settings{Cap: 2}, "integrator has cap 2, too low for 3 earlier offers"},
		{"offers below zero", "steps: [{given: {offers: cap - 1}}]", Settings{}, "integrator has cap 0, too low for offers: cap - 1"},
		{
			"gap shorter than what is taken off", "steps: [{wait: idle - 1m}]", Settings{IdleGap: 30 * time.Second},
			"integrator has idle gap 30s, too short for wait: idle - 1m",
		},
		{"the same in real time", "steps: [{wait: idle - 1m}]", Settings{IdleGap: 30 * time.Second, MaxExtra: time.Second}, ""},
		{
			"quiet is a wait", "steps: [{given: {offers: 0, quiet: idle - 1d}}]", Settings{},
			"integrator has idle gap 1d, too short for quiet: idle - 1d",
		},
		{"another business", "steps: [{customer: Hi, operator: 2}]", Settings{Operators: 2}, ""},
		{
			"a business too many", "steps: [{customer: Hi, operator: 2}]", Settings{Operators: 1},
			"integrator answers for 1 operator(s), as far as operators in sandbox.yaml say",
		},
		{
			"inside a repeat", "steps: [{repeat: 2, steps: [{wait: idle - 2d}]}]", Settings{},
			"integrator has idle gap 1d, too short for wait: idle - 2d",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := parse(t, c.text).Playable(c.set); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPlanUnrolls(t *testing.T) {
	t.Parallel()
	s := parse(t, `
steps:
  - customer: first
  - repeat: cap - 1
    steps:
      - customer: back
      - repeat: 2
        steps: [{customer: more}]
  - customer: last
`)
	for _, c := range []struct {
		cap  int
		want []string
	}{
		{0, []string{"first 0", "last 0"}},
		{1, []string{"first 0", "last 0"}},
		{3, []string{"first 0", "back 1", "more 1", "more 2", "back 2", "more 1", "more 2", "last 0"}},
	} {
		var got []string
		for _, turn := range s.Plan(Settings{Cap: c.cap}) {
			got = append(got, fmt.Sprintf("%s %d", turn.Step.Customer.Text, turn.Round))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("cap %d (-want +got):\n%s", c.cap, diff)
		}
	}
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	stories, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range stories {
		got = append(got, s.Name)
		if s.File != s.Name+".yaml" {
			t.Errorf("story %s is in %s; a story is found by its file's name", s.Name, s.File)
		}
		if s.About == "" {
			t.Errorf("%s: reports need about", s.File)
		}
		if reason := s.Playable(s.Fit(Settings{Cap: 3})); reason != "" {
			t.Errorf("%s cannot be played with settings that fit it: %s", s.File, reason)
		}
		judges(t, s)
	}
	if len(got) < 40 {
		t.Errorf("the library has %d stories, want 40 at least: %v", len(got), got)
	}
}

// judges holds that every message of a shipped story is judged.
func judges(t *testing.T, s *Story) {
	t.Helper()
	for _, turn := range s.Plan(s.Fit(Settings{Cap: 3})) {
		if turn.Step.Customer != nil && turn.Step.Expect == nil && !turn.Step.Meanwhile {
			t.Errorf("%s:%d: a message without expect", s.File, turn.Step.Pos.Line)
		}
	}
}

// A reply that is expected is the whole normal reply, of however many messages.
func TestRepeated(t *testing.T) {
	t.Parallel()
	expect := []Expectation{
		{Word: OfferSent, Times: Range{1, 1}},
		{Word: ReplySent, Times: Range{1, 2}},
		{Word: ReplyRefused, Times: Range{1, Unbounded}},
		{Word: ReplySent, Times: Range{1, 1}, Text: "Bye"},
	}
	twice := []Expectation{
		{Word: OfferSent, Times: Range{1, 1}},
		{Word: ReplySent, Times: Range{2, 4}},
		{Word: ReplyRefused, Times: Range{2, Unbounded}},
		{Word: ReplySent, Times: Range{1, 1}, Text: "Bye"},
	}
	for messages, want := range map[int][]Expectation{0: expect, 1: expect, 2: twice} {
		if diff := cmp.Diff(want, Repeated(expect, messages)); diff != "" {
			t.Errorf("a reply of %d messages (-want +got):\n%s", messages, diff)
		}
	}
}
