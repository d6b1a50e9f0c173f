package kaleyra

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"mime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

// maxRef is how many characters each of the three refs may have.
const maxRef = 255

// sources are the values of wa_source; any other stands for the first.
var sources = []string{
	"api", "clevertap", "zoho", "webengage", "shopify", "leadsquared", "responsys", "braze", "hubspot", "salesforce", "zapier", "eloqua", "moengage",
}

// Refs are what the integrator marks a message with; callbacks repeat them.
type Refs struct {
	Ref  string `json:"ref"`
	Ref1 string `json:"ref1"`
	Ref2 string `json:"ref2"`
}

// Lines are the refs that there are, as notes have them.
func (r Refs) Lines() (lines []string) {
	for i, text := range []string{r.Ref, r.Ref1, r.Ref2} {
		if text != "" {
			lines = append(lines, refNames[i]+" "+text)
		}
	}
	return lines
}

var refNames = []string{"ref", "ref1", "ref2"}

// Request is one call that sends a message.
type Request struct {
	// Object is messaging_object as it was sent, nil where there is none.
	Object json.RawMessage
	// Send is what it says, read as far as it can be; never nil.
	Send   *meta.Send
	Refs   Refs
	Source string // wa_source as Kaleyra keeps it
	// Sourced tells that the call had a wa_source.
	Sourced bool
	// Problem is the first thing that is wrong, in words for developers: the
	// answer to all of them is WA400. Empty: nothing.
	Problem string
	// Remarks say what was tolerated.
	Remarks []string
}

// Read reads the body of a send and its Content-Type.
func Read(contentType string, body []byte) *Request {
	r := &Request{Send: &meta.Send{}, Source: sources[0]}
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		r.fail("Content-Type is %q; send application/json", contentType)
	}
	var frame struct {
		Object json.RawMessage `json:"messaging_object"`
		Extra  any             `json:"extra_info"`
	}
	if !json.Valid(body) {
		r.fail("the body is not JSON")
	} else if err := json.Unmarshal(body, &frame); err != nil {
		r.fail("the body is no JSON object; send messaging_object and extra_info in one")
	}
	r.object(frame.Object)
	r.extra(frame.Extra)
	return r
}

func (r *Request) fail(format string, args ...any) {
	if r.Problem == "" {
		r.Problem = fmt.Sprintf(format, args...)
	}
}

// object reads messaging_object: Meta's message, but for what Kaleyra's pages
// show otherwise.
func (r *Request) object(raw json.RawMessage) {
	var tree any
	if json.Unmarshal(raw, &tree) != nil || tree == nil {
		r.fail("messaging_object is missing; it is the message in Meta's form")
		return
	}
	object, isObject := tree.(map[string]any)
	if !isObject {
		r.fail("messaging_object must be an object")
		return
	}
	r.Object = raw
	var problem *meta.Error
	r.Send, problem = meta.ParseSend(tolerated(object), meta.Limits{AllowIPHosts: true})
	if problem != nil {
		r.fail("messaging_object: %s", problem.Error())
	}
	if _, isText := object["to"].(string); !isText && r.Send.Type != meta.ReadReceipt {
		r.fail("messaging_object.to must be a string, the customer's number")
	}
	if template, ok := object["template"].(map[string]any); ok {
		r.components(template["components"])
	}
}

// tolerated is a message with preview_url as a boolean where it is text, as one of
// Kaleyra's samples has it.
func tolerated(object map[string]any) map[string]any {
	content, _ := object["text"].(map[string]any)
	given, _ := content["preview_url"].(string)
	preview, err := strconv.ParseBool(given)
	if err != nil {
		return object
	}
	object, content = maps.Clone(object), maps.Clone(content)
	content["preview_url"], object["text"] = preview, content
	return object
}

// components checks what Meta would let pass: every component has its
// parameters, and the end of an offer is a number.
func (r *Request) components(v any) {
	list, _ := v.([]any)
	for i, item := range list {
		component, _ := item.(map[string]any)
		parameters, isArray := component["parameters"].([]any)
		if !isArray {
			r.fail("template.components[%d].parameters is missing; every component has an array of them", i)
		}
		for _, p := range parameters {
			parameter, _ := p.(map[string]any)
			if offer, ok := parameter["limited_time_offer"].(map[string]any); ok {
				r.expiry(offer["expiration_time_ms"])
			}
		}
	}
}

func (r *Request) expiry(v any) {
	if ms, isNumber := v.(float64); !isNumber || ms <= 0 || ms != math.Trunc(ms) {
		r.fail("expiration_time_ms must be a number: Unix time in milliseconds")
	}
}

// extra reads extra_info.
func (r *Request) extra(v any) {
	extra, isObject := v.(map[string]any)
	if v != nil && !isObject {
		r.fail("extra_info must be an object")
	}
	for i, into := range []*string{&r.Refs.Ref, &r.Refs.Ref1, &r.Refs.Ref2} {
		*into = r.ref(refNames[i], extra[refNames[i]])
	}
	if given := extra["wa_source"]; given != nil {
		r.source(given)
	}
}

func (r *Request) ref(name string, v any) string {
	text, isText := v.(string)
	switch n := utf8.RuneCountInString(text); {
	case v != nil && !isText:
		r.fail("extra_info.%s must be a string", name)
	case n > maxRef:
		r.fail("extra_info.%s has %d characters; shorten it to %d", name, n, maxRef)
	}
	return text
}

func (r *Request) source(given any) {
	text, _ := given.(string)
	r.Sourced = true
	if slices.Contains(sources, text) {
		r.Source = text
		return
	}
	r.Remarks = append(r.Remarks, fmt.Sprintf("extra_info.wa_source is %q, which is none of %s; it is kept as %s", fmt.Sprint(given), strings.Join(sources, ", "), sources[0]))
}

// lines are what the integrator marks the message with, as notes have it.
func (r *Request) lines() []string {
	if !r.Sourced {
		return r.Refs.Lines()
	}
	return append(r.Refs.Lines(), "wa_source "+r.Source)
}

// request is what was read of a call: once, by its description.
func request(c *sim.Call) *Request {
	if r, ok := c.Description.Parsed.(*Request); ok {
		return r
	}
	return Read(c.Header.Get("Content-Type"), c.Body)
}
