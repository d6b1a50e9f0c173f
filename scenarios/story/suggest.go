package story

import (
	"fmt"
	"strings"
)

// suggest gives " did you mean …?" for the allowed word that a typing slip
// turns into word, or nothing when none is near enough.
func suggest(word string, allowed []string) string {
	best, least := "", 3 // two slips at most
	for _, a := range allowed {
		if d := distance(word, a); d < least && 2*d <= len(a) {
			best, least = a, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" did you mean %q?", best)
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two words (optimal string alignment).
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	if len(a) > len(b)+3 {
		return len(a) // a pasted page is no slip
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+differ(a[i-1] != b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

func differ(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// list writes words as prose: a, b and c.
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
