package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/encore-sandbox/sandbox/sim/expect"
)

// How long a question to the journal waits for its answer.
const (
	defaultWithin = 5 * time.Second
	mostWithin    = 10 * time.Minute
)

// expectRequest is the body of POST journal/expect.
type expectRequest struct {
	Patterns []expect.Pattern `json:"patterns"`
	Within   string           `json:"within"`
	Since    int64            `json:"since"`
	Thread   string           `json:"thread"`
	Ordered  *bool            `json:"ordered"`
}

// expectAnswer is its answer.
type expectAnswer struct {
	Error   string           `json:"error,omitempty"` // in words, when something is missing
	Held    bool             `json:"held"`
	Matched []matched        `json:"matched"`
	Missing []expect.Missing `json:"missing"`
	Waited  string           `json:"waited"` // real time
	Now     time.Time        `json:"now"`    // simulated time
}

type matched struct {
	expect.Match
	Exchange Entry `json:"exchange"`
}

// expectJournal waits until exchanges have come as the patterns want them. When
// the client goes away it ends.
func (c *control) expectJournal(call *controlCall) (any, error) {
	body, err := read[expectRequest](call)
	if err != nil {
		return nil, err
	}
	x := Expectation{Patterns: body.Patterns, Thread: body.Thread, Since: body.Since, AnyOrder: body.Ordered != nil && !*body.Ordered}
	if x.Within, err = parseWithin(body.Within); err != nil {
		return nil, err
	}
	got, err := call.ws.Expect(call.request.Context(), x)
	if errors.Is(err, context.Canceled) {
		return nil, &ControlError{Status: http.StatusServiceUnavailable, Message: "the wait was broken off, since the sandbox stops or the client has gone; ask again"}
	}
	if err != nil {
		return nil, err
	}
	answer := got.answer(x)
	status := http.StatusOK
	if !answer.Held {
		status = http.StatusExpectationFailed
	}
	writeJSON(call.w, status, answer)
	return nil, errStreamed
}

func parseWithin(text string) (time.Duration, error) {
	if text == "" {
		return defaultWithin, nil
	}
	d, err := parseWait(text)
	if err == nil && d > mostWithin {
		err = fmt.Errorf("within: %s is too long; wait up to %s at a time, and ask again", text, mostWithin)
	}
	return d, err
}

// answer is what came of an expectation, for those who asked over HTTP.
func (e Expected) answer(x Expectation) expectAnswer {
	a := expectAnswer{Held: e.Held(), Matched: []matched{}, Missing: []expect.Missing{}, Waited: e.Waited.Round(time.Millisecond).String(), Now: e.Now}
	for i, m := range e.Matched {
		a.Matched = append(a.Matched, matched{m, e.Entries[i]})
	}
	a.Missing = append(a.Missing, e.Missing...)
	if !a.Held {
		a.Error = e.missed(x)
	}
	return a
}

// missed words the first pattern that was not met.
func (e Expected) missed(x Expectation) string {
	first := e.Missing[0]
	text := fmt.Sprintf("%q did not come within %v; %d of %d patterns hold", first.Wanted, x.Within, len(e.Matched), len(x.Patterns))
	if len(first.Closest) > 0 {
		near := first.Closest[0]
		return fmt.Sprintf("%s; the closest is #%d, but %s", text, near.N, near.Differs[0].Says)
	}
	return text + "; " + cmp.Or(first.Hint, "nothing like it came")
}
