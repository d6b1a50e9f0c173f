package fakes_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestInteraktOfTheConfiguration(t *testing.T) {
	t.Parallel()
	got, err := fakes.Config{
		Operators: []fakes.Operator{{ClientID: "c-1", Name: "Shop", Interakt: "shop", InteraktKey: "k"}, {ClientID: "c-2", Name: "No Interakt"}},
		Templates: fakes.Templates{Interakt: []meta.Template{{Name: "mine", Language: "en", Body: "Hi"}}, Learn: true},
		Limits:    fakes.Limits{Interakt: fakes.InteraktLimits{Plan: "growth"}},
		InteraktSettings: fakes.Interakt{
			Secret: "s", Profile: "live-2026", StrictKeys: true, StrictSlash: true, LegacyTrack200: true, NoWindow: true, Failures: "async",
			Delays: fakes.WhatsAppDelays{Sent: "1s", Read: "never"},
		},
	}.Interakt()
	if err != nil {
		t.Fatal(err)
	}
	want := interakt.Config{
		Accounts: []interakt.Account{{Name: "shop", ClientID: "c-1", Operator: "Shop", Key: "k"}}, Secret: "s", StrictKeys: true, PerMinute: 300,
		Templates: []meta.Template{{Name: "mine", Language: "en", Body: "Hi"}}, Learn: true, Profile: interakt.Live2026,
		StrictSlash: true, LegacyTrack: true, NoWindow: true, LateFailures: true,
		Delays: meta.Delays{Sent: time.Second, Delivered: 300 * time.Millisecond, Read: -1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInteraktLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		limits    fakes.InteraktLimits
		unlimited bool
		want      int
	}{
		{"the help page's, by default", fakes.InteraktLimits{}, false, 40},
		{"the help page's, by name", fakes.InteraktLimits{Plan: "help"}, false, 40},
		{"growth", fakes.InteraktLimits{Plan: "growth"}, false, 300},
		{"advanced", fakes.InteraktLimits{Plan: "advanced"}, false, 600},
		{"none", fakes.InteraktLimits{Plan: "none"}, false, -1},
		{"one's own", fakes.InteraktLimits{Plan: "growth", PerMinute: 7}, false, 7},
		{"runs have none", fakes.InteraktLimits{}, true, -1},
		{"runs have what is configured", fakes.InteraktLimits{Plan: "help"}, true, 40},
	} {
		got, err := fakes.Config{Limits: fakes.Limits{Interakt: c.limits}, Unlimited: c.unlimited}.Interakt()
		if err != nil || got.PerMinute != c.want {
			t.Errorf("%s: %d (%v), want %d", c.name, got.PerMinute, err, c.want)
		}
	}
}

// Everything that is wrong is told at once, by its place in the file.
func TestInteraktOfAWrongConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config fakes.Config
		paths  string
	}{
		{fakes.Config{
			Templates:        fakes.Templates{Interakt: []meta.Template{{Language: "en", Body: "Hi"}}},
			InteraktSettings: fakes.Interakt{Profile: "live", Failures: "later", Delays: fakes.WhatsAppDelays{Sent: "soon"}},
			Limits:           fakes.Limits{Interakt: fakes.InteraktLimits{Plan: "starter"}},
		}, "interakt.profile limits.interakt.plan templates.interakt[0].name interakt.failures interakt.delays.sent"},
		{fakes.Config{Limits: fakes.Limits{Interakt: fakes.InteraktLimits{PerMinute: -1}}}, "limits.interakt.perMinute"},
	} {
		_, err := c.config.Interakt()
		var paths []string
		for _, p := range encore.ProblemsOf(err) {
			paths = append(paths, p.Path)
		}
		if diff := cmp.Diff(strings.Fields(c.paths), paths); diff != "" {
			t.Errorf("(-want +got):\n%s\n%v", diff, err)
		}
	}
}
