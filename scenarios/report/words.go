package report

import (
	"strconv"
	"strings"
	"time"
)

// longest is how many letters of a customer's text fit on a line.
const longest = 60

// quote puts a text in quotes on one line, cut short.
func quote(text string) string {
	if letters := []rune(text); len(letters) > longest {
		text = string(letters[:longest-1]) + "…"
	}
	return strconv.Quote(text)
}

// ending is enough of a message id to tell it from its neighbours.
func ending(id string) string {
	const most = 12
	if id = strings.TrimRight(id, "="); len(id) > most {
		return "…" + id[len(id)-most:]
	}
	return id
}

// short writes a duration without its zero parts: 26h, 23h59m.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "code " + text
}

func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

func bracket(text string) string {
	if text == "" {
		return ""
	}
	return "[" + text + "]"
}

// join joins what is there by blanks.
func join(words ...string) string { return strings.Join(compact(words), " ") }

func compact(words []string) (out []string) {
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}
