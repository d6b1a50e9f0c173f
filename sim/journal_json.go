package sim

import (
	"encoding/json"
	"net/http"
	"unicode/utf8"
)

// typedNote is a note as the control API shows it.
type typedNote struct {
	Kind string `json:"kind"`
	Data any    `json:"data"`
}

func typed(notes []Note) []typedNote {
	out := make([]typedNote, len(notes))
	for i, n := range notes {
		out[i] = typedNote{n.NoteKind(), n}
	}
	return out
}

// MarshalJSON shows an entry with its end and its notes as kind and data.
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Exchange
	type plainEnd Ended
	var end any
	if e.Ended != nil {
		end = struct {
			*plainEnd
			Notes []typedNote `json:"notes"`
		}{(*plainEnd)(e.Ended), typed(e.Ended.Notes)}
	}
	return json.Marshal(struct {
		*plain
		Notes []typedNote `json:"notes"`
		Ended any         `json:"ended"`
	}{(*plain)(e.Exchange), typed(e.Notes), end})
}

// MarshalJSON shows an event with its note as kind and data.
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event
	var note *typedNote
	if e.Note != nil {
		note = &typedNote{e.Note.NoteKind(), e.Note}
	}
	return json.Marshal(struct {
		plain
		Note *typedNote `json:"note,omitempty"`
	}{plain(e), note})
}

// messageJSON is a Message with its body as text where it is text.
type messageJSON struct {
	Method string      `json:"method,omitempty"`
	URL    string      `json:"url,omitempty"`
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	Base64 []byte      `json:"bodyBase64,omitempty"`
	Size   int64       `json:"size"`
	SHA256 string      `json:"sha256,omitempty"`
}

// MarshalJSON shows the body as a string when it is UTF-8, else as bodyBase64.
func (m Message) MarshalJSON() ([]byte, error) {
	j := messageJSON{Method: m.Method, URL: m.URL, Status: m.Status, Header: m.Header, Size: m.Size, SHA256: m.SHA256}
	if utf8.Valid(m.Body) {
		j.Body = string(m.Body)
	} else {
		j.Base64 = m.Body
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Message) UnmarshalJSON(data []byte) error {
	var j messageJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*m = Message{Method: j.Method, URL: j.URL, Status: j.Status, Header: j.Header, Size: j.Size, SHA256: j.SHA256, Body: j.Base64}
	if j.Body != "" {
		m.Body = []byte(j.Body)
	}
	return nil
}
