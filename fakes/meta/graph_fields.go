package meta

import (
	"maps"
	"strconv"
	"strings"
)

// field is one member of the fields parameter: "messages.limit(5){message,from}".
type field struct {
	Name   string
	Limit  int // 0: none
	Fields []field
}

// fieldsOf reads a fields parameter (Graph API, field expansion). What it cannot
// read it leaves out.
func fieldsOf(text string) (fields []field) {
	if text == "" {
		return nil
	}
	for _, part := range splitFields(text) {
		head, inner, _ := strings.Cut(part, "{")
		w := field{Fields: fieldsOf(strings.TrimSuffix(inner, "}"))}
		name, modifier, _ := strings.Cut(head, ".")
		if limit, ok := strings.CutPrefix(modifier, "limit("); ok {
			w.Limit, _ = strconv.Atoi(strings.TrimSuffix(limit, ")"))
		}
		if w.Name = strings.TrimSpace(name); w.Name != "" {
			fields = append(fields, w)
		}
	}
	return fields
}

// splitFields cuts at the commas outside of braces.
func splitFields(text string) (parts []string) {
	depth, begin := 0, 0
	for i, c := range text {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	return append(parts, text[begin:])
}

// node is an object of the graph: its id and whatever else is known of it.
type node map[string]any

// only is the object with its id and the fields asked for; defaults are what is
// answered when none are. Fields it does not have are left out, as Graph leaves
// out what is empty.
func (n node) only(fields []field, defaults ...string) node {
	if len(fields) == 0 {
		for _, name := range defaults {
			fields = append(fields, field{Name: name})
		}
	}
	out := node{"id": n["id"]}
	for _, w := range fields {
		if v, ok := n[w.Name]; ok {
			out[w.Name] = v
		}
	}
	return out
}

// with is the object with one more member.
func (n node) with(name string, v any) node {
	out := maps.Clone(n)
	out[name] = v
	return out
}

// wanted finds a field of a list.
func wanted(fields []field, name string) (field, bool) {
	for _, w := range fields {
		if w.Name == name {
			return w, true
		}
	}
	return field{}, false
}

// edge is a list of objects with Graph's paging: the cursors are positions.
type edge struct {
	Data   []node  `json:"data"`
	Paging *paging `json:"paging,omitempty"`
}

type paging struct {
	Cursors struct {
		Before string `json:"before"`
		After  string `json:"after"`
	} `json:"cursors"`
}

// defaultLimit is how many objects of a list are answered at once.
const defaultLimit = 25

// pageOf cuts a list to a limit, from the object behind the cursor after on.
func pageOf(all []node, limit int, after string) edge {
	if limit <= 0 {
		limit = defaultLimit
	}
	begin, _ := strconv.Atoi(after)
	begin = min(max(begin, 0), len(all))
	end := min(begin+limit, len(all))
	e := edge{Data: []node{}}
	e.Data = append(e.Data, all[begin:end]...)
	if len(e.Data) > 0 {
		e.Paging = &paging{}
		e.Paging.Cursors.Before, e.Paging.Cursors.After = strconv.Itoa(begin), strconv.Itoa(end)
	}
	return e
}
