package fakes_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
)

func TestZokoOfTheConfiguration(t *testing.T) {
	t.Parallel()
	mine := []meta.Template{{Name: "mine", Language: "en", Body: "Hi"}}
	got, err := fakes.Config{
		Operators: []fakes.Operator{{ClientID: "c-1", Name: "Shop", Number: "1555", Zoko: "shop", ZokoKey: "k"}, {ClientID: "c-2", Name: "No account"}},
		Templates: fakes.Templates{Zoko: mine, Learn: true},
		ZokoSettings: fakes.Zoko{
			Profile: "docs", Expired: "fail", Seen: true, CustomerID: true, Lenient: true, Delays: fakes.WhatsAppDelays{Sent: "1s", Read: "never"},
		},
		Limits: fakes.Limits{Zoko: fakes.ZokoLimits{CustomerList: "300s"}},
	}.Zoko()
	if err != nil {
		t.Fatal(err)
	}
	want := zoko.Config{
		Accounts:  []zoko.Account{{ID: "shop", ClientID: "c-1", Name: "Shop", Number: "1555", Key: "k"}},
		Templates: mine, Learn: true, Profile: zoko.ProfileDocs, Expired: zoko.ExpiredFails, Seen: true, CustomerID: true, Lenient: true,
		Delays: meta.Delays{Sent: time.Second, Delivered: 300 * time.Millisecond, Read: -1}, CustomerListEvery: 300 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Everything that is wrong is told at once, by its place in the file.
func TestZokoOfAWrongConfiguration(t *testing.T) {
	t.Parallel()
	wrong := fakes.Config{
		Templates:    fakes.Templates{Zoko: []meta.Template{{Language: "en", Body: "Hi"}}},
		ZokoSettings: fakes.Zoko{Profile: "both", Expired: "later", Delays: fakes.WhatsAppDelays{Sent: "soon"}},
		Limits:       fakes.Limits{Zoko: fakes.ZokoLimits{CustomerList: "rarely"}},
	}
	_, err := wrong.Zoko()
	var got []string
	for _, p := range encore.ProblemsOf(err) {
		got = append(got, fmt.Sprint(p))
	}
	want := []string{
		`templates.zoko[0].name: is missing; it is what a send calls the template`,
		`zoko.profile: "both" is not known; write seed or docs`,
		`zoko.expired: "later" is not known; write refuse or fail`,
		`zoko.delays.sent: "soon" is no duration; write one such as 5s, or never`,
		`limits.zoko.customerList: "rarely" is no duration; write one such as 300s`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := fakes.All(wrong); err == nil {
		t.Error("All takes it")
	}
}
