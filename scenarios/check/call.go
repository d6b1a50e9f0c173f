package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// object is a JSON object.
type object = map[string]any

// operation is a documented operation; its id is the operationId of openapi.yaml.
type operation struct{ id, path string }

var offersMessage = operation{"offersMessage", "/offers/message"}

// delivered is the callback for an impression.
func delivered(impressionID string) operation {
	return operation{"impressionDelivered", "/offers/impressions/" + impressionID + "/delivered"}
}

// call is a request. An operation without id is outside the contract: its
// answer is judged by the case alone.
type call struct {
	operation
	method string
	header http.Header
	body   []byte
}

// answer is what came back for a call.
type answer struct {
	call
	status      int
	contentType string
	text        []byte
	tree        any // nil when the text is not JSON
	notJSON     error
}

// post is a call as an integrator makes it.
func (s *Suite) post(op operation, body []byte) call {
	header := http.Header{"Content-Type": {"application/json"}, "X-Api-Key": {s.config.Key}}
	return call{operation: op, method: http.MethodPost, header: header, body: body}
}

// exchange makes a call. It touches no state, so calls may overlap.
func (s *Suite) exchange(ctx context.Context, c call) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, c.method, s.base+c.path, bytes.NewReader(c.body))
	if err != nil {
		return answer{}, err
	}
	r.Header = c.header
	response, err := s.config.Client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	const most = 4 << 20 // no documented answer comes near it
	a := answer{call: c, status: response.StatusCode, contentType: response.Header.Get("Content-Type")}
	a.text, err = io.ReadAll(io.LimitReader(response.Body, most))
	a.notJSON = json.Unmarshal(a.text, &a.tree)
	return a, err
}

// send makes a call and remembers the answer for the cases about every answer.
func (s *Suite) send(ctx context.Context, c call) (answer, error) {
	s.requests++
	a, err := s.exchange(ctx, c)
	if err == nil && c.id != "" {
		s.seen = append(s.seen, a)
	}
	return a, err
}

// ask requests an offer.
func (s *Suite) ask(ctx context.Context, request object) (answer, error) {
	return s.send(ctx, s.post(offersMessage, encode(request)))
}

// decided requests an offer and wants a decision, with or without an offer.
func (s *Suite) decided(ctx context.Context, request object) (answer, error) {
	a, err := s.ask(ctx, request)
	if err != nil {
		return a, err
	}
	return a, a.isDecision()
}

// isDecision wants a 200 with a JSON object. What has to be in it other cases say.
func (a answer) isDecision() error {
	if err := a.is(http.StatusOK); err != nil {
		return err
	}
	if _, isObject := a.tree.(object); !isObject {
		return fmt.Errorf("%s %s: got 200 %s, want a decision as a JSON object", a.method, a.path, brief(a.text))
	}
	return nil
}

// is wants one of the statuses.
func (a answer) is(statuses ...int) error {
	if slices.Contains(statuses, a.status) {
		return nil
	}
	var wanted []string
	for _, status := range statuses {
		wanted = append(wanted, strconv.Itoa(status))
	}
	hint := ""
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable || a.status == http.StatusConflict {
		hint = "; the server limits this key, so play the suite with one that is not limited"
	}
	return fmt.Errorf("%s %s: got %d %s, want %s%s", a.method, a.path, a.status, brief(a.text), strings.Join(wanted, " or "), hint)
}

// at finds a value in the answer by its dotted path; a number is an index.
// What is not there is nil.
func (a answer) at(path string) any {
	value := a.tree
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case object:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// equal wants a value at a path.
func (a answer) equal(path string, want any) error {
	if got := a.at(path); got != want {
		return fmt.Errorf("%s: got %s, want %s", path, brief(encode(got)), brief(encode(want)))
	}
	return nil
}

// request is the decoded body that was sent, nil when it was no object.
func (a answer) request() object {
	var sent object
	if json.Unmarshal(a.body, &sent) != nil {
		return nil
	}
	return sent
}

// encode is the JSON of a value that is known to have one.
func encode(value any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // only trees of strings, numbers and maps come here
	}
	return bytes.TrimSpace(b.Bytes())
}

// brief is a text short enough for a message of one line. What would move a
// terminal's cursor is not shown: the text is a stranger's.
func brief(text []byte) string {
	const most = 200
	line := strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "\uFFFD")), " ")
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, line)
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	if line == "" {
		return "(nothing)"
	}
	return line
}

// skip is why a case cannot be judged. It travels as an error.
type skip string

// Error implements error.
func (s skip) Error() string { return string(s) }

// within names what an error is about; a skip stays one.
func within(what string, err error) error {
	var excused skip
	if err == nil || errors.As(err, &excused) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}
