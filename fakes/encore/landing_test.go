package encore

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

func page(t *testing.T, render func(Page) ([]byte, error), p Page) string {
	t.Helper()
	html, err := render(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

func TestLandingPages(t *testing.T) {
	t.Parallel()
	p := Page{Brand: "Nagmati", Title: "4 أشهر مجانية", Subtitle: "للأعضاء الجدد فقط", Image: "https://example.com/a.png", Language: "ar-EG"}
	goldentest.Check(t, "landing.html", []byte(page(t, Landing, p)))
	goldentest.Check(t, "completed.html", []byte(page(t, Completed, p)))
	goldentest.Check(t, "untapped.html", []byte(page(t, Untapped, p)))
}

// TestTitleNamesTheBrandOnce: titles of the default catalog begin with it.
func TestTitleNamesTheBrandOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, brand, title, want string }{
		{"a title without the brand", "Nagmati", "4 months free", "Nagmati: 4 months free"},
		{"a title that begins with it", "Nagmati", "Nagmati: 4 months free", "Nagmati: 4 months free"},
		{"nothing but the brand", "Nagmati", "Nagmati", "Nagmati"},
		{"a sign of another script after it", "Kazemori", "Kazemori：3か月無料", "Kazemori：3か月無料"},
		{"a longer word", "Nag", "Nagmati is here", "Nag: Nagmati is here"},
		{"the brand later on", "Nagmati", "Try Nagmati", "Nagmati: Try Nagmati"},
	} {
		html := page(t, Landing, Page{Brand: c.brand, Title: c.title})
		_, rest, _ := strings.Cut(html, "<title>")
		got, _, _ := strings.Cut(rest, "</title>")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if label := strings.Contains(html, `class="brand"`); label != (c.want != c.title) {
			t.Errorf("%s: a line with the brand above the title: %t, want it only where the title does not begin with it", c.name, label)
		}
	}
}

func TestLandingEscapesEverything(t *testing.T) {
	t.Parallel()
	attack := `"><script>alert(1)</script><img src=x onerror=y>`
	html := page(t, Landing, Page{Brand: attack, Title: attack, Subtitle: attack, Image: "javascript:alert(1)", Language: attack})
	for _, forbidden := range []string{"<script", "<img src=x", "javascript:"} {
		if strings.Contains(html, forbidden) {
			t.Errorf("the page contains %s:\n%s", forbidden, html)
		}
	}
}

func TestLandingStates(t *testing.T) {
	t.Parallel()
	if early := page(t, Untapped, Page{Brand: "B", Title: "T"}); !strings.Contains(early, "<form") || !strings.Contains(early, "not tapped yet") {
		t.Errorf("who did not come by the link is not told so, or cannot go on:\n%s", early)
	}
	before, after := page(t, Landing, Page{Brand: "B", Title: "T"}), page(t, Completed, Page{Brand: "B", Title: "T"})
	const form = `<form method="post"><button`
	if !strings.Contains(before, form) || strings.Contains(after, "<form") || !strings.Contains(after, "Completed.") {
		t.Errorf("only the first page has the form, only the second says completed:\n%s\n%s", before, after)
	}
	if strings.Contains(before, "<img") || !strings.Contains(before, `<html lang="en" dir="ltr">`) {
		t.Errorf("without image and language the page has no picture and is English:\n%s", before)
	}
}

// TestLandingPolicyAllowsTheStyle recomputes the hash as a browser would, from
// what stands between the style tags of the finished page.
func TestLandingPolicyAllowsTheStyle(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(page(t, Landing, Page{}), "<style>")
	style, _, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
	if got := LandingPolicy(); !found || !strings.Contains(got, want) {
		t.Errorf("policy %s does not have %s", got, want)
	}
	if strings.Contains(LandingPolicy(), "unsafe") {
		t.Errorf("policy %s weakens itself", LandingPolicy())
	}
}

func TestMissingPage(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "missing.html", Missing("the link <was> altered; use it as it came"))
}
