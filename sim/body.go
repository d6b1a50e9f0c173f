package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxBody is how much of a request body is kept; a longer one is refused in
// the vendor's words. Of files an operation may take more (Operation.Limit).
const maxBody = 1 << 20

// maxDrain is how much of a body beyond the limit is read and counted before
// the connection is given up on.
const maxDrain = 64 << 20

// errTooLarge is why a body was cut.
var errTooLarge = errors.New("the body is larger than this operation takes")

// readBody reads the body up to a limit; Size counts all of it.
func (c *Call) readBody(limit int64) {
	r := c.request
	c.limit = limit
	if r.Body == nil {
		return
	}
	body := make([]byte, 0, max(512, min(r.ContentLength, limit)+1))
	limited := io.LimitReader(r.Body, limit)
	for {
		n, err := limited.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err != nil {
			break
		}
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
	}
	c.Body, c.Size = body, int64(len(body))
	if c.Size == limit {
		rest, _ := io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
		c.Size += rest
	}
}

// tooLarge tells whether the body was cut.
func (c *Call) tooLarge() bool { return c.Size > c.limit }

// digest is the SHA-256 of the body in lower-case hexadecimal, of as much as was
// read where it was cut.
func (c *Call) digest() string {
	if c.sum != "" {
		return c.sum
	}
	return digest(c.Body)
}

// JSON returns the body as decoded JSON (map[string]any, []any, string,
// float64, bool, nil). A form is an object of its fields: those whose text is
// a JSON object or array are decoded, the others are strings. What the query
// says of it (Fake.InQuery) is read like a form, and the body has the last word.
// All of it is decoded once.
func (c *Call) JSON() (any, error) {
	if !c.treeRead {
		c.treeRead = true
		c.tree, c.treeErr = c.decode()
		c.addQuery()
	}
	return c.tree, c.treeErr
}

// addQuery lays what the query says of the body under it.
func (c *Call) addQuery() {
	if c.URL.RawQuery == "" || c.Fake == nil || c.Fake.InQuery == nil || c.Method == http.MethodGet {
		return
	}
	values := c.URL.Query()
	maps.DeleteFunc(values, func(name string, _ []string) bool { return !c.Fake.InQuery(name) })
	object, isObject := c.tree.(map[string]any)
	if len(values) == 0 || !isObject && c.Size > 0 {
		return
	}
	c.inQuery = true
	all := formTree(values)
	maps.Copy(all, object)
	c.tree, c.treeErr = all, nil
}

// InQuery tells whether some of the body stands in the query (Fake.InQuery).
func (c *Call) InQuery() bool {
	_, _ = c.JSON()
	return c.inQuery
}

// empty tells a body of which nothing was sent, in the query neither.
func (c *Call) empty() bool { return c.Size == 0 && !c.InQuery() }

func (c *Call) decode() (any, error) {
	if c.tooLarge() {
		return nil, errTooLarge
	}
	if c.isJSON() {
		return decodeJSON(c.Body)
	}
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		if bytes.HasPrefix(bytes.TrimSpace(c.Body), []byte("{")) {
			return decodeJSON(c.Body) // as curl -d sends it where nobody says otherwise
		}
		values, err := url.ParseQuery(string(c.Body))
		if err != nil {
			return nil, fmt.Errorf("the form cannot be read: %w", err)
		}
		c.form = values
		return formTree(values), nil
	}
	return decodeJSON(c.Body)
}

// isJSON tells a body that can only be JSON: by its header, or since the
// operation takes nothing else.
func (c *Call) isJSON() bool {
	header := c.Header.Get("Content-Type")
	return header == "" || strings.HasPrefix(header, "application/json") || !c.mayBeForm()
}

// mayBeForm says whether the operation's document lists a form as its body.
func (c *Call) mayBeForm() bool { return c.op != nil && c.op.forms }

func decodeJSON(body []byte) (tree any, err error) {
	err = json.Unmarshal(body, &tree)
	return tree, whole(body, err)
}

// whole is an error of the decoder with the character that is wrong, of which
// the decoder names the first byte alone: “ is not â.
func whole(body []byte, err error) error {
	var wrong *json.SyntaxError
	if !errors.As(err, &wrong) || wrong.Offset < 1 || wrong.Offset > int64(len(body)) {
		return err
	}
	character, size := utf8.DecodeRune(body[wrong.Offset-1:])
	if size < 2 {
		return err
	}
	named, first := "'"+string(character)+"'", "'"+string(rune(body[wrong.Offset-1]))+"'"
	return errors.New(strings.Replace(err.Error(), first, named, 1))
}

// formTree decodes the fields of a form as Graph does: {"recipient":"{…}"}.
func formTree(values url.Values) map[string]any {
	tree := make(map[string]any, len(values))
	for name, all := range values {
		if len(all) > 0 {
			tree[name] = formValue(all[0])
		}
	}
	return tree
}

func formValue(text string) any {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return text
	}
	if tree, err := decodeJSON([]byte(trimmed)); err == nil {
		return tree
	}
	// Meta's own samples print single quotes: recipient={'id':'…'}.
	if tree, err := decodeJSON([]byte(strings.ReplaceAll(trimmed, "'", `"`))); err == nil {
		return tree
	}
	return text
}

// Form returns the fields of a form as they were sent, repeated ones too; nil
// of a body that is no form, or cannot be read. Files of a multipart body are
// in Files.
func (c *Call) Form() url.Values {
	_, _ = c.JSON()
	return c.form
}

// Object returns the body as an object, or an empty one when it is none.
func (c *Call) Object() map[string]any {
	tree, _ := c.JSON()
	object, _ := tree.(map[string]any)
	return object
}
