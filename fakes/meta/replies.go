package meta

import (
	"fmt"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// What the elements of reply buttons and lists may hold, in characters (Meta's
// OpenAPI document, ActionObject and SectionObject).
const (
	maxReplyButtons   = 3
	maxButtonID       = 256
	maxSections       = 10
	maxRows           = 10 // in all sections together
	maxSectionTitle   = 24
	maxRowID          = 200
	maxRowTitle       = 24
	maxRowDescription = 72
)

// readReplyButtons reads a message with buttons that answer it.
func readReplyButtons(r *reader, in object) note.Content {
	content := r.frame(in, headerTypes)
	ids, titles := map[string]bool{}, map[string]bool{}
	for _, b := range r.array(r.object(in, "action"), "buttons", 1, maxReplyButtons) {
		r.word(b, "type", "reply")
		reply := r.object(b, "reply")
		r.unique(reply, "id", r.text(reply, "id", maxButtonID), ids)
		r.unique(reply, "title", r.text(reply, "title", r.limits.ButtonText), titles)
	}
	return content
}

// readList reads a message with a list to choose from. Its header is a text.
func readList(r *reader, in object) note.Content {
	content := r.frame(in, headerTypes[:1])
	action := r.object(in, "action")
	r.text(action, "button", r.limits.ButtonText)
	sections := r.array(action, "sections", 1, maxSections)
	ids, rows := map[string]bool{}, 0
	for _, section := range sections {
		if len(sections) > 1 {
			r.text(section, "title", maxSectionTitle)
		} else {
			r.optional(section, "title", maxSectionTitle)
		}
		rows += r.rows(section, ids)
	}
	if rows > maxRows {
		r.fail(InvalidParameter(action.name("sections"), fmt.Sprintf("has %d rows in all; send at most %d", rows, maxRows)))
	}
	return content
}

// rows reads the rows of a section and counts them.
func (r *reader) rows(section object, ids map[string]bool) int {
	rows := r.array(section, "rows", 1, maxRows)
	for _, row := range rows {
		r.unique(row, "id", r.text(row, "id", maxRowID), ids)
		r.text(row, "title", maxRowTitle)
		r.optional(row, "description", maxRowDescription)
	}
	return len(rows)
}

// unique refuses a value that another element of the message has too: the
// webhook of a tap could not tell them apart.
func (r *reader) unique(o object, field, value string, seen map[string]bool) {
	if value != "" && seen[value] {
		r.fail(InvalidValue(o.name(field), "is used twice; give every element its own"))
	}
	seen[value] = true
}
