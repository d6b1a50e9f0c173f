package meta

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// ownPaths are the native paths that can only be meant for Graph, whatever
// follows: a version with a point or of two digits, or an object first. A
// version of one digit without a point is other vendors' too, so an object has
// to follow it.
const ownPaths = `^/(v[0-9]+\.[0-9]+|v[0-9]{2,}|(v[0-9]/)?(me|[0-9]+))(/|$)`

// minors is the last minor version of the first major ones; later ones have
// none (Graph API, changelog).
var minors = map[int]int{1: 0, 2: 12, 3: 3}

// versioned tells whether a part of a path is a version that Graph has or once
// had: calls to one that has expired are answered by the oldest that has not
// (Graph API, versioning).
func (f *fake) versioned(part string) bool {
	number, ok := strings.CutPrefix(part, "v")
	whole, point, _ := strings.Cut(number, ".")
	major, err := strconv.Atoi(whole)
	minor, err2 := strconv.Atoi(point)
	return ok && err == nil && err2 == nil && major > 0 && major <= f.Newest && minor <= minors[major]
}

// unknownVersion refuses a call behind a version that Graph never had.
func (f *fake) unknownVersion(c *sim.Call) *sim.Refusal {
	if version := strings.TrimPrefix(c.Prefix, "/"); version != "" && !f.versioned(version) {
		return &sim.Refusal{Kind: sim.NoOperation, Message: fmt.Sprintf("the sandbox knows versions up to v%d.0, see whatsapp.newestVersion", f.Newest)}
	}
	return nil
}

// unknownPath is the answer to a path that leads nowhere. Graph takes the first
// part for an object, a version that it does not know too, and names what
// follows.
func (f *fake) unknownPath(path, hint string) *Error {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(parts) > 0 && f.versioned(parts[0]) {
		parts = parts[1:]
	}
	if len(parts) > 1 {
		parts = parts[1:]
	}
	e := NewError(2500, hint)
	e.Message = "Unknown path components: /" + strings.Join(parts, "/")
	return e
}

// unsupported is the answer to a method that an object does not take.
func unsupported(c *sim.Call) *Error {
	return unknownObject(c, cmp.Or(objectOf(c.Path), strings.TrimPrefix(c.Path, "/")))
}

// objectOf is the object of a path: its first part that can be one.
func objectOf(path string) string {
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && isObject(part) {
			return part
		}
	}
	return ""
}
