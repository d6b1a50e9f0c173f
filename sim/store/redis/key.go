package redis

import (
	"net/url"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// space makes the keys of one workspace.
type space struct{ prefix string }

func (s *Store) space(name string) space {
	return space{s.config.Prefix + ":{" + url.PathEscape(name) + "}:"} // which leaves no brace in a name
}

func (s space) docs(kind string) string { return s.prefix + "d:" + kind }

func (s space) order(kind string) string { return s.prefix + "o:" + kind }

// lists is the beginning of the keys of a kind's lists.
func (s space) lists(kind string) string { return s.prefix + "l:" + kind + ":" }

func (s space) list(k store.Key) string { return s.lists(k.Kind) + k.ID }

// watch is the channel on which changes of the journal are told.
func (s space) watch() string { return s.prefix + "watch" }

// large has the versions of large documents.
func (s space) large() string { return s.prefix + "large" }

// fixed are the keys that scripts find at the same place, from one on.
func (s space) fixed() []string {
	keys := make([]string, 0, 16)
	for _, name := range []string{"meta", "journal", "ends", "revs", "counters", "lost", "done", "lists", "large"} {
		keys = append(keys, s.prefix+name)
	}
	return keys
}

// has tells whether a text begins with one of the words.
func has(text string, words ...string) bool {
	for _, w := range words {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}
