package expect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is a note of these tests.
type said struct {
	Text  string `json:"text"`
	Links int    `json:"links,omitempty"`
	To    []who  `json:"to,omitempty"`
}

type who struct {
	Name string `json:"name"`
	Age  int    `json:"age"`
}

func vocabulary() []Term {
	return []Term{
		{Words: "asked", Kind: "Asked"},
		{Words: "offer made", Kind: "Said", Fields: map[string]any{"links": "*"}, Text: "text"},
		{Words: "reply made", Kind: "Said", Fields: map[string]any{"links": nil}, Text: "text"},
	}
}

// day is what happened: a webhook, two calls of which the first was refused, an
// offer, two replies, a webhook still under way, a call of another thread.
func day() []*Exchange {
	call := func(n int64, op string, status int, body string, notes ...Note) *Exchange {
		return &Exchange{
			N: n, Tick: n, Direction: "in", Fake: "shop", Operation: op, Thread: "t1", Status: status, Answered: true,
			Request: []byte(body), Response: []byte(`{"ok":true,"offer":{"id":"o1"}}`), Notes: notes,
		}
	}
	return []*Exchange{
		{N: 1, Tick: 1, Direction: "out", Fake: "post", Operation: "message", Thread: "t1", Status: 200, Answered: true, Request: []byte("to=1&text=Hi")},
		call(2, "ask", 503, `{"id":"m1","size":7}`, Note{"Asked", said{}}),
		call(3, "ask", 200, `{"id":"m1","size":7}`, Note{"Asked", said{}}),
		call(4, "send", 200, `{"list":[{"a":1,"b":2}]}`, Note{"Said", said{Text: "Take this", Links: 1}}),
		call(5, "send", 200, `{"id":null}`, Note{"Said", said{Text: "Hello", To: []who{{"Ann", 7}}}}),
		call(6, "send", 200, `{}`, Note{"Said", said{Text: "We open until 10"}}),
		{N: 7, Tick: 7, Direction: "out", Fake: "post", Operation: "status", Thread: "t1"},
		{N: 8, Tick: 8, Direction: "in", Fake: "shop", Operation: "ask", Thread: "t2", Answered: true, Notes: []Note{{"Asked", said{}}}},
	}
}

// patterns reads a JSON list.
func patterns(t *testing.T, text string) (list []Pattern) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return list
}

// ask puts a question about the day and words the answer: the exchanges that
// meet the patterns, a dash for one that is not met.
func ask(t *testing.T, text string, anyOrder bool) (string, Answer) {
	t.Helper()
	q, err := New(patterns(t, text), anyOrder, vocabulary())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	a := q.Ask(day())
	met := make([]string, len(q.criteria))
	for i := range met {
		met[i] = "-"
	}
	for _, m := range a.Matched {
		met[m.Pattern-1] = fmt.Sprint(m.N)
	}
	if a.Held() != (len(a.Matched) == len(q.criteria)) || len(a.Matched)+len(a.Missing) != len(q.criteria) {
		t.Errorf("%s: held %v with %d matched and %d missing", text, a.Held(), len(a.Matched), len(a.Missing))
	}
	return strings.Join(met, " "), a
}

func TestMatching(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ why, patterns, want string }{
		{"an operation with its vendor", `["shop.ask"]`, "2"},
		{"an operation alone", `[{"operation":"ask"}]`, "2"},
		{"vendor and operation apart", `[{"fake":"shop","operation":"send"}]`, "4"},
		{"the vendor twice", `[{"fake":"shop","operation":"shop.send"}]`, "4"},
		{"a vendor alone", `[{"fake":"post"}]`, "1"},
		{"another vendor's operation", `[{"fake":"post","operation":"ask"}]`, "-"},
		{"a direction", `[{"direction":"out"},{"direction":"out"},{"direction":"out"}]`, "1 7 -"},
		{"a thread", `[{"thread":"t2"}]`, "8"},
		{"a status", `["asked 200"]`, "3"},
		{"a status beside words", `[{"what":"asked","status":503}]`, "2"},
		{"no answer at all", `["asked 0"]`, "8"},
		{"an answer that may still come is no answer that never came", `["post.status 0"]`, "-"},
		{"words with a text", `["reply made: Hello"]`, "5"},
		{"words with an expression", `["reply made: /until \\d+/"]`, "6"},
		{"words with another text", `["reply made: Goodbye"]`, "-"},
		{"an offer is no reply", `["offer made","reply made"]`, "4 5"},
		{"each takes an exchange of its own", `["asked","asked","asked","asked"]`, "2 3 8 -"},
		{"order counts", `["reply made","offer made"]`, "5 -"},
		{"a later pattern waits for an earlier one", `["reply made: Goodbye","asked"]`, "- -"},
		{"a body that is no JSON", `[{"text":"/text=Hi/"}]`, "1"},
		{"a body as it came", `["post.message: to=1&text=Hi"]`, "1"},
		{"a value of the request", `[{"request":{"id":"m1","size":7}}]`, "2"},
		{"with dollars", `[{"request":{"$.id":"m1","$.list":null}}]`, "2"},
		{"the whole request", `[{"request":{"$":{"list":[{"b":2}]}}}]`, "4"},
		{"a list of another length", `[{"request":{"list":[]}}]`, "-"},
		{"a number is no text", `[{"request":{"size":"7"}}]`, "-"},
		{"an expression reads numbers", `[{"request":{"size":"/^7$/"}}]`, "2"},
		{"the same number in another form", `[{"request":{"size":7.0}}]`, "2"},
		{"an index", `[{"request":{"list[0].a":1}}]`, "4"},
		{"an index beyond the end", `[{"request":{"list[1].a":"*"}}]`, "-"},
		{"null is nothing, or null", `["shop.send",{"operation":"send","request":{"id":null}},{"operation":"send","request":{"id":null}}]`, "4 5 6"},
		{"anything is not null", `[{"operation":"send","request":{"id":"*"}}]`, "-"},
		{"a value of the answer", `[{"response":{"offer.id":"o1","ok":true}}]`, "2"},
		{"a note", `[{"note":{"kind":"Asked"}}]`, "2"},
		{"fields of a note", `[{"note":{"kind":"Said","fields":{"links":null,"to[0].name":"Ann","to":[{"age":7}]}}}]`, "5"},
		{"no such note", `[{"note":{"kind":"Sung"}}]`, "-"},
	} {
		if got, _ := ask(t, c.patterns, false); got != c.want {
			t.Errorf("%s: %s is met by %s, want %s", c.why, c.patterns, got, c.want)
		}
	}
}

func TestAnyOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ why, patterns, want string }{
		{"as they come", `["reply made","offer made"]`, "5 4"},
		{"the choosy one keeps the only one that it can have", `["asked","asked 503","asked 200"]`, "8 2 3"},
		{"one is missing and the others hold", `["reply made: Goodbye","asked"]`, "- 2"},
		{"four for three", `["asked","asked","asked","asked"]`, "2 3 8 -"},
	} {
		if got, _ := ask(t, c.patterns, true); got != c.want {
			t.Errorf("%s: %s is met by %s, want %s", c.why, c.patterns, got, c.want)
		}
	}
}

// misses words the near misses of the first missing pattern.
func misses(a Answer) (lines []string) {
	if len(a.Missing) == 0 {
		return nil
	}
	for _, m := range a.Missing[0].Closest {
		var says []string
		for _, d := range m.Differs {
			says = append(says, d.Says)
		}
		lines = append(lines, fmt.Sprintf("#%d %s", m.N, strings.Join(says, "; ")))
	}
	return lines
}

// The closest come first, three at the most, and nothing of another kind.
func TestNearMisses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why, patterns string
		anyOrder      bool
		want          []string
	}{
		{"a status", `["asked 201"]`, false,
			[]string{"#2 its status is 503, not 201", "#3 its status is 200, not 201", "#8 it has no answer, and should have status 201"}},
		{"the likest text comes first", `["reply made: Hello!"]`, false,
			[]string{`#5 its text is "Hello", not "Hello!"`, `#6 its text is "We open until 10", not "Hello!"`}},
		{"an exchange of the kind that came too early", `["reply made: Hello","asked 503"]`, false,
			[]string{"#2 it came before #5", "#3 its status is 200, not 503", "#8 it has no answer, and should have status 503"}},
		{"one that has been taken", `["offer made","offer made"]`, false, []string{"#4 it is pattern 1 already"}},
		{"one that waits for an earlier pattern", `["reply made: Bye","offer made"]`, false, []string{`#5 its text is "Hello", not "Bye"`, `#6 its text is "We open until 10", not "Bye"`}},
		{"several values", `[{"operation":"ask","request":{"id":"m2","size":7,"more":true}}]`, false,
			[]string{
				`#2 its request id is "m1", not "m2"; its request more is absent, not true`,
				`#3 its request id is "m1", not "m2"; its request more is absent, not true`,
				`#8 its request has no JSON body`,
			}},
		{"a field that should not be there", `[{"note":{"kind":"Said","fields":{"links":null,"text":"Take this offer"}}}]`, false,
			[]string{
				`#5 the Said note's text is "Hello", not "Take this offer"`,
				`#6 the Said note's text is "We open until 10", not "Take this offer"`,
				`#4 the Said note's links is 1 and should be absent; the Said note's text is "Take this", not "Take this offer"`,
			}},
		{"a direction of the right operation", `[{"operation":"send","direction":"out","request":{"list":"*"}}]`, false,
			[]string{"#4 its direction is in, not out", "#5 its direction is in, not out; its request list is absent, not *", "#6 its direction is in, not out; its request list is absent, not *"}},
		{"an answer that is under way", `["post.status 200"]`, false, []string{"#7 its answer is not there yet"}},
		{"nothing like it", `["shop.sing"]`, false, nil},
		{"without a kind every exchange may be meant", `[{"thread":"t2","status":201}]`, false,
			[]string{"#8 it has no answer, and should have status 201", "#1 its thread is t1, not t2; its status is 200, not 201", "#2 its thread is t1, not t2; its status is 503, not 201"}},
	} {
		_, a := ask(t, c.patterns, c.anyOrder)
		if diff := cmp.Diff(c.want, misses(a)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", c.why, c.patterns, diff)
		}
	}
}

// Whoever reads an answer by program finds the values and the whole of long ones.
func TestDifferencesHaveValues(t *testing.T) {
	t.Parallel()
	_, a := ask(t, `[{"operation":"send","request":{"list":{"a":1}}}]`, false)
	want := Difference{What: "request list", Want: `{"a":1}`, Got: `[{"a":1,"b":2}]`, Says: `its request list is [{"a":1,"b":2}], not {"a":1}`}
	got := a.Missing[0].Closest[0].Differs[0]
	got.far = 0
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Difference{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	long := strings.Repeat("long ", 30)
	q, err := New([]Pattern{{Request: map[string]any{"text": "short"}}}, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	got = q.Ask([]*Exchange{{N: 1, Request: fmt.Appendf(nil, `{"text":%q}`, long)}}).Missing[0].Closest[0].Differs[0]
	if want := "-\"short\"\n+\"" + long + "\""; got.Diff != want || len(got.Got) >= len(long) {
		t.Errorf("the diff is\n%s\nwant\n%s\nand a shorter value than %s", got.Diff, want, got.Got)
	}
}

// A name that is spelt wrong is met by nothing; the hint says so.
func TestHint(t *testing.T) {
	t.Parallel()
	_, a := ask(t, `["shop.aks"]`, false)
	if got, want := a.Missing[0].Hint, "no exchange is shop.aks; did you mean shop.ask?"; got != want {
		t.Errorf("hint %q, want %q", got, want)
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	const known = "use asked, offer made, reply made, or an operation such as encore.offersMessage"
	for source, want := range map[string]string{
		"asked":                  "",
		"asked 0":                "",
		"reply made: Hi: there":  "",
		"reply made 200: /a|b/":  "",
		"shop.ask 302":           "",
		"post.status: /arrived/": "",
		"":                       known,
		"reply":                  known,
		".ask":                   known,
		"shop.":                  known,
		"shop.ask twice":         known,
		"reply made:":            "nothing follows the colon",
		"reply made: /(/":        "missing closing )",
		"reply made: /our/i":     "flags stand within the slashes, as in /(?i)our/",
		"asked: Hi":              "asked has no text; leave out what follows the colon",
		"shop.ask: /[/":          "missing closing ]",
	} {
		_, err := Parse(source, vocabulary())
		switch {
		case want == "" && err != nil:
			t.Errorf("%q is refused: %v", source, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), fmt.Sprintf("pattern %q: ", source))):
			t.Errorf("%q: error %v, want one that says %q", source, err, want)
		}
	}
}

// What cannot be asked is refused, with what to write instead.
func TestRefusedQuestions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ patterns, want string }{
		{`[]`, `no pattern is given; name what is expected, such as "asked"`},
		{`[{}]`, "a pattern is empty; name an operation such as encore.offersMessage"},
		{`["sing"]`, "use asked, offer made"},
		{`[{"what":"sing"}]`, "use asked, offer made"},
		{`[{"request":{"a..b":1}}]`, `request: "a..b" is no path; write member names and indexes such as a.b[0].c`},
		{`[{"response":{"a[x]":1}}]`, `response: "a[x]" is no path`},
		{`[{"request":{"a":"/(/"}}]`, "request a: error parsing regexp"},
		{`[{"request":{"a":{"b":["/(/"]}}}]`, "request a: error parsing regexp"},
		{`[{"text":"/(/"}]`, "error parsing regexp"},
		{`[{"note":{"kind":""}}]`, `note: its kind is missing`},
		{`[{"note":{"kind":"Said","fields":{"a b":1}}}]`, `note: "a b" is no path`},
		{`[{"opration":"ask"}]`, `a pattern has no member "opration"; did you mean operation?`},
		{`[{"note":{"kinds":"Said"}}]`, `a pattern has no member "kinds"; did you mean kind?`},
		{`[{"status":"200"}]`, "pattern: cannot unmarshal string"},
		{`[7]`, "pattern: cannot unmarshal number"},
		{"[" + strings.Repeat(`"asked",`, 100) + `"asked"]`, "101 patterns are too many; ask for up to 100 at once"},
	} {
		var list []Pattern
		err := json.Unmarshal([]byte(c.patterns), &list)
		if err == nil {
			_, err = New(list, false, vocabulary())
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.patterns, err, c.want)
		}
	}
	if _, err := New(nil, false, nil); err == nil || !strings.Contains(err.Error(), "an operation such as") {
		t.Errorf("without a vocabulary: %v", err)
	}
}

// What a pattern is called in answers says all of it.
func TestPatternsInWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"asked 503"`:                       "asked 503",
		`{"fake":"shop","operation":"ask"}`: "shop.ask",
		`{"fake":"shop"}`:                   "shop",
		`{"operation":"ask","direction":"in","thread":"t1","status":0}`:   "ask, direction in, thread t1, status 0",
		`{"note":{"kind":"Said","fields":{"text":"/a/","links":null}}}`:   "note Said, Said.links = null, Said.text = /a/",
		`{"request":{"b":[1,{"c":"/d/"}],"a":"*"},"response":{"e":true}}`: `request a = *, request b = [1,{"c":"/d/"}], response e = true`,
		`{"text":"whole"}`: "body whole",
	} {
		var p Pattern
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if got := p.String(); got != want {
			t.Errorf("%s is called %s, want %s", text, got, want)
		}
	}
}
