package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// journalFilter picks exchanges by the query of a request.
type journalFilter struct {
	fake, operation, thread, direction string
	since                              int64
	limit                              int
}

func newFilter(q url.Values) journalFilter {
	f := journalFilter{fake: q.Get("fake"), operation: q.Get("operation"), thread: q.Get("thread"), direction: q.Get("direction"), limit: 100}
	f.since, _ = strconv.ParseInt(q.Get("since"), 10, 64)
	if n, err := strconv.Atoi(q.Get("limit")); err == nil {
		f.limit = n
	}
	return f
}

func (f journalFilter) takes(e Outline) bool {
	return (f.fake == "" || f.fake == e.Fake) &&
		(f.operation == "" || f.operation == e.Operation || f.operation == e.Fake+"."+e.Operation) &&
		(f.thread == "" || f.thread == e.Thread) && (f.direction == "" || f.direction == e.Direction)
}

// listJournal returns the newest matching exchanges in the order of their
// numbers; with since, the first ones after that number.
func (c *control) listJournal(call *controlCall) (any, error) {
	f := newFilter(call.URL.Query())
	ctx := call.request.Context()
	matching, err := call.ws.store.Range(ctx, call.ws.space, f.since+1, 0)
	if err != nil {
		return nil, err
	}
	matching = slices.DeleteFunc(matching, func(r store.Record) bool { return !f.takes(outlineOf(r)) })
	more := len(matching) > f.limit
	switch {
	case more && f.since > 0:
		matching = matching[:f.limit]
	case more:
		matching = matching[len(matching)-f.limit:]
	}
	counters, err := call.ws.store.Counters(ctx, call.ws.space)
	answer := map[string]any{"exchanges": c.s.entries(matching), "more": more, "evicted": counters["evicted:journal"]}
	if lost := counters[counterLost]; lost > 0 {
		answer["lost"] = lost
	}
	return answer, err
}

// streamJournal sends every change of the journal as a server-sent event until
// the client leaves. An exchange comes when it is written and again when it
// has ended; the event's id is the revision to resume from.
func (c *control) streamJournal(call *controlCall) (any, error) {
	w, ctx := call.w, call.request.Context()
	signal, stop := call.ws.Watch()
	defer stop()
	rev, err := streamFrom(call)
	if err != nil {
		return nil, err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	f := newFilter(call.URL.Query())
	told := func(r store.Record) any { return c.s.codec.entry(r) }
	if call.URL.Query().Get("outline") == "true" {
		told = func(r store.Record) any { return c.s.codec.glimpse(r) }
	}
	for {
		changed, newest, err := call.ws.store.Changes(ctx, call.ws.space, rev)
		if err != nil {
			return nil, errStreamed
		}
		rev = newest
		for _, r := range changed {
			if f.takes(outlineOf(r)) && writeEvent(w, r.Rev, told(r)) != nil {
				return nil, errStreamed
			}
		}
		if http.NewResponseController(w).Flush() != nil {
			return nil, errStreamed
		}
		select {
		case <-signal:
		case <-ctx.Done():
			return nil, errStreamed
		}
	}
}

// streamFrom is the revision after which a stream begins: the one the client
// has seen last, or now.
func streamFrom(call *controlCall) (int64, error) {
	last := call.Header.Get("Last-Event-ID")
	if last == "" {
		last = call.URL.Query().Get("rev")
	}
	if last != "" {
		rev, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("Last-Event-ID %q is no revision; send the id of the last event, or 0 for the beginning", last)
		}
		return rev, nil
	}
	_, rev, err := call.ws.Changes(call.request.Context(), 1<<62)
	return rev, err
}

// writeEvent sends one exchange; rev is the revision of its own change, so that
// a client which loses the rest of a batch resumes right behind it.
func writeEvent(w http.ResponseWriter, rev int64, e any) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: exchange\ndata: %s\n\n", rev, data)
	return err
}

// glimpse is what a stream with outline tells of an exchange.
type glimpse struct {
	N         int64  `json:"n"`
	Direction string `json:"direction"`
	Fake      string `json:"fake"`
	Operation string `json:"operation,omitempty"`
	Thread    string `json:"thread,omitempty"`
	Ended     bool   `json:"ended"`
}

func (codec) glimpse(r store.Record) glimpse {
	o := outlineOf(r)
	return glimpse{r.N, o.Direction, o.Fake, o.Operation, o.Thread, r.End != nil}
}

// getExchange answers one exchange of the journal.
func (c *control) getExchange(call *controlCall) (any, error) {
	n, err := strconv.ParseInt(call.Params["n"], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of an exchange", call.Params["n"])
	}
	found, err := call.ws.Journal(call.request.Context(), n, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].N != n {
		return nil, &ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("no exchange %d in the journal, or no more; see GET /_sandbox/v1/journal", n)}
	}
	return found[0], nil
}

// parseWait reads a duration of the control API.
func parseWait(text string) (time.Duration, error) {
	if strings.HasPrefix(text, "-") {
		return 0, errBackward
	}
	d, err := fault.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration; use for example 26h, 3d or 90s", text)
	}
	return d.Std(), nil
}
