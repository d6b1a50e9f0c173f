package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/postman"
)

func collection(t *testing.T, args ...string) (c postman.Collection, text string) {
	t.Helper()
	o := invoke(t.Context(), nil, append([]string{"postman"}, args...)...)
	if o.code != 0 || o.err != "" {
		t.Fatalf("exit code %d: %s", o.code, o.err)
	}
	if err := json.Unmarshal([]byte(o.out), &c); err != nil {
		t.Fatal(err)
	}
	return c, o.out
}

// TestPostmanFormat: a collection keeps the rules of format 2.1.0, which
// testdata has as a JSON Schema of the members that are used.
func TestPostmanFormat(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/postman.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rules, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("postman.json", rules); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("postman.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"sandbox"}, {"judge"}} {
		_, text := collection(t, args...)
		tree, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(tree); err != nil {
			t.Errorf("postman %q: %v", args, err)
		}
	}
}

// TestPostmanHasEveryOperation of every document.
func TestPostmanHasEveryOperation(t *testing.T) {
	t.Parallel()
	c, _ := collection(t)
	var got, want []string
	for _, item := range requestsOf(c.Item) {
		name, _, _ := strings.Cut(strings.Replace(item.ID, ".", "\x00", 1), ".")
		got = append(got, strings.Replace(name, "\x00", ".", 1))
	}
	operation := regexp.MustCompile(`(?m)^ +operationId: (\w+)$`)
	for _, d := range collected() {
		for _, m := range operation.FindAllSubmatch(openapiDocuments()[d.Name](), -1) {
			want = append(want, d.Name+"."+string(m[1]))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" || len(want) < 80 {
		t.Errorf("%d operations (-want +got):\n%s", len(want), diff)
	}
}

// requestsOf are the requests of folders, in the order in which they are run.
func requestsOf(items []postman.Item) (all []postman.Item) {
	for _, i := range items {
		if i.Request != nil {
			all = append(all, i)
		}
		all = append(all, requestsOf(i.Item)...)
	}
	return all
}

// refusedHere are the requests that cannot do their work in a fresh sandbox, with
// the status that they get and why.
var refusedHere = map[string]struct {
	status int
	why    string
}{
	"meta.downloadMedia":          {404, "the address is in the answer of getMedia"},
	"kaleyra.sendMessageV1":       {401, "the number belongs to API v2, which is what the example shows"},
	"watchers.listAdvertisements": {404, "an address of another profile"},
	"watchers.tapWidget":          {404, "the offer was deleted before"},
}

// TestPostmanReplays runs the collection from top to bottom: every request is
// taken for the operation that it was made from, fits that operation's document,
// and does its work.
func TestPostmanReplays(t *testing.T) {
	t.Parallel()
	c, _ := collection(t)
	_, base := startServe(t, "--seed", "1")
	r := replayer{T: t, base: base, variables: map[string]string{}}
	for _, v := range c.Variable {
		r.variables[v.Key] = v.Value
	}
	r.variables[postman.BaseURL] = base
	for _, m := range []map[string]any{
		{"from": "15014005001"}, {"channel": "zoko", "from": "15014005001"}, {"channel": "zoko", "from": "919876543210"}, {"channel": "interakt", "from": "919999999999"}, {"channel": "kaleyra", "from": "15014005001"},
		{"channel": "messenger", "from": "2401234567890123"}, {"channel": "instagram", "from": "17812341234567890"},
	} {
		m["text"] = "Hi" // whoever wrote can be answered
		if err := (client{base: base}).call(t.Context(), "POST", "/_sandbox/v1/messages", m, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, item := range requestsOf(c.Item) {
		r.replay(item)
	}
}

// replayer sends requests as Postman's runner does.
type replayer struct {
	*testing.T
	base      string
	variables map[string]string
}

var placeholder = regexp.MustCompile(`{{(\w+)}}`)

func (r *replayer) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		value, known := r.variables[strings.Trim(name, "{}")]
		if !known {
			r.Errorf("no variable %s", name)
		}
		return value
	})
}

func (r *replayer) address(u postman.URL) string {
	address, rest, _ := strings.Cut(u.Raw, "/")
	parts := strings.Split(rest, "/")
	for i, p := range parts {
		for _, v := range u.Variable {
			if name, query, _ := strings.Cut(p, "?"); name == ":"+v.Key {
				parts[i] = url.PathEscape(r.fill(v.Value)) + strings.TrimSuffix("?"+query, "?")
			}
		}
	}
	return r.fill(address) + "/" + strings.Join(parts, "/")
}

func (r *replayer) body(b *postman.Body) (body, contentType string) {
	switch {
	case b == nil:
		return "", ""
	case b.Mode == "formdata":
		var buffer bytes.Buffer
		form := multipart.NewWriter(&buffer)
		for _, f := range b.Formdata {
			if f.Type == "file" {
				part, _ := form.CreatePart(map[string][]string{
					"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="a.png"`, f.Key)}, "Content-Type": {"image/png"},
				})
				_, _ = part.Write([]byte("\x89PNG\r\n\x1a\n"))
			} else if !f.Disabled {
				_ = form.WriteField(f.Key, f.Value)
			}
		}
		_ = form.Close()
		return buffer.String(), form.FormDataContentType()
	case b.Mode == "urlencoded":
		form := url.Values{}
		for _, f := range b.Urlencoded {
			form.Set(f.Key, f.Value)
		}
		return form.Encode(), "application/x-www-form-urlencoded"
	}
	return b.Raw, ""
}

func (r *replayer) replay(item postman.Item) {
	body, contentType := r.body(item.Request.Body)
	request, err := http.NewRequestWithContext(r.Context(), item.Request.Method, r.address(item.Request.URL), strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for _, h := range item.Request.Header {
		if !h.Disabled {
			request.Header.Set(h.Key, r.fill(h.Value))
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(request) // a redirection is an answer
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	data, _ := io.ReadAll(answer.Body)
	wanted, refused := refusedHere[item.ID]
	if well := answer.StatusCode < 400; well == refused || refused && answer.StatusCode != wanted.status {
		r.Errorf("%s (%s) %s: %d %.300s", item.ID, item.Name, request.URL, answer.StatusCode, data)
	}
	r.routed(item.ID, answer.Header.Get("X-Sandbox-Exchange"))
	r.save(item, data)
}

// routed holds that a request was taken for its own operation and fits it.
func (r *replayer) routed(id, exchange string) {
	var e struct {
		Fake, Operation string
		Problems        []string
	}
	if err := (client{base: r.base}).call(r.Context(), "GET", "/_sandbox/v1/exchanges/"+exchange, nil, &e); err != nil {
		r.Fatalf("%s: exchange %q: %v", id, exchange, err)
	}
	if took := e.Fake + "." + e.Operation; took != id && !strings.HasPrefix(id, took+".") {
		r.Errorf("%s was taken for %s", id, took)
	}
	if _, refused := refusedHere[id]; len(e.Problems) > 0 && !refused {
		r.Errorf("%s does not fit its document: %q", id, e.Problems)
	}
}

var setsVariable = regexp.MustCompile(`^pm\.collectionVariables\.set\("(\w+)", pm\.response\.json\(\)\.([\w.\[\]]+?)(?:\.split\("(.+)"\)\.pop\(\))?\);$`)

// save does what the request's script does.
func (r *replayer) save(item postman.Item, answer []byte) {
	for _, e := range item.Event {
		for _, line := range e.Script.Exec {
			m := setsVariable.FindStringSubmatch(line)
			if m == nil {
				r.Fatalf("%s: a script that this test does not know: %q", item.ID, line)
			}
			value := memberOf(answer, m[2])
			if value == "" {
				r.Errorf("%s: the answer has no %s: %.300s", item.ID, m[2], answer)
			}
			if m[3] != "" {
				value = value[strings.LastIndex(value, m[3])+len(m[3]):]
			}
			r.variables[m[1]] = value
		}
	}
}

// memberOf is a member of an answer, "" where it has none.
func memberOf(answer []byte, path string) string {
	var tree any
	_ = json.Unmarshal(answer, &tree)
	for _, member := range strings.Split(strings.ReplaceAll(path, "[0]", ".0"), ".") {
		if list, ok := tree.([]any); ok && len(list) > 0 {
			tree = list[0]
			continue
		}
		object, _ := tree.(map[string]any)
		tree = object[member]
	}
	if tree == nil {
		return ""
	}
	return fmt.Sprint(tree)
}
