package sim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// part is one part of a multipart body; with a name it is a file.
type part struct{ field, name, data string }

const border = "border"

func multi(parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		name := ""
		if p.name != "" {
			name = `; filename="` + p.name + `"`
		}
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q%s\r\n\r\n%s\r\n", border, p.field, name, p.data)
	}
	return b.String() + "--" + border + "--\r\n"
}

// A multipart body is read as it comes: of files as much is kept as the
// operation wants, and what cannot be read or is too much is refused.
func TestMultipartIsBounded(t *testing.T) {
	t.Parallel()
	const to, many = `{"id":"7"}`, 201
	letter := part{"to", "", to}
	for _, c := range []struct{ name, reason, body, want string }{
		{"a file at the bound of what is kept", "the handler has its bytes", multi(letter, part{"stamp", "a", "12345"}), "[stamp a  12345]"},
		{"a file beyond it", "the handler knows it and has no bytes", multi(letter, part{"stamp", "a", "123456"}), "[stamp a]"},
		{"two files", "each has the bound for itself", multi(part{"s", "a", "12345"}, letter, part{"s", "b", "678"}), "[s a  12345 s b  678]"},
		{"a file at the limit of the operation", "2 MiB with what is around", multi(letter, part{"stamp", "a", strings.Repeat("x", 2<<20-300)}), "[stamp a]"},
		{"a file beyond it", "nothing of it is read", multi(letter, part{"stamp", "a", strings.Repeat("x", 2<<20)}), "too large"},
		{"fields beyond what is kept", "only files may be large", multi(letter, part{"text", "", strings.Repeat("x", 1<<20)}), "not json"},
		{"too many parts", "each takes memory", multi(make([]part, many)...), "not json"},
		{"no end", "the body was cut", strings.TrimSuffix(multi(letter, part{"stamp", "a", "1"}), "--border--\r\n"), "not json"},
		{"no beginning", "it is no multipart body", "to=7", "not json"},
		{"nothing", "an empty body is no form", "", "not json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withBox)
			got := w.call("POST", "http://box.example/p/letters", c.body, "Content-Type", "multipart/form-data; boundary="+border).json(t)
			saw := fmt.Sprint(got["files"])
			if refused, ok := got["refused"].(string); ok {
				saw = refused
			}
			w.diff(c.reason, c.want, saw)
			x := w.last().Request
			w.diff("size in the journal", int64(len(c.body)), x.Size)
			w.diff("no file is in the journal", false, strings.Contains(string(x.Body), "stamp"))
		})
	}
}

// A form without files is kept as it is; of one with files the journal has the
// hash of the whole.
func TestJournalOfForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBox)
	send := func(body string) {
		w.call("POST", "http://box.example/p/letters", body, "Content-Type", "multipart/form-data; boundary="+border)
	}
	plain := multi(part{"to", "", `{"id":"7"}`})
	send(plain)
	w.diff("body without files", []string{plain, ""}, []string{string(w.last().Request.Body), w.last().Request.SHA256})
	send(multi(part{"to", "", `{"id":"7"}`}, part{"stamp", "a", "penny"}))
	w.diff("hash of a body with files", []string{"", "ca0fa075f9fbe44ddce3eb93b54552df5ba7b8a66dc38a6fb271952636bc2f0e"}, []string{string(w.last().Request.Body), w.last().Request.SHA256})
}

// Where a vendor takes parameters in either place, the query says what the body
// leaves out; credentials, and what else it does not take there, stay out.
func TestBodyInTheQuery(t *testing.T) {
	t.Parallel()
	const to7, read7 = "?to=%7B'id'%3A'7'%7D", `{"to":{"id":"7"}}`
	file := part{"stamp", "a", "1"}
	for _, c := range []struct{ name, method, query, contentType, body, want string }{
		{"all of it", "POST", to7, "", "", read7},
		{"all of it, under a type", "POST", to7, "application/json", "", read7},
		{"beside JSON", "POST", to7, "application/json", `{"text":"x"}`, `{"text":"x","to":{"id":"7"}}`},
		{"the body has the last word", "POST", "?text=y", "application/json", `{"text":"x","to":{"id":"7"}}`, `{"text":"x","to":{"id":"7"}}`},
		{"beside a form", "POST", to7, "application/x-www-form-urlencoded", "text=x", `{"text":"x","to":{"id":"7"}}`},
		{"beside a file", "POST", to7, "multipart/form-data; boundary=" + border, multi(file), read7},
		{"a credential", "POST", to7 + "&secret=s", "", "", read7},
		{"a credential alone", "POST", "?secret=s", "", "", "not json"},
		{"a body that is no object", "POST", to7, "application/json", `[1]`, "invalid"},
		{"a body that is no JSON", "POST", to7, "application/json", `{"to"`, "not json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(config *sim.Config) {
				box := newBox()
				box.InQuery = func(name string) bool { return name != "secret" }
				config.Fakes = append(config.Fakes, box)
			})
			tree := w.call(c.method, "http://box.example/p/letters"+c.query, c.body, "Content-Type", c.contentType).json(t)
			if refused, ok := tree["refused"].(string); ok {
				w.diff("refusal", c.want, refused)
				return
			}
			read, err := json.Marshal(tree["read"])
			w.diff("error", nil, err)
			w.diff("read", c.want, string(read))
		})
	}
	w := newWorld(t, withBox)
	w.diff("a vendor that takes none there", "not json", w.call("POST", "http://box.example/p/letters"+to7, "").json(t)["refused"])
}
