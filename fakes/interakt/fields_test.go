package interakt_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/sim"
)

// field is one member of a body, right or wrong.
type field struct{ name, old, new, want string } // want: what is to be corrected, "" when it is taken

func testFields(t *testing.T, doc string, fields []field) {
	for _, c := range fields {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{})
			changed := with(doc, c.old, c.new)
			if changed == doc {
				t.Fatalf("%s is not in the body", c.old)
			}
			if c.want == "" {
				w.accepted(changed)
				return
			}
			w.refused(w.post(changed), 400, corrects+c.want)
		})
	}
}

func TestI08CallbackData(t *testing.T) {
	t.Parallel()
	quoted := func(text string) string { return `"callbackData":"` + text + `"` }
	testFields(t, textHeaderBody, []field{
		{"512 characters", quoted("some_callback_data"), quoted(strings.Repeat("x", 512)), ""},
		{"513 characters", quoted("some_callback_data"), quoted(strings.Repeat("x", 513)), "callbackData has 513 characters, 512 are allowed"},
		{"512 characters of several bytes", quoted("some_callback_data"), quoted(strings.Repeat("ü", 512)), ""},
		{"513 characters of several bytes", quoted("some_callback_data"), quoted(strings.Repeat("ü", 513)), "callbackData has 513 characters, 512 are allowed"},
		{"empty", quoted("some_callback_data"), quoted(""), ""},
		{"null", quoted("some_callback_data"), `"callbackData":null`, ""},
		{"a number", quoted("some_callback_data"), `"callbackData":7`, "callbackData has to be a string"},
		{"an object", quoted("some_callback_data"), `"callbackData":{"id":7}`, "callbackData has to be a string"},
	})
}

// The webhook's spelling is taken and told of, and nothing comes back.
func TestCallbackDataMisspelt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.accepted(with(textHeaderBody, "callbackData", "callback_data"))
	entries, err := w.ws.Journal(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "remark", []string{"callback_data is how webhooks spell it; send callbackData, else nothing is returned"}, entries[0].Remarks)
	diff(t, "callback", nil, dig(w.after(thread, 1e9)[0].Tree, "data", "message", "meta_data", "source_data", "callback_data"))
}

func TestI09ButtonPayload(t *testing.T) {
	t.Parallel()
	const old = `{"0":["payload0"],"1":["payload1"],"2":["payload2"]}`
	const hint = "buttons are counted from 0, and there are at most 3"
	testFields(t, quickReplyBody, []field{
		{"128 characters", `"payload0"`, `"` + strings.Repeat("x", 128) + `"`, ""},
		{"129 characters", `"payload0"`, `"` + strings.Repeat("x", 129) + `"`, "buttonPayload at index 0 has 129 characters, 128 are allowed"},
		{"128 characters of several bytes", `"payload0"`, `"` + strings.Repeat("ü", 128) + `"`, ""},
		{"punctuation of the help page", `"payload0"`, `"12 345abc( ) ? ! . # % @ ^ = + – & * ` + "`" + ` ~ ; : < > { }"`, ""},
		{"a number", `"payload1"`, `7`, "buttonPayload at index 1 has to be a list of strings"},
		{"an object", `"payload1"`, `{"a":1}`, "buttonPayload at index 1 has to be a list of strings"},
		{"a bare string", `["payload0"]`, `"payload0"`, "buttonPayload at index 0 has to be a list of strings"},
		{"no string", `["payload0"]`, `[]`, "buttonPayload at index 0 has to be a list of one string"},
		{"two strings", `["payload0"]`, `["a","b"]`, "buttonPayload at index 0 has to be a list of one string"},
		{"one button", old, `{"1":["payload1"]}`, ""},
		{"none", old, `{}`, ""},
		{"a fourth button", old, `{"0":["a"],"1":["b"],"2":["c"],"3":["d"]}`, "buttonPayload has no button '3'; " + hint},
		{"a place below zero", old, `{"-1":["a"]}`, "buttonPayload has no button '-1'; " + hint},
		{"a place that is no number", old, `{"first":["a"]}`, "buttonPayload has no button 'first'; " + hint},
		{"a list", old, `[["a"]]`, "buttonPayload has to be an object"},
	})
}

func TestButtonPayloadOfNoQuickReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.accepted(with(textHeaderBody, `"bodyValues"`, `"buttonPayload":{"0":["x"]},"bodyValues"`))
	entries, err := w.ws.Journal(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "remark", []string{"the button at index 0 is no quick reply of the template; its buttonPayload has no effect"}, entries[0].Remarks)
}

func TestFieldsOfATemplate(t *testing.T) {
	t.Parallel()
	testFields(t, textHeaderBody, []field{
		{"no template", `"template":{`, `"templat":{`, "template is required and has to be an object"},
		{"a template by name", `"template":{`, `"template":"x","x":{`, "template is required and has to be an object"},
		{"no name", `"name":"delivered_alert_101",`, ``, "name is required"},
		{"a name that is a number", `"name":"delivered_alert_101"`, `"name":101`, "name has to be a string"},
		{"no language", `"languageCode":"en",`, ``, "languageCode is required"},
		{"headerValues a string", `["Alert"]`, `"Alert"`, "headerValues has to be a list of strings"},
		{"bodyValues with a number", `"1234"`, `1234`, "bodyValues has to be a list of strings"},
		{"bodyValues an object", `["There","1234"]`, `{"1":"There"}`, "bodyValues has to be a list of strings"},
		{"buttonValues a list", `{"0":["12344"]}`, `["12344"]`, "buttonValues has to be an object"},
		{"buttonValues without a list", `["12344"]`, `"12344"`, "buttonValues at index 0 has to be a list of strings"},
		{"buttonValues of an eleventh button", `{"0":["12344"]}`, `{"10":["12344"]}`, "buttonValues has no button '10'; buttons are counted from 0, and there are at most 10"},
		{"fileName a number", `"dummy.pdf"`, `1`, "fileName has to be a string"},
		{"campaignId a number", `"type":"Template"`, `"type":"Template","campaignId":1`, "campaignId has to be a string"},
		{"userId a number", `"type":"Template"`, `"type":"Template","userId":1`, "userId has to be a string"},
		{"a campaign", `"type":"Template"`, `"type":"Template","campaignId":"c-1"`, ""},
		{"a carousel", `"bodyValues":["There","1234"]`, `"carouselCards":[{"bodyValues":["x"]}],"bodyValues":["There","1234"]`, ""},
		{"a carousel that is none", `"bodyValues":["There","1234"]`, `"carouselCards":{},"bodyValues":["There","1234"]`, "carouselCards has to be a list"},
		{"a card that is none", `"bodyValues":["There","1234"]`, `"carouselCards":["x"],"bodyValues":["There","1234"]`, "carouselCards has to be a list of objects"},
	})
}

func TestI10TypesAndJSON(t *testing.T) {
	t.Parallel()
	testFields(t, textHeaderBody, []field{
		{"another type", `"type":"Template"`, `"type":"Location"`, "type 'Location' is not supported"},
		{"other letters", `"type":"Template"`, `"type":"template"`, "type 'template' is not supported"},
		{"no type", `"type":"Template",`, ``, "type is required"},
		{"a type that is a number", `"type":"Template"`, `"type":7`, "type has to be a string"},
	})
	seed := with(textHeaderBody, `"`, "\u201c")
	for name, doc := range map[string]string{
		"curly quotes": seed, "a comment": with(textHeaderBody, `"+91",`, `"+91", /* required */`), "a comma too many": with(textHeaderBody, `["Alert"]`, `["Alert",]`),
		"nothing": "", "half of it": textHeaderBody[:40], "a list": "[]", "null": "null", "a text": `"x"`,
	} {
		w := newWorld(t, interakt.Config{})
		r := w.post(doc)
		if r.Status != 400 || !strings.HasPrefix(r.message(), corrects+"the body") {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		w.refused(r, 400, r.message())
	}
}

func TestI19ContentType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	for kind, status := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201, "Application/JSON": 201, "": 400, "text/plain": 400,
		"application/x-www-form-urlencoded": 400, "application/jsonp": 400, ";": 400,
	} {
		r := w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		if r.Status != status {
			t.Errorf("%q is answered %d, want %d", kind, r.Status, status)
		}
		if status == 400 {
			w.refused(r, 400, corrects+"the header Content-Type has to be application/json")
		}
	}
}

// Every error has the same two members.
func TestI12Envelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	for status, want := range map[int]string{
		400: corrects + "the request was not understood", 401: "Invalid token provided", 403: "Forbidden", 429: "Rate limit exceeded for this resource",
		500: "Error processing the request.", 503: "Service Unavailable",
	} {
		w.refused(w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set(sim.HeaderFault, strconv.Itoa(status)) }), status, want)
	}
	r := w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set(sim.HeaderFault, "404") })
	diff(t, "404 is a page", []any{404, "text/html; charset=utf-8"}, []any{r.Status, r.Header.Get("Content-Type")})
}

func TestI11RateLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ limit, room int }{"the help page's": {0, 40}, "one's own": {2, 2}} {
		w := newWorld(t, interakt.Config{PerMinute: c.limit})
		for range c.room {
			w.accepted(textHeaderBody)
		}
		w.after(thread, time.Second)
		r := w.post(textHeaderBody)
		w.refused(r, 429, "Rate limit exceeded for this resource")
		diff(t, name+": nothing is called back", 0, len(w.after(thread, time.Second)))
		w.after("", 16*time.Second) // 18:06:43 is the 17th second before the next minute
		w.refused(w.post(textHeaderBody), 429, "Rate limit exceeded for this resource")
		w.after("", time.Second)
		w.accepted(textHeaderBody)
	}
	w := newWorld(t, interakt.Config{PerMinute: -1})
	for range 100 {
		w.accepted(textHeaderBody)
	}
}

// Refused calls count, broken ones too; keys count apart; nobody's key and the
// track APIs do not count.
func TestI21WhatCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{PerMinute: 5})
	for _, doc := range []string{"{", `{}`, with(textHeaderBody, "delivered_alert_101", "nope"), textBody} {
		if r := w.post(doc); r.Status != 400 {
			t.Fatalf("%s is answered %d", doc, r.Status)
		}
	}
	for range 5 {
		w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set("Authorization", "Basic invalid") })
		w.request("/v1/public/track/users/", []byte(trackBody), nil)
	}
	w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set("Authorization", "Basic sandbox-interakt-noor") })
	w.request("/v1/public/message", []byte(textHeaderBody), nil) // the fifth, by the path without its slash
	w.refused(w.post("{"), 429, "Rate limit exceeded for this resource")
	w.refused(w.post(textHeaderBody), 429, "Rate limit exceeded for this resource")
	diff(t, "the same key in its other form", 429, w.request(path, []byte(textHeaderBody), func(r *http.Request) {
		r.Header.Set("Authorization", "Basic "+b64(rawKey+":"))
	}).Status)
}
