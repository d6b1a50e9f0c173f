package fakes_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestKaleyraOfTheConfiguration(t *testing.T) {
	t.Parallel()
	three := 3
	got, err := fakes.Config{
		Operators: []fakes.Operator{
			{ClientID: "c-1", Name: "Shop", PhoneNumberID: "77", WABA: "78", Kaleyra: "+15550100001"},
			{ClientID: "c-2", Name: "Without", PhoneNumberID: "79"},
		},
		Templates: fakes.Templates{Kaleyra: []meta.Template{{Name: "mine", Language: "en", Body: "Hi"}}, Learn: true},
		Limits:    fakes.Limits{Kaleyra: fakes.KaleyraLimits{PerDay: 5}},
		KaleyraSettings: fakes.Kaleyra{
			SID: "HXAP9IN", Balance: &three, Unavailable: true, V1: []string{"15550100001"}, RefusePastExpiry: true, NoWindow: true, MessageIDs: "short",
			Delays: fakes.WhatsAppDelays{Sent: "1s", Read: "never"},
		},
	}.Kaleyra()
	want := kaleyra.Config{
		SID: "HXAP9IN", Senders: []kaleyra.Sender{{Number: meta.Number{WABA: "78", PhoneNumberID: "77", Display: "15550100001"}, ClientID: "c-1", Name: "Shop"}},
		Templates: []meta.Template{{Name: "mine", Language: "en", Body: "Hi"}}, Learn: true, PerDay: 5,
		Balance: &three, Unavailable: true, V1: []string{"+15550100001"}, RefusePastExpiry: true, NoWindow: true, MessageIDs: kaleyra.IDShort,
		Delays: meta.Delays{Sent: time.Second, Delivered: 300 * time.Millisecond, Read: -1},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestKaleyraOfAWrongConfiguration(t *testing.T) {
	t.Parallel()
	less := -1
	wrong := fakes.Config{
		Operators: []fakes.Operator{{ClientID: "c-1", Kaleyra: "15550100001"}, {ClientID: "c-2", Kaleyra: "+1555010000l"}},
		Templates: fakes.Templates{Kaleyra: []meta.Template{{Language: "en", Body: "Hi"}}},
		Limits:    fakes.Limits{Kaleyra: fakes.KaleyraLimits{PerDay: -2}},
		KaleyraSettings: fakes.Kaleyra{
			SID: "HX/1", Balance: &less, V1: []string{"+15550100009"}, MessageIDs: "long", Delays: fakes.WhatsAppDelays{Sent: "soon"},
		},
	}
	_, err := wrong.Kaleyra()
	var got []string
	for _, p := range encore.ProblemsOf(err) {
		got = append(got, fmt.Sprint(p))
	}
	want := []string{
		`kaleyra.sid: "HX/1" cannot be; write one such as HXAP1691385017IN`,
		`operators[0].kaleyra: "15550100001" is no number with its plus; write one such as +15550783881`,
		`operators[1].kaleyra: "+1555010000l" is no number with its plus; write one such as +15550783881`,
		`templates.kaleyra[0].name: is missing; it is what a send calls the template`,
		`kaleyra.delays.sent: "soon" is no duration; write one such as 5s, or never`,
		`kaleyra.messageIds: "long" is not known; write uuid or short`,
		`kaleyra.balance: -1 is negative; leave it out for no limit`,
		`limits.kaleyra.perDay: -2 is negative; leave it out for no limit`,
		`kaleyra.v1[0]: "+15550100009" is no operator's Kaleyra sender`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := fakes.All(wrong); err == nil {
		t.Error("All takes it")
	}
}
