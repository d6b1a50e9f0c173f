package sim_test

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

//go:embed testdata/toy.yaml
var toyDocument []byte

// Notes of the toy vendor and of the engine.
type (
	asked     struct{ Item string }      // by describe
	ordered   struct{ ID string }        // by the handler
	concluded struct{ Status, Size int } // by conclude
	wrote     struct{ ID, Text string }  // on a webhook: a customer's message
	told      struct{ ID, Event string } // on a webhook: an order, a status
	attempted struct{ Attempt int }      // on every delivery
	acked     struct {
		Status int
		Reason string
	}
	advanced struct {
		Thread string
		By     time.Duration
	}
	stray struct{ Host, Path, Method, Reason string }
)

func (asked) NoteKind() string     { return "Asked" }
func (ordered) NoteKind() string   { return "Ordered" }
func (concluded) NoteKind() string { return "Concluded" }
func (wrote) NoteKind() string     { return "Wrote" }
func (told) NoteKind() string      { return "Told" }
func (attempted) NoteKind() string { return "Attempted" }
func (acked) NoteKind() string     { return "Acked" }
func (advanced) NoteKind() string  { return "Advanced" }
func (stray) NoteKind() string     { return "Stray" }

// toyWords are the notes that the engine attaches by itself.
func toyWords() sim.Vocabulary {
	return sim.Vocabulary{
		Read:     readToy,
		Acked:    func(status int, reason string) sim.Note { return acked{status, reason} },
		Advanced: func(thread string, by time.Duration) sim.Note { return advanced{thread, by} },
		Stray:    func(host, path, method, reason string) sim.Note { return stray{host, path, method, reason} },
	}
}

// readToy gives the toy's notes their types back.
func readToy(kind string, data, _, _ []byte) (sim.Note, error) {
	for _, read := range []func(string, []byte) (sim.Note, error){
		readAs[asked], readAs[ordered], readAs[concluded], readAs[wrote], readAs[told], readAs[attempted], readAs[acked], readAs[advanced], readAs[stray],
	} {
		if n, err := read(kind, data); n != nil || err != nil {
			return n, err
		}
	}
	return nil, nil
}

func readAs[T sim.Note](kind string, data []byte) (sim.Note, error) {
	var n T
	if n.NoteKind() != kind {
		return nil, nil
	}
	err := json.Unmarshal(data, &n)
	return n, err
}

// Credentials and customers of the toy vendor.
const (
	toyKey  = "pk_test_toy"
	alice   = "15014005001"
	bob     = "15014005002"
	inAlice = "toy:a1:" + alice
	inBob   = "toy:a1:" + bob
)

// order is a document of the toy vendor.
type order struct{ ID, Item string }

// toyError is a refusal in the vendor's own words.
type toyError struct{ kind string }

func (e toyError) Error() string { return e.kind }

func (e toyError) Answer() sim.Answer { return toyRefusal(http.StatusConflict, e.kind, nil) }

// newToy makes the toy vendor. Its handlers do what the item says:
//
//	panic, fail, conflict   change what they can, then end so
//	undocumented, misshapen answer what the document does not have
//	big                     answers 100 kB
//	anything else           is an order
func newToy() *sim.Fake {
	return &sim.Fake{
		Keeps: store.Forms{"latest": store.JSON[order](), "order": store.JSON[order](), "shelf": store.Plain(), "count": store.JSON[int](), "addresses": store.JSON[[]sim.Endpoint]()},
		Name:  "toy", Document: toyDocument, Hosts: []string{"api.toy.example"}, Prefix: `/v[0-9]+`, Owns: []string{"/orders"},
		Operations: map[string]sim.Operation{
			"createOrder": {Describe: describeOrder, Reads: readsOrder, Handle: createOrder, Conclude: concludeOrder, Fated: true},
			"getOrder":    {Describe: describeID, Reads: readsID, Handle: getOrder},
			"latestOrder": {Reads: readsOrder, Handle: latestOrder},
			"listOrders":  {Reads: readsOrder, Handle: listOrders},
			"listToys":    {Handle: empty, Open: true},
			"ping":        {Handle: empty, Open: true},
		},
		Authenticate: authenticateToy,
		Refuse: func(_ *sim.Call, r sim.Refusal) sim.Answer {
			a := toyRefusal(toyStatus[r.Kind], string(r.Kind), append([]string{r.Message}, r.Details...))
			if len(r.Allow) > 0 {
				a.Header = http.Header{"Allow": {strings.Join(r.Allow, ", ")}}
			}
			return a
		},
		Fault:    func(_ *sim.Call, status int) sim.Answer { return toyRefusal(status, "fault", nil) },
		Channels: []sim.Channel{toyChannel()},
		Dispatch: func(d sim.Delivery) sim.Dispatch {
			return sim.Dispatch{
				Header: http.Header{"Content-Type": {"application/json"}, "X-Toy-Attempt": {strconv.Itoa(d.Attempt)}},
				Notes: append([]sim.Note{attempted{d.Attempt}}, slices.DeleteFunc(slices.Clone(d.Notes), func(n sim.Note) bool {
					_, earlier := n.(attempted) // of a webhook that is sent again
					return earlier
				})...),
			}
		},
		Handshake: func(_ *sim.Workspace, r *sim.Rand) (url.Values, func(int, []byte) error) {
			challenge := r.Hex(4)
			return url.Values{"challenge": {challenge}}, func(status int, body []byte) error {
				if status != http.StatusOK || string(body) != challenge {
					return errors.New("the challenge was not given back")
				}
				return nil
			}
		},
		Retry:   retryToy,
		Timeout: 5 * time.Second,
	}
}

// retryToy repeats after ten seconds, then after a minute, then no more. Asked
// about no attempt at all it panics, as a table does.
func retryToy(attempt int) time.Duration {
	return []time.Duration{10 * time.Second, time.Minute, 0, 0}[attempt-1]
}

var toyStatus = map[sim.RefusalKind]int{
	sim.NoOperation: 404, sim.MethodNotAllowed: 405, sim.Unauthorized: 401, sim.TooLarge: 413,
	sim.NotJSON: 400, sim.Invalid: 400, sim.Internal: 500,
}

func toyRefusal(status int, kind string, hints []string) sim.Answer {
	body := map[string]any{"kind": kind}
	if len(hints) > 0 {
		body["hints"] = hints
	}
	return sim.Answer{Status: status, Body: map[string]any{"toyError": body}}
}

func authenticateToy(c *sim.Call) *sim.Refusal {
	if c.Header.Get("X-Api-Key") != "" || c.URL.Query().Get("access_token") != "" {
		return nil
	}
	return &sim.Refusal{Kind: sim.Unauthorized, Message: "send a key"}
}

func describeOrder(c *sim.Call) sim.Description {
	o := c.Object()
	text := func(name string) string { s, _ := o[name].(string); return s }
	return sim.Description{
		Channel: "toy", Account: text("account"), Customer: text("customer"), Recipient: text("recipient"), Platform: "toybox",
		ClientID: text("account"), Key: c.Header.Get("X-Api-Key"), Notes: []sim.Note{asked{text("item")}},
	}
}

var keyLatest = store.Key{Kind: "latest", ID: "order"}

func readsOrder(*sim.Call, sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{keyLatest}}
}

func describeID(c *sim.Call) sim.Description { return sim.Description{Minted: c.Params["id"]} }

func readsID(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{See: []store.Key{{Kind: "order", ID: c.Params["id"]}}}
}

func concludeOrder(c sim.Conclusion) []sim.Note {
	return []sim.Note{concluded{c.Answer.Status, c.Size}}
}

func empty(*sim.Tx, *sim.Call) (sim.Answer, error) { return sim.Answer{Status: http.StatusOK}, nil }

func createOrder(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	o := order{ID: "ord_" + tx.Rand("order").Hex(4), Item: c.Object()["item"].(string)}
	tx.Put("order", o.ID, o)
	tx.Put(keyLatest.Kind, keyLatest.ID, o)
	tx.Mint(o.ID)
	tx.Note(ordered{o.ID})
	tx.Count("orders", 1)
	tx.Header("X-Toy", "made")
	later, _ := c.Object()["later"].([]any)
	for _, seconds := range later {
		tx.Webhook(toyEvent("order", fmt.Sprint(o.ID, "+", seconds), time.Duration(seconds.(float64))*time.Second))
	}
	answer := sim.Answer{Status: http.StatusCreated, Header: http.Header{"Location": {"/orders/" + o.ID}}, Body: map[string]string{"id": o.ID, "item": o.Item}}
	switch o.Item {
	case "panic":
		tx.Thread.Name = "half done"
		panic("the toy broke")
	case "fail":
		return answer, errors.New("the toy failed")
	case "conflict":
		return answer, fmt.Errorf("wrapped: %w", toyError{"sold out"})
	case "undocumented":
		answer.Status = http.StatusTeapot
	case "misshapen":
		answer.Body = map[string]int{"id": 7}
	case "big":
		answer.Body = map[string]string{"id": o.ID, "item": strings.Repeat("big ", 25_000)}
	}
	return answer, nil
}

func getOrder(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	return answerOrder(sim.Get[order](tx, "order", c.Params["id"]))
}

func latestOrder(tx *sim.Tx, _ *sim.Call) (sim.Answer, error) {
	return answerOrder(sim.Get[order](tx, keyLatest.Kind, keyLatest.ID))
}

func answerOrder(o order, ok bool) (sim.Answer, error) {
	if !ok {
		return toyRefusal(http.StatusNotFound, "no such order", nil), nil
	}
	return sim.Answer{Status: http.StatusOK, Body: map[string]string{"id": o.ID, "item": o.Item}}, nil
}

func listOrders(tx *sim.Tx, _ *sim.Call) (sim.Answer, error) {
	_, any := sim.Get[order](tx, keyLatest.Kind, keyLatest.ID)
	return sim.Answer{Status: http.StatusOK, Body: map[string]int{"count": map[bool]int{true: 1}[any]}}, nil
}

// toyChannel is the one on which customers write.
func toyChannel() sim.Channel {
	return sim.Channel{
		Name: "toy", Platform: "toybox", Accounts: []sim.Account{{ID: "a1", ClientID: "client-1"}, {ID: "a2", ClientID: "client-2"}},
		Write: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
			if w.Text == "unwritable" {
				return sim.Webhook{}, errors.New("nobody can write that")
			}
			id := "msg_" + tx.Rand("message").Hex(4)
			tx.Mint(id)
			body, err := json.Marshal(map[string]string{"id": id, "from": w.From, "text": w.Text, "at": tx.Now.Format(time.RFC3339)})
			return sim.Webhook{Event: "message", ID: id, Body: body, Notes: []sim.Note{wrote{id, w.Text}}}, err
		},
		Status: func(_ *sim.Tx, c sim.StatusChange) (sim.Webhook, error) {
			return toyEvent(c.Status, c.MessageID, 0), nil
		},
		Normal: func(customer string) (string, error) {
			digits := strings.TrimPrefix(customer, "+")
			if digits == "" || strings.Trim(digits, "0123456789") != "" {
				return "", fmt.Errorf("%q is no number; use digits such as %s", customer, alice)
			}
			return digits, nil
		},
		Customer: func(random uint64) string { return "1501" + fmt.Sprintf("%07d", random%1e7) },
		Fated:    func(ending string) string { return "1" + ending },
	}
}

func toyEvent(event, id string, after time.Duration) sim.Webhook {
	body := fmt.Appendf(nil, `{"event":%q,"id":%q}`, event, id)
	return sim.Webhook{Event: event, ID: id, After: after, Body: body, Notes: []sim.Note{told{id, event}}}
}
