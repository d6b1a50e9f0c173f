package scenarios_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// A test in any language: make a customer, write, and ask until when what has
// happened. Patterns are in the words of stories, or exact.
func TestExpectOverHTTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sinceBubblesBegin = 27 * 365 * 24 * time.Hour // for the campaigns to run
		sb := newSandbox(t, scenarios.Options{Seed: 1, Clock: clock.NewWall(sinceBubblesBegin)})
		if err := sb.BuiltIn(sb.Default(), nil, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			why, fate, patterns string
			status              int
			met                 []string
		}{
			{"the words of stories", "", `["meta.message","offer requested 200","offer sent","reply sent","meta.status: /delivered/"]`, 200,
				[]string{"meta.message", "offer requested 200", "offer sent", "reply sent", "meta.status: /delivered/"}},
			{"Encore is down for this customer", "500", `["offer requested 500","reply sent"]`, 200, []string{"offer requested 500", "reply sent"}},
			{"and so there is no offer", "500", `["offer requested","offer sent"]`, 417, []string{"offer requested"}},
			{"a retry repeats the id and the fields", "829",
				`["offer requested 429",{"what":"offer requested 200","request":{"inboundMessageId":"/^wamid/"},"response":{"offer.clickUrl":"*"},"note":{"kind":"OfferDecided","fields":{"duplicate":null}}}]`,
				200, []string{"offer requested 429", `offer requested 200, note OfferDecided, OfferDecided.duplicate = null, request inboundMessageId = /^wamid/, response offer.clickUrl = *`}},
		} {
			thread := customer(t, sb, c.fate)
			status, data := send(t, sb, "POST", "/_sandbox/v1/journal/expect", fmt.Sprintf(`{"thread":%q,"patterns":%s,"within":"20s"}`, thread, c.patterns))
			var got struct{ Matched []struct{ Wanted string } }
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			var met []string
			for _, m := range got.Matched {
				met = append(met, m.Wanted)
			}
			if diff := cmp.Diff(c.met, met); status != c.status || diff != "" {
				t.Errorf("%s: status %d, want %d; patterns that are met (-want +got):\n%s\n%s", c.why, status, c.status, diff, data)
			}
		}
	})
}

// customer makes a customer, who writes, and returns the thread.
func customer(t *testing.T, sb *scenarios.Sandbox, fate string) string {
	t.Helper()
	_, data := send(t, sb, "POST", "/_sandbox/v1/customers", fmt.Sprintf(`{"fate":%q}`, fate))
	var made struct{ Customer, Thread string }
	if err := json.Unmarshal(data, &made); err != nil {
		t.Fatal(err)
	}
	if status, data := send(t, sb, "POST", "/_sandbox/v1/messages", fmt.Sprintf(`{"from":%q,"text":"Hi"}`, made.Customer)); status != 200 {
		t.Fatalf("%d %s", status, data)
	}
	return made.Thread
}

// A customer is made for a channel, an account, a fate or a country.
func TestCustomersOverHTTP(t *testing.T) {
	t.Parallel()
	sb := newSandbox(t, scenarios.Options{Seed: 1})
	for _, c := range []struct {
		body   string
		status int
		want   string // what the customer begins with, or the error has in it
	}{
		{`{}`, 200, "1"},
		{`{"country":"IN"}`, 200, "919"},
		{`{"country":"br","channel":"kaleyra"}`, 200, "5511"},
		{`{"country":"DE","channel":"interakt","account":"client-43"}`, 200, "4915"},
		{`{"country":"SG","channel":"zoko"}`, 200, "659"},
		{`{"fate":"503"}`, 200, "1500"},
		{`{"fate":"503","channel":"instagram"}`, 200, "17"},
		{`{"country":"ZZ"}`, 400, `no mobile numbers of country \"ZZ\" are known; use one of AE, `},
		{`{"country":"IN","channel":"messenger"}`, 400, "customers of messenger have no phone number, so no country; leave it out"},
		{`{"country":"IN","fate":"503"}`, 400, "a number that decides a fate is an American one"},
	} {
		status, data := send(t, sb, "POST", "/_sandbox/v1/customers", c.body)
		var made struct{ Customer string }
		_ = json.Unmarshal(data, &made)
		if status != c.status || !strings.HasPrefix(made.Customer, c.want) && !strings.Contains(string(data), c.want) {
			t.Errorf("%s: %d %s, want %d and %s", c.body, status, data, c.status, c.want)
		}
	}
}
