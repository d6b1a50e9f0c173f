package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/google/go-cmp/cmp"
)

// cast is several threads of one run. Exchange numbers are shared, as in a journal.
type cast struct{ stories []*story }

func (c *cast) thread(channel, account, customer string) *story {
	s := newStory().on(channel, account, customer)
	s.n = int64(1000 * len(c.stories))
	c.stories = append(c.stories, s)
	return s
}

func (c *cast) evidence() []rules.Evidence {
	var all []rules.Evidence
	for _, s := range c.stories {
		all = append(all, s.closed())
	}
	return all
}

// verdict judges every thread and the run, as a report does.
func (c *cast) verdict() rules.Verdict {
	all := c.evidence()
	verdicts := []rules.Verdict{rules.JudgeRun(all)}
	for _, e := range all {
		verdicts = append(verdicts, rules.Judge(e))
	}
	return rules.Merge(verdicts...)
}

// misdirects composes an offer in one thread and sends it in another, which
// has no message of its own.
func misdirects(from, to *story) {
	hi(from).asks().replies(thanks)
	to.Incomplete = "no message from this sandbox"
	to.offer = from.offer
	to.sendsOffer()
}

// retried makes threads with the given pauses before each retry; the function
// gets the number of the thread.
func retried(c *cast, threads int, pauses func(i int) []time.Duration) {
	for i := range threads {
		s := hi(c.thread("whatsapp", account, fmt.Sprint(15014005001+i))).asks(status(503))
		for _, p := range pauses(i) {
			s.passes(p - time.Millisecond).asks(status(503))
		}
		s.replies(thanks)
	}
}

func ms(n ...int) []time.Duration {
	list := make([]time.Duration, len(n))
	for i := range n {
		list[i] = time.Duration(n[i]) * time.Millisecond
	}
	return list
}

// runBreaking is a run that breaks one rule and no other.
type runBreaking struct {
	name string
	rule string
	what string
	tell func(*cast)
}

func crossThreadBreaches() []runBreaking {
	return []runBreaking{
		{"clientId per conversation", "R15", `"c-2" here and "client-42"`, func(c *cast) {
			hi(c.thread("whatsapp", account, "1")).serves()
			hi(c.thread("whatsapp", account, "2")).asks(field(func(b *note.OfferBody) { b.ClientID = text("c-2") })).sendsOffer().replies(thanks)
		}},
		{"clientId per platform", "R15", "for the same operator", func(c *cast) {
			for _, s := range []*story{c.thread("messenger", "1", "900"), c.thread("instagram", "2", "901")} {
				s.Operator = "tonys"
				hi(s).asks(field(func(b *note.OfferBody) { b.ClientID = text("client-" + s.platform()) })).sendsOffer().replies(thanks)
			}
		}},
		{"one clientId for two operators", "R15", "used for noor and for tonys", func(c *cast) {
			for i, operator := range []string{"noor", "tonys"} {
				s := c.thread("whatsapp", fmt.Sprint(i), fmt.Sprint(i))
				s.Operator = operator
				hi(s).serves()
			}
		}},
		{"clientId per conversation, the operator known of one", "R15", "for the same operator", func(c *cast) {
			known := c.thread("whatsapp", account, "1")
			known.Operator = "tonys"
			hi(known).serves()
			hi(c.thread("whatsapp", account, "2")).asks(field(func(b *note.OfferBody) { b.ClientID = text("c-2") })).sendsOffer().replies(thanks)
		}},
		{"one chatId for all", "R21", "shared by the customers 1 and 2", func(c *cast) {
			for _, customer := range []string{"1", "2"} {
				hi(c.thread("whatsapp", account, customer)).asks(field(func(b *note.OfferBody) { b.ChatID = text("chat") })).sendsOffer().replies(thanks)
			}
		}},
		{"an offer for another customer", "R31", "composed for 1 was sent to 2", func(c *cast) {
			misdirects(c.thread("whatsapp", account, "1"), c.thread("whatsapp", account, "2"))
		}},
		{"an offer from another number", "R32", "from 999", func(c *cast) {
			misdirects(c.thread("whatsapp", account, "1"), c.thread("whatsapp", "999", "1"))
		}},
		{"an offer from another account of a provider", "R32", "from noor", func(c *cast) {
			misdirects(c.thread("interakt", "tonys", "1"), c.thread("interakt", "noor", "1"))
		}},
		{"one chatId for all customers of a provider", "R21", "shared by the customers 1 and 2", func(c *cast) {
			for _, customer := range []string{"1", "2"} {
				s := c.thread("zoko", "tonys", customer)
				s.chats = []string{"customer-" + customer}
				hi(s).asks(field(func(b *note.OfferBody) { b.ChatID = text("customer-1") })).sendsOffer().replies(thanks)
			}
		}},
		{"an offer from another page", "R33", "from 999", func(c *cast) {
			misdirects(c.thread("messenger", "1", "900"), c.thread("messenger", "999", "900"))
		}},
		{"an offer on another platform", "R35", "composed for whatsapp was sent on facebook", func(c *cast) {
			misdirects(c.thread("whatsapp", account, "1"), c.thread("messenger", "1", "900"))
		}},
	}
}

func pauseBreaches() []runBreaking {
	return []runBreaking{
		{"no pause in single retries", "R44", "there is no backoff", func(c *cast) {
			retried(c, 5, func(int) []time.Duration { return ms(1) })
		}},
		{"no jitter", "R44", "pause 1 is the same in all 5 threads (about 200ms)", func(c *cast) {
			retried(c, 5, func(i int) []time.Duration { return ms(200, 1000+i*90) })
		}},
		{"no jitter in the second pause", "R44", "pause 2 is the same", func(c *cast) {
			retried(c, 5, func(i int) []time.Duration { return ms(200+9*i, 1000) })
		}},
		{"no growth", "R44", "their medians are 220ms, 220ms, 220ms", func(c *cast) {
			retried(c, 5, func(i int) []time.Duration { return ms(200+10*i, 240-10*i, 200+10*i) })
		}},
		{"no growth under full jitter", "R44", "do not grow", func(c *cast) {
			retried(c, 20, func(i int) []time.Duration { return ms(10+50*i, 10+50*((i*7)%20)) })
		}},
	}
}

func TestRunBreachesAreReportedByOneRule(t *testing.T) {
	t.Parallel()
	for _, b := range append(crossThreadBreaches(), pauseBreaches()...) {
		t.Run(b.rule+" "+b.name, func(t *testing.T) {
			t.Parallel()
			c := &cast{}
			b.tell(c)
			v := c.verdict()
			if diff := cmp.Diff([]string{b.rule}, broken(v)); diff != "" {
				t.Fatalf("rules with findings (-want +got):\n%s\n%+v", diff, v.Findings)
			}
			if f := v.Findings[0]; !strings.Contains(f.What, b.what) || len(f.Exchanges) == 0 || f.Thread == "" {
				t.Errorf("got %+v; want a finding that says %q, with thread and exchanges", f, b.what)
			}
		})
	}
}

func TestConformingRunsHaveNoFindings(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]func(*cast){
		"one operator on three platforms": func(c *cast) {
			for i, channel := range []string{"whatsapp", "messenger", "instagram"} {
				s := c.thread(channel, fmt.Sprint(i), fmt.Sprint(i))
				s.Operator = "tonys"
				hi(s).serves()
			}
		},
		"the phone number id as everybody's chatId": func(c *cast) {
			for _, customer := range []string{"1", "2"} {
				hi(c.thread("whatsapp", account, customer)).asks(field(func(b *note.OfferBody) { b.ChatID = text(account) })).sendsOffer().replies(thanks)
			}
		},
		"the phone number id of a reseller's sender as everybody's chatId": func(c *cast) {
			for _, customer := range []string{"1", "2"} {
				s := c.thread("kaleyra", "+15550783881", customer)
				s.chats = []string{account, "15550783881"}
				hi(s).asks(field(func(b *note.OfferBody) { b.ChatID = text(account) })).sendsOffer().replies(thanks)
			}
		},
		"one operator with accounts of the same name at two providers": func(c *cast) {
			for _, channel := range []string{"interakt", "zoko"} {
				s := c.thread(channel, "tonys", "1")
				s.Operator = "tonys"
				hi(s).serves()
			}
		},
		"one customer with two operators and one key for both": func(c *cast) {
			for i := range 2 {
				hi(c.thread("whatsapp", fmt.Sprint(i), "1")).asks(field(func(b *note.OfferBody) {
					b.ChatID, b.ClientID = text("1"), text(fmt.Sprint("client-", i))
				})).sendsOffer().replies(thanks)
			}
		},
		"documented backoff with some jitter": func(c *cast) {
			retried(c, 6, func(i int) []time.Duration { return ms(180+8*i, 900+40*i, 4500+200*i) })
		},
		"full jitter on a doubling base, unlucky draws": func(c *cast) {
			retried(c, 5, func(i int) []time.Duration { return ms(20+45*i, 10+95*((i+3)%5)) })
		},
		"four rigid threads are too few": func(c *cast) {
			retried(c, 4, func(int) []time.Duration { return ms(200, 200) })
		},
		"one retry each": func(c *cast) { retried(c, 8, func(i int) []time.Duration { return ms(20 * (i + 1)) }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &cast{}
			tell(c)
			if diff := cmp.Diff([]rules.Finding{}, c.verdict().Findings); diff != "" {
				t.Errorf("findings on a conforming run (-want +got):\n%s", diff)
			}
		})
	}
}

// A delivery callback for an impression that nobody was given is in no thread.
func TestCallbackThatNoThreadClaims(t *testing.T) {
	t.Parallel()
	c := &cast{}
	hi(c.thread("whatsapp", account, "1")).serves().confirms()
	homeless := newStory()
	homeless.n = 5000
	homeless.confirms(func(d *note.DeliveryConfirmed) { d.ImpressionID, d.Known = "f00", false })
	homeless.Thread = ""
	want := []rules.Finding{{
		Rule: "R27", Severity: rules.Must, Exchanges: []int64{5001},
		What: `delivery was confirmed for "f00", which is no impression that this sandbox gave`,
	}}
	if diff := cmp.Diff(want, rules.JudgeRun(append(c.evidence(), homeless.closed())).Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]rules.Finding{}, c.verdict().Findings); diff != "" {
		t.Errorf("findings without it (-want +got):\n%s", diff)
	}
}

// The order in which threads are handed over must not matter.
func TestRunVerdictDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	c := &cast{}
	for i := range 3 {
		hi(c.thread("whatsapp", account, fmt.Sprint(i))).asks(field(func(b *note.OfferBody) { b.ChatID = text("chat") })).sendsOffer().replies(thanks)
	}
	all := c.evidence()
	want := rules.JudgeRun(all)
	if len(want.Findings) != 2 {
		t.Fatalf("got %d findings, want one for each further customer: %+v", len(want.Findings), want.Findings)
	}
	all[0], all[2] = all[2], all[0]
	if diff := cmp.Diff(want, rules.JudgeRun(all)); diff != "" {
		t.Errorf("verdict changed with the order of threads (-want +got):\n%s", diff)
	}
}

// A thread that merely shares the run with a misdirected offer keeps its R36.
func TestMergeDropsOnlyTheUnsentOfferThatWentElsewhere(t *testing.T) {
	t.Parallel()
	c := &cast{}
	misdirects(c.thread("whatsapp", account, "1"), c.thread("whatsapp", account, "2"))
	hi(c.thread("whatsapp", account, "3")).asks(field(func(b *note.OfferBody) { b.ClientName = b.ClientID })).replies(thanks)
	if diff := cmp.Diff([]string{"R16", "R31", "R36"}, broken(c.verdict())); diff != "" {
		t.Errorf("rules with findings (-want +got):\n%s", diff)
	}
}

func TestPausesLeaveOutAdvancesOfTheClock(t *testing.T) {
	t.Parallel()
	c := &cast{}
	for i := range 5 {
		s := hi(c.thread("whatsapp", account, fmt.Sprint(i))).asks(status(503))
		s.waits(time.Duration(1+i) * time.Minute)
		s.asks(status(503)).replies(thanks)
	}
	v := rules.JudgeRun(c.evidence())
	if len(v.Findings) != 1 || !strings.Contains(v.Findings[0].What, "there is no backoff") {
		t.Errorf("got %+v; want a missing backoff, because only the clock was advanced between attempts", v.Findings)
	}
}
