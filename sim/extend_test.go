package sim_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

const upperDocument = `
openapi: 3.0.3
info: {title: Upper floor, version: "1"}
paths:
  /_sandbox/v1/shelves/{shelf}:
    put:
      operationId: fillShelf
      parameters: [{name: shelf, in: path, required: true, schema: {type: string, minLength: 2}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [toy]}}}}
      responses: {"204": {description: Done}}
`

// fillShelf is an operation of an upper floor that edits documents.
func fillShelf(c *sim.Call) (any, error) {
	body, err := sim.Decode[struct{ Toy string }](c)
	if err != nil {
		return nil, err
	}
	return nil, c.Workspace.Edit(c.Context(), store.Reads{}, func(tx *sim.Tx) error {
		if body.Toy == "bomb" {
			return &sim.ControlError{Status: http.StatusConflict, Message: "no bombs here"}
		}
		tx.Put("shelf", c.Params["shelf"], body.Toy)
		tx.Count("shelves", 1)
		return nil
	})
}

// An upper floor's operations are routed, validated, guarded and worded like
// the engine's own.
func TestControlAPIOfAnUpperFloor(t *testing.T) {
	t.Parallel()
	var upper http.Handler
	w := newWorld(t, func(c *sim.Config) {
		c.Control = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { upper.ServeHTTP(rw, r) })
	})
	var err error
	upper, err = w.sb.ControlAPI([]byte(upperDocument), map[string]sim.ControlHandler{"fillShelf": fillShelf})
	w.diff("error", nil, err)
	for _, c := range []struct {
		method, url, body string
		status            int
		want              string
	}{
		{"PUT", "/_sandbox/v1/shelves/a%20b", `{"toy":"kite"}`, 204, ""},
		{"PUT", "/_sandbox/v1/shelves/ab", `{"toy":"bomb"}`, 409, "no bombs here"},
		{"PUT", "/_sandbox/v1/shelves/ab", `{"toy":"kite","size":7}`, 400, `unknown field \"size\"`},
		{"PUT", "/_sandbox/v1/shelves/ab", `{}`, 400, `toy: is missing; add it`},
		{"PUT", "/_sandbox/v1/shelves/a", `{"toy":"kite"}`, 400, "shelf: "},
		{"GET", "/_sandbox/v1/shelves/ab", ``, 405, "use PUT"},
		{"GET", "/_sandbox/v1/nothing", ``, 404, "no such path"},
		{"PUT", "http://evil.example/_sandbox/v1/shelves/ab", `{"toy":"kite"}`, 403, "--allow-host"},
	} {
		got := w.call(c.method, c.url, c.body)
		w.diff("status of "+c.method+" "+c.url+" "+c.body, c.status, got.Status)
		if c.want != "" {
			w.wantError(got, c.want)
		}
	}
	toy, ok, err := sim.Look[string](t.Context(), w.ws, "shelf", "a b")
	w.diff("what was put", []any{"kite", true, nil}, []any{toy, ok, err})
	counters, err := w.ws.Counters(t.Context())
	w.diff("error", nil, err)
	w.diff("counters", map[string]int64{"shelves": 1}, counters)
	_, err = w.sb.ControlAPI([]byte(upperDocument), nil)
	w.diff("without its handler", "operation fillShelf has no handler", err.Error())
}

// Documents expire in the time of whoever reads them, and are deleted.
func TestDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx, reads := t.Context(), store.Reads{Own: []store.Key{{Kind: "shelf", ID: "a"}}}
	look := func() string {
		t.Helper()
		toy, ok, err := sim.Look[string](ctx, w.ws, "shelf", "a")
		w.diff("error", nil, err)
		var inside string
		w.diff("error", nil, w.ws.Edit(ctx, reads, func(tx *sim.Tx) error {
			inside, _ = sim.Get[string](tx, "shelf", "a")
			return nil
		}))
		w.diff("Look and Get agree", toy, inside)
		w.diff("found", toy != "", ok)
		return toy
	}
	edit := func(f func(*sim.Tx)) {
		t.Helper()
		w.diff("error", nil, w.ws.Edit(ctx, reads, func(tx *sim.Tx) error {
			f(tx)
			return nil
		}))
	}
	w.diff("before", "", look())
	edit(func(tx *sim.Tx) { tx.PutUntil("shelf", "a", "kite", tx.Now.Add(time.Minute)) })
	w.advance("", time.Minute-1)
	w.diff("a moment before it expires", "kite", look())
	w.advance("", 1)
	w.diff("when it expires", "", look())
	edit(func(tx *sim.Tx) { tx.Put("shelf", "a", "ball") })
	w.diff("written again", "ball", look())
	edit(func(tx *sim.Tx) { tx.Delete("shelf", "a") })
	w.diff("deleted", "", look())
	failed := errors.New("not today")
	err := w.ws.Edit(ctx, reads, func(tx *sim.Tx) error {
		tx.Put("shelf", "a", "bomb")
		return failed
	})
	w.diff("the error of an edit is returned", true, errors.Is(err, failed))
	w.diff("after an edit that failed", "", look())
}

// What was tolerated is on the exchange, also when the handler failed then.
func TestRemarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		op := c.Fakes[0].Operations["ping"]
		op.Describe = func(*sim.Call) sim.Description { return sim.Description{Remarks: []string{"from describe"}} }
		op.Handle = func(tx *sim.Tx, _ *sim.Call) (sim.Answer, error) {
			tx.Remark("from the handler")
			return sim.Answer{}, toyError{"no"}
		}
		c.Fakes[0].Operations["ping"] = op
	})
	w.call("GET", "/ping", "")
	w.diff("remarks", []string{"from describe", "from the handler"}, w.last().Remarks)
}

// Without a vocabulary the engine attaches no notes of its own, and works.
func TestZeroVocabularyWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) { c.Words, c.Store = sim.Vocabulary{}, store.NewMemory(c.Bounds) })
	w.call("GET", "/nothing", "")
	sent := w.write(alice, "Hi")
	w.diff("notes of the end", 0, len(w.delivered(1)[0].Ended.Notes))
	w.advance(inAlice, time.Hour)
	w.diff("timeline", []any{attempted{1}, wrote{sent.ID, "Hi"}, "completed"}, w.timeline(inAlice))
}

// A workspace that was dropped is gone with all it held; the default one stays.
func TestDropWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if _, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	inOther := []string{sim.HeaderWorkspace, "other"}
	w.call("POST", "/orders", orderOf(alice, "kite"), inOther...)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.sb.DropWorkspace("other")
	w.sb.DropWorkspace("never there")
	w.sb.DropWorkspace(sim.DefaultWorkspace)
	w.diff("a call to it", 404, w.call("GET", "/ping", "", inOther...).Status)
	w.diff("orders of the default one", []string{"kite"}, w.orders())
	again, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other"})
	w.diff("error", nil, err)
	entries, err := again.Journal(t.Context(), 1, 0)
	w.diff("error", nil, err)
	threads, err := again.Threads(t.Context())
	w.diff("error", nil, err)
	w.diff("exchanges and threads of one with its name", []int{0, 0}, []int{len(entries), len(threads)})
}

// A picture is journalled by size and hash.
func TestMediaIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		op := c.Fakes[0].Operations["ping"]
		op.Handle = func(*sim.Tx, *sim.Call) (sim.Answer, error) {
			return sim.Answer{Status: 200, ContentType: "image/png", Body: []byte("picture")}, nil
		}
		c.Fakes[0].Operations["ping"] = op
	})
	got := w.call("GET", "/ping", "")
	w.diff("the client has it", []string{"picture", "image/png"}, []string{got.Body, got.Header.Get("Content-Type")})
	r := w.last().Response
	w.diff("kept", "", string(r.Body))
	w.diff("size", int64(7), r.Size)
	w.diff("hash", "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97", r.SHA256)
}
