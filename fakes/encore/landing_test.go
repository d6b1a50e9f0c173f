package encore

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
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
	golden(t, "landing.html", []byte(page(t, Landing, p)))
	golden(t, "completed.html", []byte(page(t, Completed, p)))
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
	golden(t, "missing.html", Missing("the link <was> altered; use it as it came"))
}
