package meta_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// offerTemplate has one of everything that resellers fill by values.
var offerTemplate = meta.Template{
	Header: &meta.TemplateHeader{Format: "IMAGE"}, Body: "Hi {{1}}, {{2}}", Footer: "Stop with STOP",
	Buttons: []meta.TemplateButton{
		{Type: "QUICK_REPLY", Text: "No"}, {Type: "URL", Text: "Claim", URL: "https://api.encorekit.com/encore/click/{{1}}"},
		{Type: "URL", Text: "Home", URL: "https://example.org"},
	},
}

func TestTemplateCounts(t *testing.T) {
	for _, c := range []struct {
		name     string
		template meta.Template
		want     meta.Counts
	}{
		{"image, two texts, one open URL", offerTemplate, meta.Counts{Header: 1, Body: 2, Media: true, Buttons: map[int]int{1: 1}}},
		{
			"a text header counts its placeholders",
			meta.Template{Header: &meta.TemplateHeader{Format: "TEXT", Text: "{{1}} of {{2}}"}, Body: "x"},
			meta.Counts{Header: 2, Buttons: map[int]int{}},
		},
		{"nothing to fill", meta.Template{Body: "x"}, meta.Counts{Buttons: map[int]int{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.template.Counts()); d != "" {
				t.Errorf("Counts (-want +got):\n%s", d)
			}
		})
	}
}

func TestTemplateFilledWithValues(t *testing.T) {
	got := offerTemplate.Content(meta.Values{
		Header: []string{"https://example.org/a.png"}, Body: []string{"Anna", "20 % off"}, Buttons: map[int][]string{1: {"tok"}},
	})
	want := note.Content{
		Image: "https://example.org/a.png", Text: "Hi Anna, 20 % off\nStop with STOP",
		Links: []string{"https://api.encorekit.com/encore/click/tok", "https://example.org"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Content (-want +got):\n%s", d)
	}
}

func TestLearnt(t *testing.T) {
	for _, c := range []struct {
		name   string
		media  string
		values meta.Values
		want   meta.Counts
	}{
		{"texts only", "", meta.Values{Body: []string{"a", "b"}}, meta.Counts{Body: 2, Buttons: map[int]int{}}},
		{"a medium above", "IMAGE", meta.Values{Header: []string{"https://x.example"}}, meta.Counts{Header: 1, Media: true, Buttons: map[int]int{}}},
		{"the second button has a link", "", meta.Values{Buttons: map[int][]string{1: {"tok"}}}, meta.Counts{Buttons: map[int]int{1: 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			learnt := meta.Learnt("promo", "en", c.media, c.values)
			if d := cmp.Diff(c.want, learnt.Counts()); d != "" {
				t.Errorf("Counts of what was learnt (-want +got):\n%s", d)
			}
		})
	}
	whole := meta.Learnt("promo", "en", "", meta.Values{Buttons: map[int][]string{0: {"https://api.encorekit.com/encore/click/t"}}})
	got := whole.Content(meta.Values{Buttons: map[int][]string{0: {"https://api.encorekit.com/encore/click/t"}}})
	if d := cmp.Diff(note.Content{Links: []string{"https://api.encorekit.com/encore/click/t"}}, got); d != "" {
		t.Errorf("content of a template whose button takes a whole link (-want +got):\n%s", d)
	}
}
