package expect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Pattern says what an exchange must be like; what it does not say does not
// matter. In JSON it is an object with these members, or a text alone, which
// then is What. At least one member must be given.
type Pattern struct {
	// What is a sentence such as "reply sent: /open/", see Parse.
	What string `json:"what,omitempty"`
	// Fake is the vendor; Operation its operationId, or the event of a webhook,
	// with or without the vendor and a dot before it.
	Fake      string `json:"fake,omitempty"`
	Operation string `json:"operation,omitempty"`
	Direction string `json:"direction,omitempty"` // in or out
	Thread    string `json:"thread,omitempty"`
	// Status is that of the answer: the fake's to a call, the integrator's to a
	// webhook. 0 is no answer at all.
	Status *int `json:"status,omitempty"`
	// Note is a note that the exchange has.
	Note *NotePattern `json:"note,omitempty"`
	// Request and Response map paths within the JSON body (a.b[0].c; $ before it
	// does no harm, and alone is the whole body) to values, see Value.
	Request  map[string]any `json:"request,omitempty"`
	Response map[string]any `json:"response,omitempty"`
	// Text is the whole body of the request as it came, JSON or not.
	Text string `json:"text,omitempty"`
}

// NotePattern is a note of a kind with certain fields: paths with values.
type NotePattern struct {
	Kind   string         `json:"kind"`
	Fields map[string]any `json:"fields,omitempty"`
}

// UnmarshalJSON reads a pattern strictly: an unknown member is an error.
func (p *Pattern) UnmarshalJSON(data []byte) error {
	*p = Pattern{}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte(`"`)) {
		return json.Unmarshal(data, &p.What)
	}
	type plain Pattern
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode((*plain)(p)); err != nil {
		return p.explain(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("there is more after the pattern; leave it out")
	}
	return nil
}

// explain names a member that was mistyped.
func (p *Pattern) explain(err error) error {
	quoted, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !unknown {
		return errors.New("pattern: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	known := []string{"what", "fake", "operation", "direction", "thread", "status", "note", "request", "response", "text", "kind", "fields"}
	return fmt.Errorf("a pattern has no member %s%s", quoted, fault.DidYouMean(strings.Trim(quoted, `"`), known))
}

// String words a pattern on one line.
func (p Pattern) String() string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("%s", p.What)
	add("%s", p.operation())
	add("direction %s", p.Direction)
	add("thread %s", p.Thread)
	if p.Status != nil {
		parts = append(parts, fmt.Sprintf("status %d", *p.Status))
	}
	if p.Note != nil {
		add("note %s", p.Note.Kind)
		parts = append(parts, conditions(p.Note.Kind+".", p.Note.Fields)...)
	}
	parts = append(parts, conditions("request ", p.Request)...)
	parts = append(parts, conditions("response ", p.Response)...)
	add("body %s", p.Text)
	return strings.Join(parts, ", ")
}

// operation is vendor and operation as far as they are named.
func (p Pattern) operation() string {
	switch {
	case p.Operation == "":
		return p.Fake
	case p.Fake == "" || strings.HasPrefix(p.Operation, p.Fake+"."):
		return p.Operation
	}
	return p.Fake + "." + p.Operation
}

func conditions(prefix string, values map[string]any) (parts []string) {
	for _, path := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, prefix+path+" = "+worded(values[path]))
	}
	return parts
}
