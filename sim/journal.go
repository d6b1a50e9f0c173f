package sim

import (
	"net/http"
	"time"
)

// Note is a typed fact that a fake attaches to an exchange. The engine stores
// it as its kind and its JSON, or its compact form where it has one (a method
// Pack, see Vocabulary.Read), and knows nothing else about it.
type Note interface{ NoteKind() string }

// Directions of an exchange.
const (
	In  = "in"  // the integrator called a fake
	Out = "out" // a fake called the integrator
)

// Exchange is one HTTP request with its answer: an entry of the journal. It is
// written when the answer is decided, before a byte of it goes out; for an
// outgoing webhook it is written before the request goes out and has no answer.
type Exchange struct {
	N         int64     `json:"n"` // number, from 1, without gaps within a workspace
	Direction string    `json:"direction"`
	Fake      string    `json:"fake"`
	Operation string    `json:"operation,omitempty"` // operationId; empty outside every operation
	Thread    string    `json:"thread,omitempty"`
	Tick      int64     `json:"tick,string"` // order of arrival (Out: of departure) over all records; too large for a JSON number
	At        time.Time `json:"at"`          // simulated time of arrival: the thread's, else the workspace's
	Wall      time.Time `json:"wall"`
	Request   Message   `json:"request"`
	Response  *Message  `json:"response,omitempty"`
	Fault     *FaultHit `json:"fault,omitempty"`
	Problems  []string  `json:"problems,omitempty"` // why the request does not fit the OpenAPI document
	Breach    []string  `json:"breach,omitempty"`   // why the answer does not: a bug of the sandbox
	Remarks   []string  `json:"remarks,omitempty"`  // what was tolerated
	Notes     []Note    `json:"-"`                  // marshalled as kind and data
}

// Message is one half of an exchange, with credentials redacted.
type Message struct {
	Method string      `json:"method,omitempty"`
	URL    string      `json:"url,omitempty"` // scheme and host when known, path and query
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
	Size   int64       `json:"size"`             // of the whole body, which may be larger than what is kept
	SHA256 string      `json:"sha256,omitempty"` // set when the body itself is not kept

	// Fields are more of the header of a message on its way into the journal,
	// as Answer has them; a message out of it has all in Header.
	Fields [][2]string `json:"-"`
}

// FaultHit says which fault struck an exchange and what it did.
type FaultHit struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Effect string `json:"effect"` // in the grammar of the X-Sandbox-Fault header; of a webhook as Shape has it
}

// Outcomes of an exchange on the wire (Ended.Outcome).
const (
	Completed = "completed" // the whole answer went out
	Cut       = "cut"       // a fault cut the answer short or gave none
	Aborted   = "aborted"   // the client went away first
	Failed    = "failed"    // Out: no answer came
	Dropped   = "dropped"   // Out: lost on purpose, it never went out
)

// Ended is the second record of an exchange: what happened on the wire.
type Ended struct {
	N        int64         `json:"n"`           // number of the exchange that ended
	Tick     int64         `json:"tick,string"` // taken before the last byte of the answer goes out
	At       time.Time     `json:"at"`
	Outcome  string        `json:"outcome"`
	Bytes    int64         `json:"bytes"`
	Duration time.Duration `json:"duration"`           // wall time, nanoseconds
	Response *Message      `json:"response,omitempty"` // Out only: the integrator's answer
	Notes    []Note        `json:"-"`
}

// Event is one line of a thread's timeline: a note, or the end of an exchange
// (Note nil, Outcome set). Events are in the order of their records; Tick
// orders moments across records.
type Event struct {
	N       int64     `json:"n"` // number of the exchange
	Tick    int64     `json:"tick,string"`
	At      time.Time `json:"at"`
	Wall    time.Time `json:"wall"`
	Note    Note      `json:"-"`
	Outcome string    `json:"outcome,omitempty"`
}
