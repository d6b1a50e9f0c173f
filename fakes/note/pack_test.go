package note_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

type packed interface {
	note.Note
	Pack(b, request, answer []byte) []byte
}

// filled sets every field that a type has, whatever is added to it later.
func filled(t *testing.T, v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[json.Number]() {
			v.SetString("1700000000")
			return
		}
		v.SetString(string(rune('a'+*n%26)) + ", long enough to be looked for")
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(t, v.Elem(), n)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"payload":"of the answer"}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		filled(t, v.Index(0), n)
		filled(t, v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"k": "v", "": ""}))
	case reflect.Struct:
		for i := range v.NumField() {
			filled(t, v.Field(i), n)
		}
	default:
		t.Fatalf("no value for a field of type %s", v.Type())
	}
}

// The compact form says what the JSON says, of every field, whether or not the
// bodies of the exchange hold what it leaves out.
func TestCompactForms(t *testing.T) {
	t.Parallel()
	for _, kind := range []any{&note.OfferRequested{}, &note.OfferDecided{}, &note.OfferAnswered{}, &note.MessageSent{}} {
		empty := reflect.ValueOf(kind).Elem().Interface().(packed)
		n := 0
		filled(t, reflect.ValueOf(kind).Elem(), &n)
		full := reflect.ValueOf(kind).Elem().Interface().(packed)
		body, err := json.Marshal(full)
		if err != nil {
			t.Fatal(err)
		}
		for _, given := range []packed{empty, full} {
			for _, bodies := range [][2][]byte{{}, {body, body}} {
				data := given.Pack(nil, bodies[0], bodies[1])
				got, err := note.Read(given.NoteKind(), data, bodies[0], bodies[1])
				if diff := cmp.Diff(note.Note(given), got); diff != "" || err != nil {
					t.Errorf("%s in %d bytes: %v (-want +got):\n%s", given.NoteKind(), len(data), err, diff)
				}
			}
		}
		if inside, alone := full.Pack(nil, body, body), full.Pack(nil, nil, nil); full.NoteKind() == "OfferDecided" && len(inside) > len(alone)/2 {
			t.Errorf("%d bytes beside a body that holds everything, %d without", len(inside), len(alone))
		}
	}
}

func TestReadFallsBackToJSON(t *testing.T) {
	t.Parallel()
	got, err := note.Read("OptedOut", []byte(`{}`), nil, nil)
	if diff := cmp.Diff(note.Note(note.OptedOut{}), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if n, err := note.Read("OptedOut", []byte{0}, nil, nil); err == nil {
		t.Errorf("a compact form of a kind that has none reads as %v", n)
	}
}

// A record that was cut short, or changed anywhere, reads as something and
// never panics.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	for _, kind := range []any{&note.OfferRequested{}, &note.OfferDecided{}, &note.OfferAnswered{}, &note.MessageSent{}} {
		n := 0
		filled(t, reflect.ValueOf(kind).Elem(), &n)
		full := reflect.ValueOf(kind).Elem().Interface().(packed)
		body, err := json.Marshal(full)
		if err != nil {
			t.Fatal(err)
		}
		whole := full.Pack(nil, body, body)
		for at := range whole[1:] {
			_, _ = note.Read(full.NoteKind(), whole[:at+1], body, body)
			for _, value := range []byte{0, 1, 0x7f, 0xff} {
				changed := slices.Clone(whole)
				changed[at+1] = value
				_, _ = note.Read(full.NoteKind(), changed, body, body[:len(body)/2])
			}
		}
	}
}

// The same note gives the same bytes, whatever the order of a map.
func TestCompactFormsAreStable(t *testing.T) {
	t.Parallel()
	n := note.OfferRequested{Body: note.OfferBody{Attributes: &note.OfferAttributes{Custom: map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}}}}
	want := n.Pack(nil, nil, nil)
	for range 50 {
		if diff := cmp.Diff(want, n.Pack(nil, nil, nil)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func FuzzRead(f *testing.F) {
	status := note.OfferAnswered{Status: 200, Complete: true, Fault: "f"}
	f.Add("OfferAnswered", status.Pack(nil, nil, nil), []byte("{}"))
	for _, n := range []packed{note.OfferRequested{}, note.OfferDecided{}, note.MessageSent{}} {
		f.Add(n.NoteKind(), n.Pack(nil, nil, nil), []byte("{}"))
	}
	f.Fuzz(func(_ *testing.T, kind string, data, body []byte) { _, _ = note.Read(kind, data, body, body) })
}
