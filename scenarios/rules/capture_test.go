package rules_test

import (
	"slices"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/google/go-cmp/cmp"
)

// What was before a headless timeline could excuse either choice: whether its
// first message was new, and whether the cap was reached. The middle of a thread
// is the middle all the same.
func TestHeadless(t *testing.T) {
	t.Parallel()
	const gap = 25 * time.Hour
	for _, c := range []struct {
		name string
		tell func(*story)
		want []string // headless
		more []string // with a head
	}{
		{"no call for the first message", func(s *story) { s.says("in1", "Hi").replies(thanks) }, nil, []string{"R2"}},
		{"a call for it", func(s *story) { hi(s).serves() }, nil, nil},
		{"no call for a returning customer", func(s *story) { hi(s).serves().waits(gap).says("in2", "Hi").replies(thanks) }, nil, []string{"R3"}},
		{"a call in the middle", func(s *story) { hi(s).serves().waits(time.Hour).says("in2", "Hi").serves() }, []string{"R4"}, []string{"R4"}},
		{"no reply", func(s *story) { hi(s).asks().sendsOffer() }, []string{"R37"}, []string{"R37"}},
		{"above the cap by what is seen", func(s *story) {
			s.Cap = 1
			hi(s).serves().waits(gap).says("in2", "Hi").serves()
		}, []string{"R6"}, []string{"R6"}},
	} {
		for _, headless := range []bool{true, false} {
			s := newStory()
			c.tell(s)
			e := s.closed()
			e.Headless = headless
			want := c.want
			if !headless {
				want = c.more
			}
			var got []string
			for _, f := range rules.Judge(e).Findings {
				got = append(got, f.Rule)
			}
			if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
				t.Errorf("%s, headless %v (-want +got):\n%s", c.name, headless, diff)
			}
		}
	}
}

// Which key is right depends on where it goes, and on whose traffic it is.
func TestLiveTraffic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		live            bool
		host, key, want string
	}{
		{false, "api.encorekit.com", "pk_test", ""},
		{false, "api.encorekit.com", "pk_live", "a pk_live_ key was used against the sandbox"},
		{true, "api.encorekit.com", "pk_live", ""},
		{true, "api.encorekit.com", "pk_test", "a pk_test_ key was used against production, api.encorekit.com"},
		{true, "127.0.0.1", "pk_test", ""},
		{true, "127.0.0.1", "pk_live", "a pk_live_ key was used against the sandbox"},
	} {
		s := newStory()
		s.Live = c.live
		hi(s).asks(func(t *turn) { t.request.Host, t.request.Credential = c.host, c.key }).sendsOffer().replies(thanks)
		got := ""
		for _, f := range rules.Judge(s.closed()).Findings {
			if f.Rule == "R12" {
				got = f.What
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c, diff)
		}
	}
}

// An offer within its own thread is composed for that thread, whatever is known
// of the message that it was for.
func TestOfferWithoutItsMessageIsNotAstray(t *testing.T) {
	t.Parallel()
	s := newStory()
	hi(s).serves()
	e := s.closed()
	e.Events = slices.DeleteFunc(e.Events, func(ev sim.Event) bool { _, ok := ev.Note.(note.InboundMessage); return ok })
	e.Incomplete = "no message of this customer is in the capture"
	if f := rules.JudgeRun([]rules.Evidence{e}).Findings; len(f) > 0 {
		t.Errorf("got %v", f)
	}
}
