package sim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaceProblems(t *testing.T) {
	t.Parallel()
	body := []byte(`{
  "organizations": [],
  "campaigns": [
    {"id": "a", "creatives": [{"cta": "x"}]},
    {
      "id": "b",
      "creatives": [
        {"cta":
           "y"}
      ]
    }
  ]
}`)
	given := []string{
		"campaigns[1].creatives[0].cta: too long", "campaigns.0.creatives.0.cta: too long", "campaigns[1].weight: is missing",
		"campaigns[1].id: the same id as campaigns[0].id", "nowhere: is missing", "organizations: is empty",
	}
	want := []string{
		"line 9, column 12: campaigns[1].creatives[0].cta: too long", "line 4, column 39: campaigns.0.creatives.0.cta: too long",
		"line 5, column 5: campaigns[1].weight: is missing", "line 6, column 13: campaigns[1].id: the same id as campaigns[0].id",
		"line 1, column 1: nowhere: is missing", "line 2, column 20: organizations: is empty",
	}
	if diff := cmp.Diff(want, PlaceProblems(body, given)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(given, PlaceProblems([]byte(`{"campaigns":[]}`), given)); diff != "" {
		t.Errorf("a body of one line (-want +got):\n%s", diff)
	}
	many := make([]string, placesAtMost+7)
	if got := PlaceProblems(body, many); len(got) != placesAtMost+1 || got[placesAtMost] != "and 7 more" {
		t.Errorf("of %d problems %d are told, the last is %q", len(many), len(got), got[len(got)-1])
	}
}
