package pack_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/pack"
)

type record struct {
	Text, Empty string
	Big, Less   int64
	Yes, No     bool
	Data, None  []byte
	List, Bare  []string
	At, Never   time.Time
	Hash        uint32
	IDs         [3]string
	Option      *string
	Inner       []byte
	Last        string
}

func (r record) append(b []byte) []byte {
	b = pack.Text(pack.Text(b, r.Text), r.Empty)
	b = pack.Int(pack.Int(b, r.Big), r.Less)
	b = pack.Bool(pack.Bool(b, r.Yes), r.No)
	b = pack.Bytes(pack.Bytes(b, r.Data), r.None)
	b = pack.Texts(pack.Texts(b, r.List), r.Bare)
	b = pack.Time(pack.Time(b, r.At), r.Never)
	for _, id := range r.IDs {
		b = pack.UUID(b, id)
	}
	b = pack.Option(b, r.Option)
	b, place := pack.Open(pack.Fixed(b, r.Hash))
	b = pack.Close(append(b, r.Inner...), place)
	return pack.Text(b, r.Last)
}

func read(r *pack.Reader) record {
	return record{
		Text: r.Text(), Empty: r.Text(), Big: r.Int(), Less: r.Int(), Yes: r.Bool(), No: r.Bool(), Data: r.Bytes(), None: r.Bytes(),
		List: r.Texts(), Bare: r.Texts(), At: r.Time(), Never: r.Time(), IDs: [3]string{r.UUID(), r.UUID(), r.UUID()}, Option: r.Option(), Hash: r.Fixed(), Inner: r.Block(), Last: r.Text(),
	}
}

var example = record{
	Text: "ทดสอบ", Big: 1 << 62, Less: -1 << 63, Yes: true, Data: []byte{0, 255}, List: []string{"a", "", "b"},
	IDs:    [3]string{"8f475a6e-5f02-4a9a-927d-a2bde67a905d", "8F475A6E-5f02-4a9a-927d-a2bde67a905d", "8f475a6e-5f02-4a9a-927d-a2bde67a90_d"},
	Option: new(string),
	At:     time.Date(2300, 1, 2, 3, 4, 5, 6, time.UTC), Hash: 1 << 31, Inner: []byte("inner"), Last: "last",
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func([]byte) *pack.Reader{"NewReader": pack.NewReader, "Peek": pack.Peek} {
		for _, want := range []record{example, {}} {
			if diff := cmp.Diff(want, read(open(want.append(nil)))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

// A record that was cut short reads as something and never panics.
func TestCutShort(t *testing.T) {
	t.Parallel()
	whole := example.append(nil)
	for n := range whole {
		got := read(pack.NewReader(whole[:n]))
		if got.Last == example.Last {
			t.Errorf("%d of %d bytes read as a whole record", n, len(whole))
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(example.append(nil))
	f.Fuzz(func(_ *testing.T, data []byte) { read(pack.NewReader(data)) })
}
