package fakes_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestMetaOfTheConfiguration(t *testing.T) {
	t.Parallel()
	got, err := fakes.Config{
		Operators: []fakes.Operator{{ClientID: "c-1", Name: "Shop", PhoneNumberID: "77", Number: "1555", WABA: "78", Page: "79", Instagram: "80", PageToken: "EAApage"}},
		Templates: fakes.Templates{Meta: []meta.Template{{Name: "mine", Language: "en_US", Body: "Hi"}}},
		WhatsApp: fakes.WhatsApp{
			Failures: "sync", BSUID: true, NoWindow: true, RefusePastExpiry: true, ApproveAfter: "never", CountryCode: "49", IPLinks: true,
			Delays: fakes.WhatsAppDelays{Sent: "1s", Read: "never"}, MediaFile: 1000, MediaBytes: 2000, NewestVersion: "v26.0", WebhookVersion: "v23.0",
		},
		Limits:    fakes.Limits{Meta: fakes.MetaLimits{Documented: true, PerSecond: 5, CallsPerHour: 100, PagePerSecond: 7}},
		AppSecret: "s", VerifyToken: "v",
	}.Meta()
	if err != nil {
		t.Fatal(err)
	}
	want := meta.Config{
		Numbers:   []meta.Account{{Number: meta.Number{WABA: "78", PhoneNumberID: "77", Display: "1555", Version: 23}, ClientID: "c-1", Name: "Shop"}},
		Pages:     []meta.Page{{ID: "79", Instagram: "80", ClientID: "c-1", Name: "Shop", Token: "EAApage"}},
		AppSecret: "s", VerifyToken: "v", Templates: []meta.Template{{Name: "mine", Language: "en_US", Body: "Hi"}},
		Failures: meta.FailSync, BSUID: true, NoWindow: true, RefusePastExpiry: true, ApproveAfter: -1,
		Limits: meta.Limits{CountryCode: "49", AllowIPHosts: true},
		Delays: meta.Delays{Sent: time.Second, Delivered: 300 * time.Millisecond, Read: -1},
		Rates:  meta.Rates{PerSecond: 5, PairEvery: 6 * time.Second, PairBurst: 45, CallsPerHour: 100, PagePerSecond: 7, PageMediaPerSecond: 10, ConversationsPerSecond: 2, PrivateRepliesPerHour: 750},

		MediaFile: 1000, MediaBytes: 2000, Newest: 26,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Everything that is wrong is told at once, by its place in the file.
func TestMetaOfAWrongConfiguration(t *testing.T) {
	t.Parallel()
	_, err := fakes.Config{
		Templates: fakes.Templates{Meta: []meta.Template{
			{Language: "en_US", Body: "Hi"}, {Name: "a", Body: "Hi"}, {Name: "a", Language: "en_US"},
			{Name: "b", Language: "en_US", Body: "Hi"}, {Name: "b", Language: "en_US", Body: "Hi"},
		}},
		WhatsApp: fakes.WhatsApp{Failures: "loud", ApproveAfter: "soon", CountryCode: "+1", Delays: fakes.WhatsAppDelays{Read: "-1s"}, MediaBytes: -1, NewestVersion: "26"},
		Limits:   fakes.Limits{Meta: fakes.MetaLimits{PerSecond: -1, PairEvery: "often"}},
	}.Meta()
	var got []string
	for _, p := range encore.ProblemsOf(err) {
		got = append(got, fmt.Sprint(p))
	}
	want := []string{
		`templates.meta[0].name: is missing; it is what a send calls the template`,
		`templates.meta[1].language: is missing; write a code such as en_US`,
		`templates.meta[2].body: is missing; it is the template's text, with {{1}} for a parameter`,
		`templates.meta[4].name: b is there twice in en_US; give each template a name of its own`,
		`limits.meta.perSecond: -1 is negative; leave it out for no limit`,
		`limits.meta.pairEvery: "often" is no duration; write one such as 6s`,
		`whatsapp.countryCode: "+1" cannot be; write one such as 1`,
		`whatsapp.failures: "loud" is not known; write async or sync`,
		`whatsapp.approveAfter: "soon" is no duration; write one such as 5s, or never`,
		`whatsapp.delays.read: "-1s" is no duration; write one such as 5s, or never`,
		`whatsapp.newestVersion: "26" cannot be; write one such as v26.0`,
		`whatsapp.mediaBytes: -1 is negative; leave it out for the default`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := fakes.All(fakes.Config{WhatsApp: fakes.WhatsApp{Failures: "loud"}}); err == nil || !strings.Contains(err.Error(), "whatsapp.failures") {
		t.Errorf("All takes it: %v", err)
	}
}
