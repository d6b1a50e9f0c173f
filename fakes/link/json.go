package link

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// mediaKeys name members that hold a medium. Its address is shown as a picture
// or a file and cannot be tapped as a link, so it is none.
var mediaKeys = []string{"audio", "document", "image", "image_url", "sticker", "video"}

// FromJSON returns every link in the string values of a JSON tree, each once,
// whatever the members are called. Media are left out but for their caption,
// which customers read and tap like any text.
//
// A json.RawMessage is read in document order. A decoded tree (map[string]any,
// []any, string) has lost the order of its members; they are taken by name, so
// that the result is the same every time. Anything else has no links.
func FromJSON(v any) []string {
	c := &collector{seen: map[string]bool{}}
	if raw, ok := v.(json.RawMessage); ok {
		c.document(raw)
	} else {
		c.tree(v, false)
	}
	return c.links
}

// collector gathers links, each once.
type collector struct {
	seen  map[string]bool
	links []string
}

func (c *collector) text(s string) {
	for _, link := range Extract(s) {
		if !c.seen[link] {
			c.seen[link] = true
			c.links = append(c.links, link)
		}
	}
}

// below tells whether the value of a member belongs to a medium.
func below(key string, media bool) bool {
	return key != "caption" && (media || slices.Contains(mediaKeys, key))
}

func (c *collector) tree(v any, media bool) {
	switch v := v.(type) {
	case string:
		if !media {
			c.text(v)
		}
	case []any:
		for _, element := range v {
			c.tree(element, media)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			c.tree(v[key], below(key, media))
		}
	}
}

// document reads JSON as it is written. Validity is checked first: it bounds
// the nesting, which the token reader does not.
func (c *collector) document(raw json.RawMessage) {
	if json.Valid(raw) {
		c.next(json.NewDecoder(bytes.NewReader(raw)), false)
	}
}

// next reads one value of valid JSON, so that no token can fail.
func (c *collector) next(d *json.Decoder, media bool) {
	switch token, _ := d.Token(); token := token.(type) {
	case string:
		if !media {
			c.text(token)
		}
	case json.Delim:
		for d.More() {
			inner := media
			if token == '{' {
				key, _ := d.Token()
				inner = below(key.(string), media)
			}
			c.next(d, inner)
		}
		_, _ = d.Token() // the closing bracket
	}
}
