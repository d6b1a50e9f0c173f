package scenarios_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// captureCases are those of recorded traffic.
func captureCases() map[string]controlCase {
	return map[string]controlCase{
		"importJournal": {
			body: `{"log":{"entries":[{"startedDateTime":"2026-05-04T12:00:00Z","request":{"method":"POST","url":"https://api.encorekit.com/x"}},` +
				`{"startedDateTime":"2026-05-04T12:00:00Z","request":{"method":"GET","url":"https://db.example/"}}]}}`,
			bad: `{"log":{"entries":[{"request":{"method":"POST"}}]}}`, badStatus: http.StatusBadRequest,
			badDetails: []string{
				"log.entries[0].startedDateTime: is missing; it is when the request began, as 2026-05-04T12:00:00.000Z", "log.entries[0].request.url: is missing",
			},
			check: func(t *testing.T, a map[string]any) {
				if diff := cmp.Diff([]any{2.0, 1.0, 1.0, []any{"db.example"}}, []any{a["entries"], a["calls"], a["aside"], a["hosts"]}); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			},
		},
	}
}
