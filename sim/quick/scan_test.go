package quick_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/quick"
)

func members(text string) (map[string]string, bool) {
	got := map[string]string{}
	ok := quick.Members(text, func(key, value string) { got[key] = value })
	return got, ok
}

func TestMembers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want map[string]string // nil: not to be read so
	}{
		{`{}`, map[string]string{}},
		{" {\n} ", map[string]string{}},
		{`{"a":"b", "c" : {"d":[1,"}"]} ,"e":1.5e3 }`, map[string]string{"a": `"b"`, "c": `{"d":[1,"}"]}`, "e": "1.5e3"}},
		{`{"a":"\"\n"}`, map[string]string{"a": `"\"\n"`}},
		{`{"a":"\x"}`, nil},
		{`{"\u0061":1}`, nil},
		{`{"a":1,}`, nil},
		{`{"a":1} {}`, nil},
		{`{"a":}`, nil},
		{`{"a":tru}`, nil},
		{`{"a":[1,]}`, nil},
		{`{"a" 1}`, nil},
		{`{"a":1`, nil},
		{`{"a":"b`, nil},
		{`[]`, nil},
		{``, nil},
	} {
		got, ok := members(c.text)
		if !ok {
			got = nil
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

// TestStop: eight bytes at a time find what one at a time would, wherever it
// stands and whatever stands beside it.
func TestStop(t *testing.T) {
	t.Parallel()
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				text := bytes.Repeat([]byte{'~'}, length)
				text[at] = byte(c)
				if at+1 < length {
					text[at+1] = byte(c - 1) // a borrow from the byte below must not show
				}
				want := slices.IndexFunc(text, func(c byte) bool { return c < ' ' || c == '"' || c == '\\' })
				if want < 0 {
					want = length
				}
				if got := quick.Stop(string(text)); got != want {
					t.Fatalf("Stop(%q) is %d, want %d", text, got, want)
				}
			}
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{`"a b"`: "a b", `""`: "", `"ä"`: "ä", `"\n"`: "-", `1`: "-", "\"\xff\"": "-", `"a" `: "-", ``: "-"} {
		got, ok := quick.Plain(value)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%s reads as %q, want %q", value, got, want)
		}
	}
}

// What Members takes is JSON, and says the same.
func FuzzMembers(f *testing.F) {
	f.Add(`{"a":"b","c":[{}],"d":-1.5}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := members(text)
		if !ok {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%q is taken: %v", text, err)
		}
		for key, value := range got {
			if string(want[key]) != value && utf8.ValidString(key) {
				t.Errorf("%q: member %q is %s, want %s", text, key, value, want[key])
			}
		}
	})
}
