package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// problemsAtMost is how many problems of an archive are told at once.
const problemsAtMost = 20

// Problem is something in an archive that cannot be used.
type Problem struct {
	Entry int    // index in log.entries, from 0; -1: the archive as a whole
	Path  string // of the member, such as request.url; empty: all of it
	Text  string
}

// Error implements error: log.entries[3].request.url: is missing.
func (p Problem) Error() string {
	where := "log.entries"
	if p.Entry >= 0 {
		where = strings.TrimSuffix(fmt.Sprintf("log.entries[%d].%s", p.Entry, p.Path), ".")
	} else if p.Path != "" {
		where = p.Path
	}
	return where + ": " + p.Text
}

// Read reads an archive. Members that it does not know are let pass, and those
// that recorders leave out are done without: what an entry needs is a method, an
// absolute URL and when it began. The error joins a Problem for each thing that
// is wrong, up to twenty; values of headers and bodies are in none of them.
func Read(r io.Reader) (*File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var whole struct {
		Log *struct {
			Version string             `json:"version"`
			Creator Program            `json:"creator"`
			Entries *[]json.RawMessage `json:"entries"`
		} `json:"log"`
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // Windows programs begin a text with it
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, Problem{-1, "the file", reason(data, err)}
	}
	if whole.Log == nil || whole.Log.Entries == nil {
		return nil, Problem{-1, "log.entries", "is missing; an HTTP Archive is {\"log\": {\"entries\": […]}}"}
	}
	file := &File{Log{Version: whole.Log.Version, Creator: whole.Log.Creator}}
	var problems []error
	for i, raw := range *whole.Log.Entries {
		e, wrong := readEntry(raw)
		for _, p := range wrong {
			p.Entry = i
			problems = append(problems, p)
		}
		file.Log.Entries = append(file.Log.Entries, e)
	}
	if more := len(problems) - problemsAtMost; more > 0 {
		problems = append(problems[:problemsAtMost], fmt.Errorf("and %d more", more))
	}
	return file, errors.Join(problems...)
}

// reason words what the JSON decoder says, with the place in the file.
func reason(data []byte, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return "is empty"
	case errors.As(err, &syntax):
		before := data[:min(syntax.Offset, int64(len(data)))]
		return fmt.Sprintf("is no JSON: line %d: %s", bytes.Count(before, []byte("\n"))+1, syntax)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is a %s; an HTTP Archive is {\"log\": {\"entries\": […]}}", strings.TrimPrefix(kind.Field+" of it", " "), kind.Value)
	}
	return err.Error()
}

// readEntry reads one entry and says what is wrong with it.
func readEntry(raw json.RawMessage) (e Entry, wrong []Problem) {
	var times struct {
		Started string `json:"startedDateTime"`
	}
	type plain Entry
	read := struct {
		*plain
		Started any `json:"startedDateTime"` // read by itself, so that the error says which
	}{plain: (*plain)(&e)}
	if err := json.Unmarshal(raw, &read); err != nil {
		return e, []Problem{{Path: member(err), Text: misread(err)}}
	}
	add := func(path, text string) { wrong = append(wrong, Problem{Path: path, Text: text}) }
	_ = json.Unmarshal(raw, &times)
	var err error
	if e.Started, err = moment(times.Started); err != nil {
		add("startedDateTime", err.Error())
	}
	if e.Request.Method == "" {
		add("request.method", "is missing")
	}
	if problem := addressProblem(e.Request.URL); problem != "" {
		add("request.url", problem)
	}
	if _, err := e.Request.Body(); err != nil {
		add("request.postData.text", err.Error())
	}
	if _, err := e.Response.Body(); err != nil {
		add("response.content.text", err.Error())
	}
	if e.Response.Status < 0 || e.Response.Status > 999 {
		add("response.status", fmt.Sprintf("%d is no status", e.Response.Status))
	}
	return e, wrong
}

// member is the path of the member that has another type than it should.
func member(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return strings.TrimPrefix(kind.Field, "plain.")
	}
	return ""
}

func misread(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("is a %s, not a %s", kind.Value, kind.Type)
	}
	return err.Error()
}

// momentForms are how recorders write times: ISO 8601 with a zone, which some
// leave the colon out of, and some leave out.
var momentForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, errors.New("is missing; it is when the request began, as 2026-05-04T12:00:00.000Z")
	}
	for _, form := range momentForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2026-05-04T12:00:00.000Z", text)
}

// addressProblem does not repeat the address, whose query may hold a token.
func addressProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "is missing"
	case err != nil:
		return "cannot be read as a URL"
	case u.Host == "":
		return "has no host; captures have absolute URLs"
	}
	return ""
}

// Took is how long the exchange lasted, zero where that is not known.
func (e Entry) Took() time.Duration {
	if e.Time <= 0 {
		return 0
	}
	return time.Duration(e.Time * float64(time.Millisecond))
}

// Body is the request's body. Of a form that is recorded as fields it is their
// encoding.
func (r Request) Body() ([]byte, error) {
	switch {
	case r.PostData == nil:
		return nil, nil
	case r.PostData.Text == "" && len(r.PostData.Params) > 0:
		form := url.Values{}
		for _, p := range r.PostData.Params {
			form.Add(p.Name, p.Value)
		}
		return []byte(form.Encode()), nil
	}
	return decoded(r.PostData.Text, r.PostData.Encoding)
}

// Body is the answer's body.
func (r Response) Body() ([]byte, error) { return decoded(r.Content.Text, r.Content.Encoding) }

func decoded(text, encoding string) ([]byte, error) {
	if !strings.EqualFold(encoding, "base64") {
		return []byte(text), nil
	}
	data, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(text))
	if err != nil {
		return nil, errors.New("is no base64, which encoding says that it is")
	}
	return data, nil
}
