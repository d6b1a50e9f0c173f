// Package expect owns the question whether certain exchanges have happened: what
// a pattern may say, which exchanges fit, and, of a pattern that none fits, which
// came closest and what is different about them. It waits for nothing and knows
// no vendor; notes are their kind and their JSON.
//
//	text or JSON ─▶ Pattern ─▶ New ─▶ Question ─▶ Answer (matched, or near misses)
//	                            ▲                  ▲
//	                          Terms        Exchanges so far
//
// The engine's Workspace.Expect asks the same question again whenever the
// journal changes; the control API and package contract ask through it.
package expect

import (
	"bytes"
	"encoding/json"
)

// Exchange is what a pattern sees of an exchange. It keeps what it has decoded,
// so it is for one goroutine at a time.
type Exchange struct {
	N         int64
	Tick      int64 // order of arrival
	Direction string
	Fake      string
	Operation string
	Thread    string
	Status    int  // of the answer; 0: none came, or none will
	Answered  bool // false: the answer may still come
	Request   []byte
	Response  []byte
	Notes     []Note

	request, response *tree
	notes             []tree
}

// Note is a fact that a fake attached to an exchange. Data marshals to JSON.
type Note struct {
	Kind string
	Data any
}

// tree is decoded JSON: map[string]any, []any, string, json.Number, bool, nil.
type tree struct {
	value any
	ok    bool // it is JSON
}

func decoded(data []byte) *tree {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var t tree
	t.ok = dec.Decode(&t.value) == nil
	return &t
}

func (e *Exchange) requestTree() tree {
	if e.request == nil {
		e.request = decoded(e.Request)
	}
	return *e.request
}

func (e *Exchange) responseTree() tree {
	if e.response == nil {
		e.response = decoded(e.Response)
	}
	return *e.response
}

// noteTrees are the notes of a kind.
func (e *Exchange) noteTrees(kind string) []tree {
	if e.notes == nil {
		e.notes = make([]tree, len(e.Notes))
	}
	var found []tree
	for i, n := range e.Notes {
		if n.Kind != kind {
			continue
		}
		if !e.notes[i].ok {
			data, err := json.Marshal(n.Data)
			e.notes[i] = *decoded(data)
			e.notes[i].ok = err == nil
		}
		found = append(found, e.notes[i])
	}
	return found
}
