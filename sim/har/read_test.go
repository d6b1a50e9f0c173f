package har_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/har"
)

const good = `{"startedDateTime":"2026-05-04T12:00:00.5Z","request":{"method":"GET","url":"https://a.example/"}}`

// What is wrong with an archive is said with the entry and the member.
func TestReadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	entries := func(list ...string) string { return `{"log":{"entries":[` + strings.Join(list, ",") + `]}}` }
	entry := func(started, request, rest string) string {
		return `{"startedDateTime":"` + started + `","request":` + request + rest + `}`
	}
	const when, get = "2026-05-04T12:00:00Z", `{"method":"GET","url":"https://a.example/"}`
	for _, c := range []struct{ name, file, want string }{
		{"empty", " ", "the file: is empty"},
		{"no JSON", "{\n\n!", "the file: is no JSON: line 3: invalid character '!' looking for beginning of object key string"},
		{"another JSON", "[1]", `the file: of it is a array; an HTTP Archive is {"log": {"entries": […]}}`},
		{"no entries", `{"log":{}}`, `log.entries: is missing; an HTTP Archive is {"log": {"entries": […]}}`},
		{"entry is none", entries(good, `7`), `log.entries[1]: is a number, not a `},
		{"no time", entries(good, good, `{"request":`+get+`}`), "log.entries[2].startedDateTime: is missing; it is when the request began, as 2026-05-04T12:00:00.000Z"},
		{"no such time", entries(entry("yesterday", get, "")), `log.entries[0].startedDateTime: "yesterday" is no time such as 2026-05-04T12:00:00.000Z`},
		{"no method", entries(entry(when, `{"url":"https://a.example/"}`, "")), "log.entries[0].request.method: is missing"},
		{"no URL", entries(entry(when, `{"method":"GET"}`, "")), "log.entries[0].request.url: is missing"},
		{"no host", entries(entry(when, `{"method":"GET","url":"/v22.0/me?access_token=secret"}`, "")), "log.entries[0].request.url: has no host; captures have absolute URLs"},
		{"no URL at all", entries(entry(when, `{"method":"GET","url":"https://a b:secret/"}`, "")), "log.entries[0].request.url: cannot be read as a URL"},
		{"request's base64", entries(entry(when, `{"method":"POST","url":"https://a.example/","postData":{"text":"sec-ret","encoding":"base64"}}`, "")), "log.entries[0].request.postData.text: is no base64, which encoding says that it is"},
		{"answer's base64", entries(entry(when, get, `,"response":{"status":200,"content":{"text":"sec-ret","encoding":"base64"}}`)), "log.entries[0].response.content.text: is no base64, which encoding says that it is"},
		{"status", entries(entry(when, get, `,"response":{"status":-200}`)), "log.entries[0].response.status: -200 is no status"},
		{"another type", entries(entry(when, get, `,"response":{"status":"200"}`)), "log.entries[0].response.status: is a string, not a int"},
		{"two at once", entries(entry("", `{"url":"x"}`, "")), "log.entries[0].startedDateTime: is missing; it is when the request began, as 2026-05-04T12:00:00.000Z\n" +
			"log.entries[0].request.method: is missing\nlog.entries[0].request.url: has no host; captures have absolute URLs"},
	} {
		_, err := har.Read(strings.NewReader(c.file))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if err != nil && strings.Contains(strings.ReplaceAll(err.Error(), "-", ""), "secret") {
			t.Errorf("%s: the error holds a secret: %v", c.name, err)
		}
	}
}

func TestReadStopsAtTwentyProblems(t *testing.T) {
	t.Parallel()
	list := strings.Repeat(`{"startedDateTime":"2026-05-04T12:00:00Z","request":{"method":"GET"}},`, 25)
	_, err := har.Read(strings.NewReader(`{"log":{"entries":[` + strings.TrimSuffix(list, ",") + `]}}`))
	if err == nil || !strings.HasSuffix(err.Error(), "log.entries[19].request.url: is missing\nand 5 more") {
		t.Errorf("got %v", err)
	}
}

// Recorders differ in how they write the same.
func TestReadForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, started, post, want string }{
		{"Chrome", "2026-05-04T12:00:00.500Z", `{"mimeType":"application/json","text":"{}"}`, "{}"},
		{"mitmproxy", "2026-05-04T12:00:00.500000+00:00", `{"mimeType":"application/json","text":"{}","params":[]}`, "{}"},
		{"Charles", "2026-05-04T14:00:00.500+0200", `{"text":"eyJhIjoxfQ==","encoding":"base64"}`, `{"a":1}`},
		{"no zone", "2026-05-04T12:00:00.5", `{"params":[{"name":"a","value":"1 2"},{"name":"b","value":"&"}]}`, "a=1+2&b=%26"},
		{"no body", "2026-05-04T12:00:00.5Z", "null", ""},
	} {
		file, err := har.Read(strings.NewReader(`{"log":{"version":"1.2","entries":[{"startedDateTime":"` + c.started + `","time":1.5,
			"request":{"method":"POST","url":"https://a.example/","headers":[{"name":":path","value":"/"},{"name":"x-a","value":"1"}],"postData":` + c.post + `}}]}}`))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		e := file.Log.Entries[0]
		body, _ := e.Request.Body()
		want := []any{time.Date(2026, time.May, 4, 12, 0, 0, 500_000_000, time.UTC), 1500 * time.Microsecond, c.want, map[string][]string{"X-A": {"1"}}}
		if diff := cmp.Diff(want, []any{e.Started, e.Took(), string(body), map[string][]string(har.Header(e.Request.Headers))}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// What is no archive is an error and no panic.
func FuzzRead(f *testing.F) {
	f.Add(`{"log":{"entries":[` + good + `]}}`)
	f.Add(`{"log":{"entries":[{"startedDateTime":1,"request":{"postData":{"params":[{}]}},"_sandbox":{"tick":"x"}}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := har.Read(strings.NewReader(text))
		if err == nil && file == nil {
			t.Error("neither file nor error")
		}
	})
}
