package story

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expecting reads an expect list as a scenario file has it.
func expecting(t *testing.T, list string) []Expectation {
	t.Helper()
	return parse(t, "steps:\n  - customer: Hi\n    expect: "+list+"\n").Steps[0].Expect
}

// came builds observations from words; the exchanges are numbered from 1. A
// text follows a colon, a provider's reason a second one.
func came(words ...string) (out []Observation) {
	for i, w := range words {
		parts := append(strings.Split(w, ": "), "", "")
		out = append(out, Observation{Word: Word(parts[0]), Text: parts[1], Detail: parts[2], Exchange: int64(i + 1)})
	}
	return out
}

type matchCase struct {
	name, expect string
	got          []Observation
	want         []string
}

func (c matchCase) run(t *testing.T) {
	t.Parallel()
	var got []string
	for _, m := range Match(expecting(t, c.expect), c.got) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("mismatches (-want +got):\n%s", diff)
	}
}

func TestMatchHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []matchCase{
		{"silence", "[]", nil, nil},
		{"the three of a first message", "[offer requested, offer sent, reply sent]", came("offer requested", "offer sent", "reply sent"), nil},
		{"least of a range", "[offer requested: {times: 1..4}, reply sent]", came("offer requested", "reply sent"), nil},
		{
			"most of a range", "[offer requested: {times: 1..4}, reply sent]",
			came("offer requested", "offer requested", "offer requested", "offer requested", "reply sent"), nil,
		},
		{"range from zero", "[offer requested: {times: 0..1}, reply sent]", came("reply sent"), nil},
		{"open range", "[reply sent: {times: 2..}]", came("reply sent", "reply sent", "reply sent"), nil},
		{"any reply, none", "[offer sent, reply: any]", came("offer sent"), nil},
		{"any reply, several and refused", "[reply: any]", came("reply sent", "reply refused: Hi: status 500", "reply sent"), nil},
		{"any reply before a certain one", "[reply: any, reply sent: {text: /open/}]", came("reply sent: Hello", "reply sent: We are open"), nil},
		{
			"a range leaves something for the next", "[reply sent: {times: 1..2}, reply sent: {text: Bye}]",
			came("reply sent: Hi", "reply sent: Bye"), nil,
		},
		{"regular expression", "[reply sent: {text: /(?i)OPEN/}]", came("reply sent: We are open"), nil},
		{"whole text", "[reply sent: {text: We are open}]", came("reply sent: We are open"), nil},
		{"text of each time", "[reply sent: {times: 2, text: /e/}]", came("reply sent: One", "reply sent: More"), nil},
	} {
		t.Run(c.name, c.run)
	}
}

func TestMatchExplainsOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []matchCase{
		{"nothing came", "[reply sent]", nil, []string{"expected reply sent, got nothing"}},
		{"silence broken", "[]", came("reply sent: Hi"), []string{`expected nothing, got reply sent "Hi" (exchange 1)`}},
		{"one more than expected", "[offer sent, reply sent]", came("offer sent", "reply sent", "offer sent"), []string{
			"expected nothing more, got offer sent (exchange 3)",
		}},
		{"reply before the offer", "[offer sent, reply sent]", came("reply sent", "offer sent"), []string{
			"expected offer sent, got reply sent (exchange 1)",
			"expected nothing more, got offer sent (exchange 2)",
		}},
		{"offer left out", "[offer requested, offer sent, reply sent]", came("offer requested", "reply sent"), []string{
			"expected offer sent, got reply sent (exchange 2)",
		}},
		{"offer refused by the provider", "[offer requested, offer sent, reply sent]",
			came("offer requested", "offer refused: Free: status 400, code 131047", "reply sent"), []string{
				`expected offer sent, got offer refused "Free", status 400, code 131047 (exchange 2)`,
			}},
		{"offers mid-thread", "[reply sent]", came("offer requested", "offer sent", "reply sent"), []string{
			"expected reply sent, got offer requested (exchange 1)",
			"expected reply sent, got offer sent (exchange 2)",
		}},
	} {
		t.Run(c.name, c.run)
	}
}

func TestMatchExplainsTimesAndTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []matchCase{
		{"the plain word is once", "[offer requested, offer sent, reply sent]",
			came("offer requested", "offer requested", "offer requested", "offer sent", "reply sent"), []string{
				"expected offer requested once, got 2 more (exchanges 2, 3)",
			}},
		{"too many retries", "[offer requested: {times: 1..2}, reply sent]",
			came("offer requested", "offer requested", "offer requested", "reply sent"), []string{
				"expected offer requested 1..2 times, got 1 more (exchange 3)",
			}},
		{"too few", "[reply sent: {times: 3}]", came("reply sent", "reply sent"), []string{
			"expected reply sent 3 times, got 2 times",
		}},
		{"too few by two", "[offer requested: {times: 3..}, reply sent]", came("offer requested", "reply sent"), []string{
			"expected offer requested 3.. times, got once",
		}},
		{"none of several", "[offer requested: {times: 2}, reply sent]", came("reply sent"), []string{
			"expected offer requested 2 times, got reply sent (exchange 1)",
		}},
		{"another text", "[reply sent: {text: /open/}]", came("reply sent: We are closed"), []string{
			`expected reply sent with text /open/, got reply sent "We are closed" (exchange 1)`,
		}},
		{"another text once of twice", "[reply sent: {times: 2, text: Hi}]", came("reply sent: Hi", "reply sent: Ho"), []string{
			`expected reply sent with text "Hi", got reply sent "Ho" (exchange 2)`,
		}},
		{"a long text is cut", "[]", came("reply sent: " + strings.Repeat("ä", 100)), []string{
			`expected nothing, got reply sent "` + strings.Repeat("ä", 59) + `…" (exchange 1)`,
		}},
		{"line feeds stay on one line", "[]", came("reply sent: a\nb"), []string{
			`expected nothing, got reply sent "a\nb" (exchange 1)`,
		}},
		{"an offer where any reply may stand", "[reply: any]", came("reply sent", "offer sent", "reply sent"), []string{
			"expected nothing more, got offer sent (exchange 2)",
		}},
		{"everything missing", "[offer requested, offer sent, reply sent]", nil, []string{
			"expected offer requested, got nothing", "expected offer sent, got nothing", "expected reply sent, got nothing",
		}},
	} {
		t.Run(c.name, c.run)
	}
}

func TestMismatchNamesThePlace(t *testing.T) {
	t.Parallel()
	expect := expecting(t, "[offer sent, reply sent]")
	got := Match(expect, came("offer sent"))
	want := []Mismatch{{Pos: Pos{4, 26}, Expected: "reply sent", Got: "nothing"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

// Every sequence of up to four words matches exactly the lists that a naive
// reading of the language says it should: a regular expression over letters.
func TestMatchAgreesWithRegularExpressions(t *testing.T) {
	t.Parallel()
	lists := map[string]string{
		"[]":                            "^$",
		"[offer sent, reply sent]":      "^sr$",
		"[offer sent: {times: 1..3}]":   "^s{1,3}$",
		"[reply sent: {times: 0..1}]":   "^r?$",
		"[reply: any, offer sent]":      "^[rR]*s$",
		"[offer sent: {times: 2..}]":    "^s{2,}$",
		"[reply: any, reply sent]":      "^[rR]*r$",
		"[offer requested, reply: any]": "^o[rR]*$",
		"[offer sent: {times: 0..2}, offer sent, reply sent: {times: 2}]": "^s{0,2}sr{2}$",
	}
	letters := map[rune]Word{'o': OfferRequested, 's': OfferSent, 'r': ReplySent, 'R': ReplyRefused}
	for list, pattern := range lists {
		expect := expecting(t, list)
		for _, word := range sequences("osrR", 4) {
			var got []Observation
			for _, letter := range word {
				got = append(got, Observation{Word: letters[letter]})
			}
			holds := len(Match(expect, got)) == 0
			if want := (Expectation{Text: "/" + pattern + "/"}).Reads(word); holds != want {
				t.Errorf("%s with %q: holds %v, want %v", list, word, holds, want)
			}
		}
	}
}

func sequences(letters string, longest int) []string {
	all, level := []string{""}, []string{""}
	for range longest {
		var next []string
		for _, word := range level {
			for _, letter := range letters {
				next = append(next, word+string(letter))
			}
		}
		all, level = append(all, next...), next
	}
	return all
}
