package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/pack"
	"github.com/encore-sandbox/sandbox/sim/store"
)

type remembered struct {
	Text string `json:"text"`
}

func (remembered) NoteKind() string { return "Remembered" }

// swift has a compact form.
type swift struct{ remembered }

func (swift) NoteKind() string { return "Swift" }

func (q swift) Pack(b, request, answer []byte) []byte {
	return fmt.Appendf(b, "%s %s %s", q.Text, request, answer)
}

// An exchange comes out of the journal as it went in, but for its number,
// which is the journal's, and its credentials.
func TestJournalKeepsExchanges(t *testing.T) {
	t.Parallel()
	c := codec{func(kind string, data, request, answer []byte) (Note, error) {
		if kind == "Swift" {
			return remembered{fmt.Sprintf("%s %s %s", data, request, answer)}, nil
		}
		var n remembered
		err := json.Unmarshal(data, &n)
		return n, err
	}}
	at := time.Date(2031, 2, 3, 4, 5, 6, 789, time.UTC)
	full := Exchange{
		Direction: In, Fake: "toy", Operation: "order", Thread: "toy:a:1", Tick: 7, At: at, Wall: at.Add(-time.Hour),
		Request:  Message{Method: "POST", URL: "/x?a=1", Header: http.Header{"A": {"1", "2"}, "B": nil}, Body: []byte("{}"), Size: 2},
		Response: &Message{Status: 200, Body: []byte("[]"), Size: 1 << 40, SHA256: "abc"},
		Fault:    &FaultHit{ID: "f", Name: "n", Effect: "503"}, Problems: []string{"p"}, Breach: []string{"b", ""}, Remarks: []string{"r"},
		Notes: []Note{remembered{"a"}, swift{remembered{"b"}}},
	}
	for name, tc := range map[string]struct {
		given Exchange
		end   *Ended
	}{
		"everything":    {full, &Ended{Tick: 8, At: at, Outcome: Completed, Bytes: 3, Duration: time.Second, Response: &Message{Status: 204}, Notes: []Note{remembered{"c"}}}},
		"nothing":       {Exchange{At: time.Time{}}, nil},
		"a long way on": {Exchange{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), Tick: 1 << 62}, &Ended{Outcome: Cut}},
	} {
		record := store.Record{N: 5, Entry: c.appendExchange(nil, &tc.given)}
		x := tc.given
		want := Entry{Exchange: &x, Ended: tc.end}
		want.N = 5
		if tc.end != nil {
			record.End = c.appendEnded(nil, tc.end)
			want.Ended.N = 5
		}
		if len(tc.given.Notes) > 0 {
			want.Notes = []Note{remembered{"a"}, remembered{"b {} [] {} []"}}
		}
		if diff := cmp.Diff(want, c.entry(record)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A note whose type nobody knows any more stays a kind and its JSON.
func TestJournalKeepsUnknownNotes(t *testing.T) {
	t.Parallel()
	var c codec
	x := Exchange{Notes: []Note{remembered{"a"}, swift{remembered{"b"}}}}
	got := c.entry(store.Record{N: 1, Entry: c.appendExchange(nil, &x)})
	want := `[{"kind":"Remembered","data":{"text":"a"}},{"kind":"Swift","data":{"text":"b"}}]`
	if text, err := json.Marshal(typed(got.Notes)); err != nil || string(text) != want {
		t.Errorf("notes are %s (%v), want %s", text, err, want)
	}
}

// What an answer has as pairs is in the journal's header, and on the wire, with
// what it has as a map.
func TestFieldsAreHeader(t *testing.T) {
	t.Parallel()
	o := outcome{
		answer: Answer{Status: 200, Header: http.Header{"A": {"1", "2"}}, Fields: [][2]string{{"B", "3"}, {"Set-Cookie", "secret"}}, ContentType: "text/plain"},
		body:   []byte("x"), header: [][2]string{{"C", "4"}},
	}
	kept := readMessage(pack.NewReader(appendMessage(nil, o.message()))).Header
	if diff := cmp.Diff(http.Header{"A": {"1", "2"}, "B": {"3"}, "C": {"4"}, "Content-Type": {"text/plain"}, "Set-Cookie": {Fingerprint("secret")}}, kept); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	sent := http.Header{}
	o.headerFor(7, sent, &dates{})
	want := http.Header{
		"A": {"1", "2"}, "B": {"3"}, "Set-Cookie": {"secret"}, "C": {"4"}, HeaderExchange: {"7"}, "Content-Type": {"text/plain"},
		"Date": {"Mon, 01 Jan 0001 00:00:00 GMT"},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("wire (-want +got):\n%s", diff)
	}
	sent["B"] = append(sent["B"], "more") // each value has its own room
	if got := sent["Set-Cookie"]; got[0] != "secret" {
		t.Errorf("Set-Cookie became %v", got)
	}
}
