package encore

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Meta's limits in characters (WhatsApp Cloud API, interactive CTA URL;
// Messenger Platform, generic template and URL button).
const (
	bodyLimit   = 1024
	titleLimit  = 80
	buttonLimit = 20
)

// clientNameMark stands in a creative's texts for the operator's name.
const clientNameMark = "{clientName}"

// personal puts the operator's name into a text. When the result would be too
// long, the name gives way before the offer does.
func personal(text, clientName string, limit int) string {
	marks := strings.Count(text, clientNameMark)
	if marks > 0 {
		rest := utf8.RuneCountInString(text) - marks*len(clientNameMark)
		name := shorten(clientName, max((limit-rest)/marks, 1))
		text = strings.ReplaceAll(text, clientNameMark, name)
	}
	return shorten(text, limit)
}

// shorten cuts a text to at most limit characters, counted as Unicode code
// points, the ellipsis included. It never cuts inside what a reader sees as
// one character: an emoji with its skin tone, a letter with its accents.
func shorten(text string, limit int) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return text
	}
	end, used, state := 0, 0, -1
	for rest := text; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		used += utf8.RuneCountInString(cluster)
		if used > limit-1 {
			break
		}
		end += len(cluster)
	}
	return strings.TrimRight(text[:end], " ") + "…"
}
