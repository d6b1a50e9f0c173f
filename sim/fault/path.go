package fault

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// anyValue in a match stands for whatever value, as long as there is one.
const anyValue = "*"

// lookup reads a value out of decoded JSON (map[string]any, []any, string,
// float64, bool, nil). A path is member names and indexes, as in a.b[0].c or
// [2].id; a member whose name has a dot or a bracket cannot be named. It
// allocates nothing, since rules are asked on every call.
func lookup(tree any, path string) (any, bool) {
	for path != "" {
		var ok bool
		if path[0] == '[' {
			tree, path, ok = element(tree, path)
		} else {
			tree, path, ok = member(tree, path)
		}
		if !ok {
			return nil, false
		}
		path = strings.TrimPrefix(path, ".")
	}
	return tree, true
}

// Lookup reads a value out of decoded JSON (map[string]any and []any) by a path
// that ValidPath accepts, such as a.b[0].c; false when there is none.
func Lookup(tree any, path string) (value any, ok bool) { return lookup(tree, path) }

// ValidPath tells a path of member names and indexes, as Lookup follows it.
func ValidPath(path string) bool { return pathShape().MatchString(path) }

func element(tree any, path string) (value any, rest string, ok bool) {
	digits, rest, _ := strings.Cut(path[1:], "]")
	list, _ := tree.([]any)
	i := 0
	for _, c := range []byte(digits) {
		i = i*10 + int(c-'0')
		if i >= len(list) {
			return nil, "", false
		}
	}
	if i >= len(list) {
		return nil, "", false
	}
	return list[i], rest, true
}

func member(tree any, path string) (value any, rest string, ok bool) {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	object, _ := tree.(map[string]any)
	value, ok = object[path[:end]]
	return value, path[end:], ok
}

// The shape of a path, and of the names that headers and faults may have. They
// keep to what the grammar can write without quotes.
const pathName = `[^\s\pZ\pC.\[\]=;,+"\x{FFFD}]+`

var (
	pathShape = sync.OnceValue(func() *regexp.Regexp { // a quarter of a megabyte, since it knows every script
		return regexp.MustCompile(`^(` + pathName + `|\[\d{1,9}\])(\.` + pathName + `|\[\d{1,9}\])*$`)
	})
	headerShape = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

// sameValue compares a value of decoded JSON with the text of a match.
func sameValue(value any, want string) bool {
	if want == anyValue {
		return true
	}
	switch v := value.(type) {
	case string:
		return v == want
	case float64:
		var room [32]byte
		return string(strconv.AppendFloat(room[:0], v, 'f', -1, 64)) == want
	case bool:
		return strconv.FormatBool(v) == want
	case nil:
		return want == "null"
	}
	return false
}
