package quick

import (
	"regexp"
	"testing"
)

// Patterns as contracts have them, and what tries the limits of the short way.
var patterns = []string{
	`^[0-9a-f]{64}$`, `^[A-Z]{2}$`, `^https?://`, `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}$`, `^a?b$`, `^a?a$`, `^ab?$`, `^ab?`, `^a?b?c$`,
	`^$`, `^`, `a`, `a$`, `^(a|b)$`, `^a+$`, `^a{2,3}$`, `^\d{3}$`, `^.$`, `^ä$`, `^(?i)ab$`, `^a$|^b$`, `^[^a]$`, `(?m)^a$`, `^a\b`, `^(ab){2}$`, `^\$$`,
	`^(me|[0-9]+)$`, `^[0-9]+$`, `^[1-9][0-9]*$`, `^a*b$`, `^a+ab$`, `^a*`, `^(a|ab)$`, `^(a|ab)`, `^((a)|b+)c$`, `^(a|)$`, `^(a*)*$`, `^(ab)+$`, `^(a+)?$`, `^a+?$`, `^a+?b`, `^(?:^(me|[0-9]+)$)$`, `^^a$$`, `^(?:a$|b$)`,
}

var texts = []string{
	"", "a", "b", "ab", "aa", "aab", "abb", "c", "ac", "abc", "bc", "AB", "Ab", "US", "usa", "ä", "ab\n", "a\nb", "\n", "123", "1234", "http://x", "https://x",
	"httpss://", "http:/", "0123abcd-0123", "0123abcd-0123x", "abab", "me", "mee", "m1", "0", "aaab", "aaa", "$", "\xff", "a\xff",
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeF",
}

func TestPatternsAreRegularExpressions(t *testing.T) {
	t.Parallel()
	short := 0
	for _, text := range patterns {
		p, err := NewPattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.general == nil {
			short++
		}
		want := regexp.MustCompile(text)
		for _, s := range texts {
			if got := p.Matches(s); got != want.MatchString(s) {
				t.Errorf("%s matches %q: %v, want %v", text, s, got, !got)
			}
		}
	}
	if short < 10 {
		t.Errorf("only %d patterns go the short way", short)
	}
	for _, text := range []string{patterns[0], patterns[1], patterns[2], patterns[3], `^(?:^(me|[0-9]+)$)$`, `^[1-9][0-9]*$`} {
		if p, _ := NewPattern(text); p.general != nil {
			t.Errorf("%s goes the long way, and nearly every call meets it", text)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for i, p := range patterns {
		f.Add(p, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		want, err := regexp.Compile(pattern)
		p, err2 := NewPattern(pattern)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%s: %v and %v", pattern, err, err2)
		}
		if err == nil && p.Matches(text) != want.MatchString(text) {
			t.Errorf("%s and %q: want %v", pattern, text, want.MatchString(text))
		}
	})
}
