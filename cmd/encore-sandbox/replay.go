package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// replay words the command that plays failed stories again.
type replay struct {
	flags  *pflag.FlagSet
	given  *runFlags
	chosen []story.Choice
}

// command has the failed stories and channels alone, the seed that was drawn,
// and whatever flags and environment had said, secrets excepted.
func (r replay) command(played report.Report) string {
	words := []string{"encore-sandbox", "run"}
	var channels []string
	add := func(to *[]string, word string) {
		if !slices.Contains(*to, word) {
			*to = append(*to, word)
		}
	}
	for _, result := range played.Results {
		if result.Outcome == report.Failed || result.Outcome == report.Errored {
			add(&words, r.word(result.Story))
			add(&channels, result.Channel)
		}
	}
	if len(channels) > 0 {
		words = append(words, "--channel", strings.Join(channels, ","))
	}
	words = append(words, "--seed", strconv.FormatUint(r.given.seed, 10))
	r.flags.Visit(func(f *pflag.Flag) { words = append(words, r.flag(f)...) })
	if len(r.given.command) > 0 {
		words = append(append(words, "--"), r.given.command...)
	}
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// word is the argument by which a story was chosen.
func (r replay) word(name string) string {
	for _, c := range r.chosen {
		if c.Story.Name == name {
			return c.Word
		}
	}
	return name
}

// flag writes one flag as it was given.
func (r replay) flag(f *pflag.Flag) []string {
	elsewhere := []string{"channel", "seed", "json", "list", "verbose", "app-secret", "verify-token", "token"}
	if slices.Contains(elsewhere, f.Name) || r.configured(f) {
		return nil
	}
	values := []string{f.Value.String()}
	switch v := f.Value.(type) {
	case *webhooks:
		values = v.list()
	case pflag.SliceValue:
		values = v.GetSlice()
	}
	var words []string
	for _, v := range values {
		words = append(words, "--"+f.Name, v)
	}
	return words
}

// configured tells a value of the config file, which will be read again.
func (r replay) configured(f *pflag.Flag) bool {
	from := f.Annotations[fromKey]
	return len(from) > 0 && !strings.HasPrefix(from[0], environmentPrefix)
}
