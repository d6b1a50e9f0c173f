package encore

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/google/go-cmp/cmp"
)

func ref[T any](v T) *T { return &v }

// seedRequest is the request of the Encore integration guide, Request.
const seedRequest = `{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":"whatsapp",
 "recipient":"15014005001","inboundMessageId":"wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
 "chatId":"8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d","attributes":{"countryCode":"US","language":"en","platform":"ios"}}`

func seedBody() note.OfferBody {
	return note.OfferBody{
		ClientID: ref("client-42"), ClientName: ref("Tony's Pizza"), MessagingPlatform: ref("whatsapp"),
		Recipient:        ref("15014005001"),
		InboundMessageID: ref("wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA=="),
		ChatID:           ref("8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d"),
		Attributes:       &note.OfferAttributes{CountryCode: ref("US"), Language: ref("en"), Platform: ref("ios")},
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		json           string
		want           note.OfferBody
		unknown, wrong []string
	}{
		"the guide's sample": {json: seedRequest, want: seedBody()},
		"an empty object":    {json: `{}`},
		"values are not judged, only types": {
			json: `{"clientId":"","requestId":"no uuid","messagingPlatform":"sms"}`,
			want: note.OfferBody{ClientID: ref(""), RequestID: ref("no uuid"), MessagingPlatform: ref("sms")},
		},
		"milliseconds are an integer like any": {
			json: `{"inboundTimestamp":1778695603093}`,
			want: note.OfferBody{InboundTimestamp: ref(json.Number("1778695603093"))},
		},
		"a fraction is no integer, nor is a text, nor null": {
			json:  `{"inboundTimestamp":1.5,"userId":null,"recipient":15014005001}`,
			wrong: []string{"inboundTimestamp", "recipient", "userId"},
		},
		"a timestamp as Meta's text": {json: `{"inboundTimestamp":"1778695603"}`, wrong: []string{"inboundTimestamp"}},
		"attributes that are a list": {json: `{"attributes":[]}`, wrong: []string{"attributes"}},
		"names that the contract does not have": {
			json:    `{"zip":1,"clientID":"x","attributes":{"zip":1,"clientId":"x"}}`,
			want:    note.OfferBody{Attributes: &note.OfferAttributes{}},
			unknown: []string{"attributes.clientId", "attributes.zip", "clientID", "zip"},
		},
		"custom keeps its texts": {
			json:  `{"attributes":{"custom":{"a":"1","b":2},"gender":true}}`,
			want:  note.OfferBody{Attributes: &note.OfferAttributes{Custom: map[string]string{"a": "1"}}},
			wrong: []string{"attributes.custom.b", "attributes.gender"},
		},
		"custom that is a text": {
			json: `{"attributes":{"custom":"a"}}`, want: note.OfferBody{Attributes: &note.OfferAttributes{}},
			wrong: []string{"attributes.custom"},
		},
	} {
		for _, useNumber := range []bool{false, true} {
			body, unknown, wrong := Read(decode(t, c.json, useNumber))
			want := []any{c.want, c.unknown, c.wrong}
			if diff := cmp.Diff(want, []any{body, unknown, wrong}); diff != "" {
				t.Errorf("%s, json.Number %v (-want +got):\n%s", name, useNumber, diff)
			}
		}
	}
}

func decode(t *testing.T, text string, useNumber bool) (tree map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	if useNumber {
		d.UseNumber()
	}
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestReadKnowsEveryField keeps the tables in step with the note: a field that
// is added there must be read here.
func TestReadKnowsEveryField(t *testing.T) {
	t.Parallel()
	names := func(v any) (names []string) {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
			names = append(names, string(name))
		}
		slices.Sort(names)
		return names
	}
	body, attributes := []string{timestampField, attributesField}, []string{customField}
	for _, f := range bodyFields {
		body = append(body, f.name)
	}
	for _, f := range attributeFields {
		attributes = append(attributes, f.name)
	}
	slices.Sort(body)
	slices.Sort(attributes)
	if diff := cmp.Diff(names(note.OfferBody{}), body); diff != "" {
		t.Errorf("fields of the body (-note +read):\n%s", diff)
	}
	if diff := cmp.Diff(names(note.OfferAttributes{}), attributes); diff != "" {
		t.Errorf("fields of the attributes (-note +read):\n%s", diff)
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*note.OfferBody)
		want   []string
	}{
		"nothing":       {func(*note.OfferBody) {}, nil},
		"another value": {func(b *note.OfferBody) { b.Recipient = ref("1") }, []string{"recipient"}},
		"now absent":    {func(b *note.OfferBody) { b.ChatID = nil }, []string{"chatId"}},
		"now present, in the guide's order": {
			func(b *note.OfferBody) {
				b.Attributes.City, b.InboundTimestamp, b.UserID = ref(""), ref(json.Number("0")), ref("")
			},
			[]string{"userId", "inboundTimestamp", "attributes.city"},
		},
		"attributes gone": {
			func(b *note.OfferBody) { b.Attributes = nil },
			[]string{"attributes.countryCode", "attributes.language", "attributes.platform"},
		},
		"custom": {
			func(b *note.OfferBody) { b.Attributes.Custom = map[string]string{"a": "b"} }, []string{"attributes.custom"},
		},
	} {
		before, after := seedBody(), seedBody()
		c.change(&after)
		if diff := cmp.Diff(c.want, Changed(before, after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.want, Changed(after, before)); diff != "" {
			t.Errorf("%s, the other way round (-want +got):\n%s", name, diff)
		}
	}
}

func TestChangedComparesNumbersByValue(t *testing.T) {
	t.Parallel()
	a, _, _ := Read(decode(t, `{"inboundTimestamp":1.7e9}`, true))
	b, _, _ := Read(decode(t, `{"inboundTimestamp":1700000000}`, true))
	if got := Changed(a, b); got != nil {
		t.Errorf("the same instant written in two ways counts as a change of %v", got)
	}
}

// What is read the short way is what Read reads of the same body.
func comparePlain(t *testing.T, data []byte) (short bool) {
	t.Helper()
	got, short := readPlain(data)
	if !short {
		return false
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatalf("%s is read, and is no JSON object: %v", data, err)
	}
	want, unknown, wrong := Read(tree)
	if diff := cmp.Diff(want, got); diff != "" || len(unknown)+len(wrong) > 0 {
		t.Errorf("%s: unknown %q, of a wrong type %q (-Read +readPlain):\n%s", data, unknown, wrong, diff)
	}
	return true
}

func TestReadPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		short  bool
		reason string
	}{
		{seedRequest, true, "the guide's own request is as nearly all are"},
		{`{}`, true, "nothing is in order too"},
		{`{"clientId":"c","inboundTimestamp":1700000000,"attributes":{"city":"Köln"}}`, true, "numbers and other letters are"},
		{`{"inboundTimestamp":0,"attributes":{}}`, true, "zero is a number"},
		{`{"inboundTimestamp":1.7e9}`, false, "a number that is kept in another form"},
		{`{"inboundTimestamp":-0}`, false, "a number that is kept in another form"},
		{`{"inboundTimestamp":12345678901234567890}`, false, "more than a float64 tells"},
		{`{"clientId":"c","clientId":"d"}`, false, "the last one counts"},
		{`{"attributes":{},"attributes":{"city":"x"}}`, false, "the last one counts"},
		{`{"clientId":1}`, false, "a wrong type is to be named"},
		{`{"clientId":null}`, false, "a wrong type is to be named"},
		{`{"attributes":null}`, false, "a wrong type is to be named"},
		{`{"client":"c"}`, false, "an unknown field is to be named"},
		{`{"attributes":{"custom":{"a":"b"}}}`, false, "a map of its own"},
		{`{"clientName":"Tony\u0027s"}`, false, "an escape"},
		{"{\"clientName\":\"\xff\"}", false, "no UTF-8"},
		{`{"clientId":"c"`, false, "no JSON"},
		{`[]`, false, "no object"},
	} {
		if comparePlain(t, []byte(c.body)) != c.short {
			t.Errorf("%s is read the short way: %v, want %v: %s", c.body, !c.short, c.short, c.reason)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(seedRequest))
	f.Add([]byte(`{"attributes":{"custom":{"a":1}},"inboundTimestamp":1e999,"":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		comparePlain(t, data)
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var tree map[string]any
		if d.Decode(&tree) != nil {
			return
		}
		body, unknown, wrong := Read(tree)
		if changed := Changed(body, body); changed != nil {
			t.Errorf("a request differs from itself in %v", changed)
		}
		again, err := json.Marshal(body)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		var back note.OfferBody
		if err := json.Unmarshal(again, &back); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if changed := Changed(body, back); changed != nil {
			t.Errorf("%v got lost in JSON", changed)
		}
		if !slices.IsSorted(unknown) || !slices.IsSorted(wrong) {
			t.Errorf("unsorted: %q, %q", unknown, wrong)
		}
	})
}
