package kaleyra_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// refusal is WA400, whatever is wrong.
var refusal = reply{400, `{"code":"WA400","message":"Refer to correct payload format","data":{},"error":{"payload":"Incorrect payload format"}}`}

// change is one request that differs from one that is taken.
type change struct {
	name    string
	oldNew  []string
	problem string // in the journal; empty: it is taken
}

// judged posts each change of a body and compares answer and remark.
func judged(t *testing.T, w *world, body string, changes []change) {
	t.Helper()
	w.must(w.post(body), 202, "WA202")
	for _, c := range changes {
		r := w.post(swap(t, body, c.oldNew...))
		if c.problem == "" {
			w.must(r, 202, "WA202")
			continue
		}
		diff(t, c.name, refusal, r)
		if remarks := strings.Join(w.remarks(), "\n"); !strings.Contains(remarks, c.problem) {
			t.Errorf("%s: the journal remarks %q, want %q", c.name, remarks, c.problem)
		}
	}
}

func TestK04NotARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for _, c := range []struct{ name, contentType, body string }{
		{"no body", "application/json", ""},
		{"no JSON", "application/json", "messaging_object"},
		{"an array", "application/json", "[" + offer + "]"},
		{"a string", "application/json", `"x"`},
		{"null", "application/json", "null"},
		{"an empty object", "application/json", "{}"},
		{"messaging_object is null", "application/json", `{"messaging_object":null}`},
		{"messaging_object is an array", "application/json", `{"messaging_object":[]}`},
		{"messaging_object is text", "application/json", `{"messaging_object":"x"}`},
		{"extra_info is text", "application/json", swap(t, text, `{"messaging`, `{"extra_info":"x","messaging`)},
		{"extra_info within messaging_object alone", "application/json", `{"extra_info":{"ref":"x"}}`},
		{"curly quotes, as pages print them", "application/json", swap(t, text, `"to"`, `“to”`)},
		{"a comment", "application/json", swap(t, text, `{"mess`, "// one message\n{\"mess")},
		{"a trailing comma", "application/json", swap(t, text, `."}}}`, `.",}}}`)},
		{"two documents", "application/json", text + text},
		{"no Content-Type", "", offer},
		{"text", "text/plain", offer},
		{"a form", "application/x-www-form-urlencoded", offer},
		{"nearly JSON's", "application/jsonx", offer},
		{"more than a mebibyte", "application/json", swap(t, text, "today.", strings.Repeat("x", 1<<20))},
	} {
		got := w.request("POST", endpoint, c.body, func(r *http.Request) {
			r.Header.Del("Content-Type")
			if c.contentType != "" {
				r.Header.Set("Content-Type", c.contentType)
			}
		})
		diff(t, c.name, refusal, got)
	}
	charset := func(r *http.Request) { r.Header.Set("Content-Type", "Application/JSON; charset=utf-8") }
	w.must(w.request("POST", endpoint, offer, charset), 202, "WA202")
}

func TestK06Mandatory(t *testing.T) {
	t.Parallel()
	judged(t, newWorld(t, kaleyra.Config{}), offer, []change{
		{"no messaging_product", []string{`"messaging_product":"whatsapp",`, ``}, "messaging_product"},
		{"another product", []string{`"messaging_product":"whatsapp"`, `"messaging_product":"sms"`}, "messaging_product"},
		{"a group", []string{`"individual"`, `"group"`}, "recipient_type"},
		{"recipient_type is not mandatory", []string{`"recipient_type":"individual",`, ``}, ""},
		{"no to", []string{`"to":"+15014005001",`, ``}, "'to'"},
		{"to is empty", []string{`"to":"+15014005001"`, `"to":""`}, "'to'"},
		{"a number's id instead", []string{`"to":"+15014005001"`, `"recipient":"US.1"`}, "messaging_object"},
		{"no name", []string{`"name":"LTO_template",`, ``}, "template.name"},
		{"no language", []string{`"language":{"code":"en_US"},`, ``}, "template.language"},
		{"no code", []string{`{"code":"en_US"}`, `{}`}, "template.language.code"},
		{"no template", []string{`"template":{"name"`, `"templates":{"name"`}, "'template'"},
	})
}

func TestK07MissingTypeMeansText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{NoWindow: true})
	judged(t, w, offer, []change{
		{"a template without type is a text without text", []string{`"type":"template",`, ``}, "'text'"},
		{"an unknown type", []string{`"type":"template",`, `"type":"carousel",`}, "carousel"},
		{"types are written small", []string{`"type":"template",`, `"type":"Template",`}, "Template"},
	})
	judged(t, w, text, []change{{"a text without type", []string{`"type":"text",`, ``}, ""}})
	sent, _ := w.outgoing()
	diff(t, "it is a text", "text", sent[len(sent)-1].Type)
}

func TestK08Components(t *testing.T) {
	t.Parallel()
	judged(t, newWorld(t, kaleyra.Config{}), offer, []change{
		{"index as text", []string{`"index":0`, `"index":"0"`, `"index":1`, `"index":"1"`}, ""},
		{"index with a fraction", []string{`"index":0`, `"index":0.5`}, "index"},
		{"index in words", []string{`"index":0`, `"index":"first"`}, "index"},
		{"no index", []string{`"index":0,`, ``}, "index"},
		{"a component that is a text", []string{`{"type":"header",`, `"x",{"type":"header",`}, "components[0]"},
		{"a component without parameters", []string{`,"parameters":[{"type":"text","text":"n3mtql"}]`, ``}, "components[4].parameters is missing"},
		{"parameters in an object", []string{`"parameters":[{"type":"text","text":"n3mtql"}]`, `"parameters":{"type":"text"}`}, "components[4].parameters"},
		{"types in capitals, as the tables print them", []string{`{"type":"button"`, `{"type":"Button"`, `{"type":"image"`, `{"type":"Image"`}, ""},
		{"an object of components", []string{`"components":[`, `"components":{"0":[`, `}]}]}}`, `}]}]}}}`}, "components"},
	})
}

func TestK09Expiry(t *testing.T) {
	t.Parallel()
	judged(t, newWorld(t, kaleyra.Config{}), offer, []change{
		{"text", []string{`1809600000000`, `"1809600000000"`}, "expiration_time_ms must be a number"},
		{"null", []string{`1809600000000`, `null`}, "expiration_time_ms"},
		{"nothing", []string{`{"expiration_time_ms":1809600000000}`, `{}`}, "expiration_time_ms"},
		{"zero", []string{`1809600000000`, `0`}, "expiration_time_ms"},
		{"one", []string{`1809600000000`, `1`}, ""},
		{"negative", []string{`1809600000000`, `-1`}, "expiration_time_ms"},
		{"a fraction", []string{`1809600000000`, `1.5`}, "expiration_time_ms"},
		{"without its wrapper, as the table has it", []string{`"parameters":[{"type":"limited_time_offer","limited_time_offer":{"expiration_time_ms":1809600000000}}]`, `"limited_time_offer":{"expiration_time_ms":1809600000000}`}, "components[2].parameters"},
		{"no such component, but the template has an end", []string{`{"type":"limited_time_offer","parameters":[{"type":"limited_time_offer","limited_time_offer":{"expiration_time_ms":1809600000000}}]},`, ``}, "limited_time_offer"},
	})
}

// The page calls it a Unix time and its sample is fourteen days: what has ended
// is taken with a remark, or refused where the configuration says so.
func TestK09ExpiryInThePast(t *testing.T) {
	t.Parallel()
	past := swap(t, offer, `1809600000000`, `1209600000`)
	w := newWorld(t, kaleyra.Config{})
	w.must(w.post(past), 202, "WA202")
	diff(t, "remark", []string{"expiration_time_ms lies in the past; it is a Unix time in milliseconds, not a duration"}, w.remarks())
	strict := newWorld(t, kaleyra.Config{RefusePastExpiry: true})
	judged(t, strict, offer, []change{
		{"ended in 1970", []string{`1809600000000`, `1209600000`}, "lies in the past"},
		{"ends this very moment", []string{`1809600000000`, `1778695603093`}, ""},
		{"ended a millisecond ago", []string{`1809600000000`, `1778695603092`}, "lies in the past"},
	})
}

func TestK10Buttons(t *testing.T) {
	t.Parallel()
	judged(t, newWorld(t, kaleyra.Config{}), offer, []change{
		{"a code of fifteen characters", []string{`"coupon_code":"CARIBE25"`, `"coupon_code":"CARIBE25CARIBE2"`}, ""},
		{"a code of sixteen", []string{`"coupon_code":"CARIBE25"`, `"coupon_code":"CARIBE25CARIBE25"`}, "coupon_code"},
		{"a code that is a number", []string{`"coupon_code":"CARIBE25"`, `"coupon_code":2532334`}, "coupon_code"},
		{"no code", []string{`,"coupon_code":"CARIBE25"`, ``}, "coupon_code"},
		{"an empty code", []string{`"coupon_code":"CARIBE25"`, `"coupon_code":""`}, "coupon_code"},
		{"the end of a link that is a number", []string{`"text":"n3mtql"`, `"text":25`}, "text"},
		{"no end of a link", []string{`,"text":"n3mtql"`, ``}, "text"},
		{"no sub_type", []string{`"sub_type":"url",`, ``}, "sub_type"},
	})
}

func TestK11LengthOfRefs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for _, name := range []string{`"ref":"customer1"`, `"ref1":"marketing"`, `"ref2":"dictionary"`} {
		key, _, _ := strings.Cut(name, ":")
		judged(t, w, offer, []change{
			{key + " of 255", []string{name, key + `:"` + strings.Repeat("x", 255) + `"`}, ""},
			{key + " of 256", []string{name, key + `:"` + strings.Repeat("x", 256) + `"`}, "has 256 characters; shorten it to 255"},
			{key + " of 255 characters of three bytes", []string{name, key + `:"` + strings.Repeat("€", 255) + `"`}, ""},
			{key + " of 256 characters of three bytes", []string{name, key + `:"` + strings.Repeat("€", 256) + `"`}, "has 256 characters"},
			{key + " is a number", []string{name, key + `:7`}, "must be a string"},
			{key + " is null", []string{name, key + `:null`}, ""},
			{key + " is empty", []string{name, key + `:""`}, ""},
		})
	}
	_, extra, _ := strings.Cut(offer, `"extra_info":`)
	judged(t, w, offer, []change{{"extra_info is null", []string{extra, `null}`}, ""}})
}

func TestK12Source(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for _, c := range []struct{ given, kept, remark string }{
		{`"api"`, "api", ""},
		{`"moengage"`, "moengage", ""},
		{`"API"`, "api", `wa_source is "API"`},
		{`"pabbly"`, "api", `wa_source is "pabbly", which is none of api, clevertap`},
		{`7`, "api", `wa_source is "7"`},
		{`""`, "api", `wa_source is ""`},
		{`null`, "", ""},
	} {
		body := swap(t, offer, `"wa_source":"api"`, `"wa_source":`+c.given)
		w.must(w.post(body), 202, "WA202")
		if remarks := strings.Join(w.remarks(), "\n"); c.remark == "" && remarks != "" || !strings.Contains(remarks, c.remark) {
			t.Errorf("%s: the journal remarks %q, want %q", c.given, remarks, c.remark)
		}
		all := notes[note.MessageSent](w)
		kept := []string{"ref customer1", "ref1 marketing", "ref2 dictionary"}
		if c.kept != "" {
			kept = append(kept, "wa_source "+c.kept)
		}
		diff(t, "on the message for "+c.given, kept, all[len(all)-1].Refs)
	}
	diff(t, "kept of none", "api", kaleyra.Read("application/json", []byte(text)).Source)
}

// The page's sample closes messaging_object and the shell's quote before
// extra_info: neither what the shell sends of it nor all of it is a request.
// The page itself is Kaleyra's, so the test is given it.
func TestK17SampleOfThePage(t *testing.T) {
	t.Parallel()
	file := os.Getenv("KALEYRA_PAGE")
	if file == "" {
		t.Skip("set KALEYRA_PAGE to the text of Kaleyra's page on limited-time offer templates")
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(page), "Sample Request Format")
	_, sample, _ = strings.Cut(sample, "-d '")
	sample, _, _ = strings.Cut(sample, "URL Parameters")
	whole := strings.TrimSuffix(strings.TrimSpace(sample), "'")
	sent, _, _ := strings.Cut(sample, "'")
	w := newWorld(t, kaleyra.Config{})
	diff(t, "as it is printed", refusal, w.post(whole))
	diff(t, "as the shell sends it", refusal, w.post(sent))
	repaired := swap(t, whole, "}',", "},", "+91xxxxxxxxx", "+15014005001")
	repaired = repaired[:strings.LastIndex(repaired, "}\n}")] + "}\n}"
	w.must(w.post(strings.Replace(repaired, "}\n}\n},\n\"extra_info\"", "}\n},\n\"extra_info\"", 1)), 202, "WA202")
}

// The same with the sample in the repository's own words: one brace too many
// behind the message, and then extra_info.
func TestK17MisplacedBrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	broken := swap(t, offer, `}]}]}},"extra_info"`, `}]}]}}}',"extra_info"`)
	diff(t, "all of it", refusal, w.post(broken))
	diff(t, "with the brace alone", refusal, w.post(swap(t, broken, `}',`, `},`)))
	shell, _, _ := strings.Cut(broken, "'")
	w.must(w.post(shell), 202, "WA202") // what a shell sends is whole, without extra_info
	w.must(w.post(offer), 202, "WA202")
}

func TestK19Recipients(t *testing.T) {
	t.Parallel()
	judged(t, newWorld(t, kaleyra.Config{}), offer, []change{
		{"masked, as the page has it", []string{`+15014005001`, `+91xxxxxxxxx`}, "'to'"},
		{"letters", []string{`+15014005001`, `+1501400500l`}, "'to'"},
		{"six digits", []string{`+15014005001`, `+150140`}, "'to'"},
		{"seven digits", []string{`+15014005001`, `+1501400`}, ""},
		{"fifteen digits", []string{`+15014005001`, `+150140050011234`}, ""},
		{"sixteen digits", []string{`+15014005001`, `+1501400500112345`}, "'to'"},
		{"without a plus", []string{`+15014005001`, `15014005001`}, ""},
		{"a number that is no text", []string{`"+15014005001"`, `15014005001`}, "to must be a string"},
		{"an image named by a number", []string{`"1602186516975000"`, `1602186516975000`}, ""},
		{"an image named by a link", []string{`{"id":"1602186516975000"}`, `{"link":"https://example.com/a.png"}`}, ""},
		{"an image named by both", []string{`{"id":"1602186516975000"}`, `{"id":"1","link":"https://example.com/a.png"}`}, "image"},
		{"an image named by nothing", []string{`{"id":"1602186516975000"}`, `{}`}, "image"},
	})
}

// Every type of the API goes through the same endpoint.
func TestOtherTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{NoWindow: true})
	for _, c := range []struct{ name, object, kind, text string }{
		{"preview_url as text", `{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"preview_url":"false","body":"a"}}`, "text", "a"},
		{"preview_url as a boolean", `{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"preview_url":true,"body":"b"}}`, "text", "b"},
		{"an image", `{"messaging_product":"whatsapp","to":"15014005001","type":"image","image":{"link":"https://example.com/a.png","caption":"c"}}`, "image", "c"},
		{"an uploaded image", `{"messaging_product":"whatsapp","to":"15014005001","type":"image","image":{"id":1602186516975000,"caption":"d"}}`, "image", "d"},
		{"an answer", `{"messaging_product":"whatsapp","to":"15014005001","context":{"message_id":"wamid.X"},"type":"text","text":{"body":"e"}}`, "text", "e"},
		{"a call to action", `{"messaging_product":"whatsapp","to":"15014005001","type":"interactive","interactive":{"type":"cta_url","body":{"text":"f"},` +
			`"action":{"name":"cta_url","parameters":{"display_text":"Go","url":"https://api.encorekit.com/encore/click/abc"}}}}`, "interactive", "f"},
	} {
		w.must(w.sends(c.object), 202, "WA202")
		sent, _ := w.outgoing()
		last := sent[len(sent)-1]
		diff(t, c.name, []string{c.kind, c.text, c.object}, []string{last.Type, last.Content.Text, string(last.Payload)})
	}
	sent, _ := w.outgoing()
	diff(t, "what an answer quotes", "wamid.X", sent[4].ReplyTo)
	diff(t, "an offer of Encore is carried as it came", []any{"verbatim", 1}, []any{sent[5].Carrier, sent[5].OfferLinks})
	diff(t, "text of 4097 characters", refusal, w.post(swap(t, text, "We are open today.", strings.Repeat("x", 4097))))
	w.must(w.post(swap(t, text, "We are open today.", strings.Repeat("x", 4096))), 202, "WA202")
	w.must(w.sends(`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.X"}`), 202, "WA202")
	after, _ := w.outgoing()
	diff(t, "a read receipt is no message", len(sent)+1, len(after)-1)
	diff(t, "one without its message", refusal, w.sends(`{"messaging_product":"whatsapp","status":"read"}`))
}

// FuzzRead holds that no body makes the reader panic or answer with a 5xx.
func FuzzRead(f *testing.F) {
	for _, body := range []string{offer, text, `{"messaging_object":{"template":{"components":{}}}}`, `{"extra_info":[]}`, ``, `{`, `[]`, `"\u0000"`} {
		f.Add([]byte(body))
	}
	w := newWorld(f, kaleyra.Config{Learn: true})
	f.Fuzz(func(t *testing.T, body []byte) {
		call := httptest.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
		call.Header.Set("Content-Type", "application/json")
		call.Header.Set("api-key", "A1")
		answer := httptest.NewRecorder()
		w.s.ServeHTTP(answer, call)
		if r := (reply{answer.Code, answer.Body.String()}); r.Status != 202 && r != refusal {
			t.Errorf("answered %d %s", r.Status, r.Body)
		}
	})
}
