package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// textCases are about what customers read. Operators choose their name, so the
// limits have to hold for any.
func textCases() []Case {
	const clause = guide + "Sending the message: the payload is ready for the Graph API, whose limits hold"
	rows := []struct{ id, name, reason string }{
		{"text.long-name", strings.Repeat("The Very Long Pizza Company ", 180), "Meta refuses a title of 81 characters, and the offer is lost"},
		{"text.emoji-name", strings.Repeat("👩‍🍳🍕", 60), "an emoji is several characters to Meta; cutting inside one shows as garbage"},
		{"text.arabic-name", "مطعم " + strings.Repeat("الشرق ", 40), "what is written from right to left is cut like everything else"},
		{"text.combining-name", strings.Repeat("e\u0301", 120), "an accent may be a character of its own"},
		{"text.markup-name", "\"Tony\" & Søn's <b>Pizza</b> \\ {clientName} %s", "names are not JSON, not HTML and no templates"},
		{"text.short-name", "X", "the shortest name is a name"},
	}
	cases := make([]Case, len(rows))
	for i, row := range rows {
		cases[i] = Case{row.id, clause, row.reason, named(row.name)}
	}
	return append(cases, Case{"text.placeholders", guide + "Request: clientName is put into the offer's text",
		"a placeholder that customers can read says that nobody looked", onEvery(noPlaceholder)})
}

// named asks on every platform for an operator of that name.
func named(name string) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		var errs []error
		for _, c := range channels() {
			r := s.freshOn(c.platform)
			r["clientName"] = name
			a, err := s.decided(ctx, r)
			if err == nil {
				err = c.readable(a)
			}
			errs = append(errs, within(c.platform, err))
		}
		return worst(errs...)
	}
}

// readable wants texts within Meta's limits that were not cut inside a character.
func (c channel) readable(a answer) error {
	if a.at("offer") == nil {
		return noOffer(c.platform)
	}
	if !utf8.Valid(a.text) {
		return errors.New("got bytes that are no UTF-8, want JSON in UTF-8")
	}
	var errs []error
	for _, w := range c.texts {
		text, _ := a.at(w.path).(string)
		if n := utf8.RuneCountInString(text); n > w.limit {
			errs = append(errs, fmt.Errorf("%s: got %d characters (%s), want at most %d", w.path, n, brief([]byte(text)), w.limit))
		}
		if strings.ContainsRune(text, utf8.RuneError) {
			errs = append(errs, fmt.Errorf("%s: got %s, want no replacement character", w.path, brief([]byte(text))))
		}
	}
	return errors.Join(errs...)
}

func noPlaceholder(c channel, a answer) error {
	var errs []error
	for _, w := range c.texts {
		text, _ := a.at(w.path).(string)
		if strings.Contains(text, "{clientName}") || strings.Contains(text, "{{") {
			errs = append(errs, fmt.Errorf("%s: got %s, want the operator's name in its place", w.path, brief([]byte(text))))
		}
	}
	return errors.Join(errs...)
}
