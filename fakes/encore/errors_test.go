package encore

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryKindHasOneStatusAndASentence(t *testing.T) {
	t.Parallel()
	want := []int{400, 401, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504}
	var got []int
	for _, row := range kinds {
		got = append(got, row.status)
		if back := ErrorFor(row.status); back.Kind != row.kind || back.Status() != row.status {
			t.Errorf("ErrorFor(%d) is %s with status %d", row.status, back.Kind, back.Status())
		}
		if text := (Error{Kind: row.kind}).Body().Error; text != row.text || !strings.Contains(text, ": ") {
			t.Errorf("%s: the sentence %q does not say what to change after a colon", row.kind, text)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses of the table (-want +got):\n%s", diff)
	}
}

func TestErrorBody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  Error
		want string
	}{
		"without details the key is left out": {Error{Kind: TooLarge},
			`{"error":"the request body is too large: send less than 1 MiB"}`},
		"an own sentence replaces the table's": {Error{Kind: BadRequest, Text: "no JSON", Details: []string{"line 1"}},
			`{"error":"no JSON","details":["line 1"]}`},
		"the zero value is an internal error": {Error{},
			`{"error":"internal error: proceed without the offer and send the normal reply"}`},
		"a status outside the table uses HTTP's phrase": {ErrorFor(418), `{"error":"i'm a teapot"}`},
		"a status without a phrase still has a body":    {ErrorFor(599), `{"error":"unknown status"}`},
	} {
		data, err := json.Marshal(c.err.Body())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := ErrorFor(418).Status(); got != 418 {
		t.Errorf("an injected 418 is answered with %d", got)
	}
}

func TestErrorIsAnError(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("handling: %w", Error{Kind: BadRequest, Text: "bad", Details: []string{"a", "b"}})
	var e Error
	if !errors.As(wrapped, &e) || e.Status() != 400 {
		t.Fatalf("errors.As finds %#v in %v", e, wrapped)
	}
	if want := "handling: bad (a; b)"; wrapped.Error() != want {
		t.Errorf("Error() = %q, want %q", wrapped.Error(), want)
	}
}
