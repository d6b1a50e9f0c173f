package sim

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/store"
)

type remembered struct {
	Text string `json:"text"`
}

func (remembered) NoteKind() string { return "Remembered" }

// quick writes its JSON by itself.
type quick struct{ remembered }

func (q quick) AppendJSON(b []byte) []byte { return append(b, `{"text":"quick `+q.Text+`"}`...) }

// An exchange comes out of the journal as it went in, but for its number,
// which is the journal's, and its credentials.
func TestJournalKeepsExchanges(t *testing.T) {
	t.Parallel()
	s := &Sandbox{words: Vocabulary{Read: func(kind string, data []byte) (Note, error) {
		if kind != "Remembered" {
			return nil, nil
		}
		var n remembered
		err := json.Unmarshal(data, &n)
		return n, err
	}}}
	at := time.Date(2031, 2, 3, 4, 5, 6, 789, time.UTC)
	full := Exchange{
		Direction: In, Fake: "toy", Operation: "order", Thread: "toy:a:1", Tick: 7, At: at, Wall: at.Add(-time.Hour),
		Request:  Message{Method: "POST", URL: "/x?a=1", Header: http.Header{"A": {"1", "2"}, "B": nil}, Body: []byte("{}"), Size: 2},
		Response: &Message{Status: 200, Size: 1 << 40, SHA256: "abc"},
		Fault:    &FaultHit{ID: "f", Name: "n", Effect: "503"}, Problems: []string{"p"}, Breach: []string{"b", ""}, Remarks: []string{"r"},
		Notes: []Note{remembered{"a"}, quick{remembered{"b"}}},
	}
	for name, c := range map[string]struct {
		given Exchange
		end   *Ended
	}{
		"everything":    {full, &Ended{Tick: 8, At: at, Outcome: Completed, Bytes: 3, Duration: time.Second, Response: &Message{Status: 204}, Notes: []Note{remembered{"c"}}}},
		"nothing":       {Exchange{At: time.Time{}}, nil},
		"a long way on": {Exchange{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), Tick: 1 << 62}, &Ended{Outcome: Cut}},
	} {
		record := store.Record{N: 5, Entry: appendExchange(nil, &c.given)}
		want := Entry{Exchange: &c.given, Ended: c.end}
		want.N = 5
		if c.end != nil {
			record.End = appendEnded(nil, c.end)
			want.Ended.N = 5
		}
		if len(c.given.Notes) > 0 {
			c.given.Notes[1] = remembered{"quick b"}
		}
		if diff := cmp.Diff(want, s.entry(record)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A note whose type nobody knows any more stays a kind and its JSON.
func TestJournalKeepsUnknownNotes(t *testing.T) {
	t.Parallel()
	s := &Sandbox{}
	x := Exchange{Notes: []Note{remembered{"a"}}}
	got := s.entry(store.Record{N: 1, Entry: appendExchange(nil, &x)})
	want := `[{"kind":"Remembered","data":{"text":"a"}}]`
	if text, err := json.Marshal(typed(got.Notes)); err != nil || string(text) != want {
		t.Errorf("notes are %s (%v), want %s", text, err, want)
	}
}
