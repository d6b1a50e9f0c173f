package meta_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

const claim = "https://api.encorekit.com/encore/click/abc"

// lto is a send of the default template, as Meta's page shows one.
const lto = `{"messaging_product":"whatsapp","recipient_type":"individual","to":"15014005001","type":"template","template":{"name":"limited_time_offer_caribbean_pkg_2023","language":{"code":"en_US"},"components":[
{"type":"header","parameters":[{"type":"image","image":{"link":"` + image + `"}}]},
{"type":"body","parameters":[{"type":"text","text":"Pablo"},{"type":"text","text":"CARIBE25"}]},
{"type":"limited_time_offer","parameters":[{"type":"limited_time_offer","limited_time_offer":{"expiration_time_ms":1209600000}}]},
{"type":"button","sub_type":"copy_code","index":0,"parameters":[{"type":"coupon_code","coupon_code":"CARIBE25"}]},
{"type":"button","sub_type":"url","index":1,"parameters":[{"type":"text","text":"abc"}]}]}}`

func ltoBody(t *testing.T, replace ...string) string {
	t.Helper()
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(lto, replace[i]) {
			t.Fatalf("%s is not in the send", replace[i])
		}
	}
	return strings.NewReplacer(replace...).Replace(lto)
}

func TestTemplateSend(t *testing.T) {
	t.Parallel()
	const copyCode = `{"type":"coupon_code","coupon_code":"CARIBE25"}`
	cases := []struct {
		name    string
		replace []string
		status  int
		code    string
	}{
		{"Meta's sample, whose offer ended in 1970", nil, 200, ""},
		{"an index in quotes", []string{`"index":1`, `"index":"1"`}, 200, ""},
		{"capitals", []string{`"type":"header"`, `"type":"HEADER"`, `"sub_type":"url"`, `"sub_type":"URL"`}, 200, ""},
		{"a policy", []string{`{"code":"en_US"}`, `{"code":"en_US","policy":"deterministic"}`}, 200, ""},
		{"another policy", []string{`{"code":"en_US"}`, `{"code":"en_US","policy":"fallback"}`}, 400, "100"},
		{"an uploaded image", []string{`{"link":"` + image + `"}`, `{"id":"1003300000000000"}`}, 200, ""},
		{"another name", []string{"pkg_2023", "pkg_2024"}, 404, "132001"},
		{"another language", []string{`"en_US"`, `"es"`}, 404, "132001"},
		{"no language", []string{`"language":{"code":"en_US"},`, ""}, 400, "131008"},
		{"a parameter too few", []string{`,{"type":"text","text":"CARIBE25"}`, ""}, 400, "132000"},
		{"a parameter too many", []string{`{"type":"text","text":"CARIBE25"}`, `{"type":"text","text":"a"},{"type":"text","text":"b"}`}, 400, "132000"},
		{"a kind that the template does not have there", []string{`{"type":"text","text":"Pablo"}`, `{"type":"currency","currency":{"code":"USD","amount_1000":1,"fallback_value":"$1"}}`}, 400, "132012"},
		{"a video for an image", []string{`{"type":"image","image":`, `{"type":"video","video":`}, 400, "132012"},
		{"a name that the template does not have", []string{`"text":"Pablo"`, `"text":"Pablo","parameter_name":"guest"`}, 400, "132012"},
		{"a kind of no parameter", []string{`"type":"coupon_code"`, `"type":"coupon"`}, 400, "100"},
		{"a button that is not there", []string{`"index":1`, `"index":2`}, 400, "132018"},
		{"a button of another type", []string{`"sub_type":"url"`, `"sub_type":"quick_reply"`}, 400, "132018"},
		{"a button nowhere", []string{`"index":1,`, ""}, 400, "131008"},
		{"a button before the first", []string{`"index":1`, `"index":-1`}, 400, "100"},
		{"half a button", []string{`"index":1`, `"index":0.5`}, 400, "100"},
		{"a code of 15 characters", []string{copyCode, `{"type":"coupon_code","coupon_code":"123456789012345"}`}, 200, ""},
		{"a code of 16 characters", []string{copyCode, `{"type":"coupon_code","coupon_code":"1234567890123456"}`}, 400, "100"},
		{"no time for the offer", []string{`{"expiration_time_ms":1209600000}`, `{}`}, 400, "131008"},
		{"a time in quotes", []string{`1209600000`, `"1209600000"`}, 200, ""},
		{"an image that is no URL", []string{image, "menu.png"}, 400, "131009"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWAWorld(t, meta.Config{})
			w.must(w.post(ltoBody(t, c.replace...)), c.status, c.code)
		})
	}
}

func TestTemplateContent(t *testing.T) {
	t.Parallel()
	want := note.Content{Image: image, Text: "Expiring offer!\nGood news, Pablo! Your code CARIBE25 is waiting.", Links: []string{claim}}
	w := newWAWorld(t, meta.Config{})
	r := w.must(w.post(lto), 200, "")
	diff(t, "status of the message", any("accepted"), dig(decoded(t, r.Body), "messages", 0, "message_status"))
	diff(t, "content", want, w.sent().Content)
	diff(t, "carrier", note.CarrierTemplate, w.sent().Carrier)
	diff(t, "links to Encore", 1, w.sent().OfferLinks)
	hooks := w.after(thread, time.Second)
	diff(t, "price", any("marketing"), dig(hooks[0], "value", "statuses", 0, "pricing", "category"))
	// An attempt that was refused shows the same.
	w.must(w.post(ltoBody(t, `"type":"coupon_code"`, `"type":"coupon"`)), 400, "100")
	w.must(w.post(ltoBody(t, `,{"type":"text","text":"CARIBE25"}`, "")), 400, "132000")
	want.Text = "Expiring offer!\nGood news, Pablo! Your code {{2}} is waiting."
	diff(t, "content of an attempt", want, w.sent().Content)
}

func TestTemplateStatusesAndExpiry(t *testing.T) {
	t.Parallel()
	for status, code := range map[string]string{"PAUSED": "132015", "DISABLED": "132016", "PENDING": "132001", "REJECTED": "132001"} {
		templates := meta.DefaultTemplates()
		templates[0].Status = status
		w := newWAWorld(t, meta.Config{Templates: templates})
		if got := w.post(lto).code(t); got != code {
			t.Errorf("%s: %s, want %s", status, got, code)
		}
	}
	w := newWAWorld(t, meta.Config{RefusePastExpiry: true})
	w.must(w.post(lto), 400, "132018")
	w.must(w.post(ltoBody(t, "1209600000", fmt.Sprint(at(time.Hour).UnixMilli()))), 200, "")
}

// createLTO is a limited-time offer as it is created.
const createLTO = `{"name":"offer_1","language":"en_US","category":"MARKETING","components":[{"type":"HEADER","format":"IMAGE"},{"type":"LIMITED_TIME_OFFER","limited_time_offer":{"text":"Ends soon","has_expiration":true}},{"type":"BODY","text":"Hello {{1}}"},{"type":"BUTTONS","buttons":[{"type":"COPY_CODE","example":"CODE"},{"type":"URL","text":"Go","url":"https://t.example/{{1}}"}]}]}`

func TestParseTemplate(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	cases := []struct {
		name     string
		old, new string
		code     int
	}{
		{"an offer", "", "", 0},
		{"a name in capitals", "offer_1", "Offer_1", 100},
		{"a name of 512 characters", "offer_1", long(512), 0},
		{"a name of 513 characters", "offer_1", long(513), 100},
		{"no language", `"language":"en_US",`, "", 131008},
		{"a language that is none", "en_US", "english", 100},
		{"another category", "MARKETING", "SALES", 100},
		{"an offer is marketing", "MARKETING", "UTILITY", 100},
		{"an offer has no footer", `{"type":"BODY"`, `{"type":"FOOTER","text":"x"},{"type":"BODY"`, 100},
		{"an offer's header is no text", `"format":"IMAGE"`, `"format":"TEXT","text":"x"`, 100},
		{"an offer's header may be a video", `"format":"IMAGE"`, `"format":"VIDEO"`, 0},
		{"an offer's body of 600 characters", "Hello {{1}}", long(600), 0},
		{"an offer's body of 601 characters", "Hello {{1}}", long(601), 100},
		{"an offer's text of 16 characters", "Ends soon", long(16), 0},
		{"an offer's text of 17 characters", "Ends soon", long(17), 100},
		{"a code of 15 characters", `"CODE"`, `"` + long(15) + `"`, 0},
		{"a code of 16 characters", `"CODE"`, `"` + long(16) + `"`, 100},
		{"a code in an array", `"CODE"`, `["CODE"]`, 0},
		{"a button's text of 25 characters", `"Go"`, `"` + long(25) + `"`, 0},
		{"a button's text of 26 characters", `"Go"`, `"` + long(26) + `"`, 100},
		{"a placeholder inside a link", "t.example/{{1}}", "t.example/{{1}}/x", 100},
		{"the link before the code", `{"type":"COPY_CODE","example":"CODE"},{"type":"URL","text":"Go","url":"https://t.example/{{1}}"}`, `{"type":"URL","text":"Go","url":"https://t.example/"},{"type":"COPY_CODE","example":"CODE"}`, 100},
		{"three links", `{"type":"COPY_CODE","example":"CODE"}`, `{"type":"URL","text":"a","url":"https://a.example"},{"type":"URL","text":"b","url":"https://b.example"}`, 100},
		{"no body", `{"type":"BODY","text":"Hello {{1}}"},`, "", 131008},
		{"two bodies", `{"type":"HEADER","format":"IMAGE"}`, `{"type":"BODY","text":"x"}`, 100},
		{"a carousel", `{"type":"HEADER","format":"IMAGE"}`, `{"type":"CAROUSEL"}`, 131051},
		{"no components", `"components":[`, `"parts":[`, 131008},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(createLTO, c.old) {
				t.Fatalf("%s is not in the template", c.old)
			}
			var tree map[string]any
			if err := json.Unmarshal([]byte(strings.Replace(createLTO, c.old, c.new, 1)), &tree); err != nil {
				t.Fatal(err)
			}
			_, err := meta.ParseTemplate(tree)
			got := 0
			if err != nil {
				got = err.Code
			}
			if got != c.code {
				t.Errorf("code %d (%v), want %d", got, err, c.code)
			}
		})
	}
}

func TestTemplateLife(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	list := "/v23.0/" + waba + "/message_templates"
	names := func(query string) (out []string) {
		r := w.must(w.call("GET", list+query, ""), 200, "")
		data, _ := dig(decoded(t, r.Body), "data").([]any)
		for _, d := range data {
			out = append(out, fmt.Sprint(dig(d, "name"), " ", dig(d, "status")))
		}
		return out
	}
	diff(t, "from the start", []string{"limited_time_offer_caribbean_pkg_2023 APPROVED"}, names(""))
	made := w.must(w.call("POST", list, createLTO), 200, "")
	id := dig(decoded(t, made.Body), "id").(string)
	diff(t, "a new one", []string{"offer_1 PENDING"}, names("?name=offer_1"))
	w.must(w.call("POST", list, createLTO), 400, "100") // its name is taken
	hooks := w.after("", 5*time.Second)
	diff(t, "webhook", any("message_template_status_update"), hooks[0]["field"])
	diff(t, "event", []any{"APPROVED", "offer_1", "en_US"}, []any{dig(hooks[0], "value", "event"), dig(hooks[0], "value", "message_template_name"), dig(hooks[0], "value", "message_template_language")})
	diff(t, "approved", []string{"offer_1 APPROVED"}, names("?status=approved&name=offer_1"))
	diff(t, "a page", []string{"limited_time_offer_caribbean_pkg_2023 APPROVED"}, names("?limit=1"))
	diff(t, "the next page", []string{"offer_1 APPROVED"}, names("?limit=1&after=1"))
	w.must(w.call("GET", list+"?limit=0", ""), 400, "100")
	diff(t, "words of its name", []string{"offer_1 APPROVED"}, names("?name_or_content=OFFER_1"))
	diff(t, "words of its body", []string{"limited_time_offer_caribbean_pkg_2023 APPROVED"}, names("?name_or_content=is+waiting"))
	few := w.must(w.call("GET", list+"?fields=name&name=offer_1", ""), 200, "")
	diff(t, "fields of a list", any([]any{map[string]any{"id": id, "name": "offer_1"}}), dig(decoded(t, few.Body), "data"))
	quality := w.must(w.call("GET", list+"?fields=quality_score,rejected_reason&name=offer_1", ""), 200, "")
	diff(t, "fields that are not answered unasked", any([]any{map[string]any{"id": id, "quality_score": map[string]any{"score": "UNKNOWN"}, "rejected_reason": "NONE"}}), dig(decoded(t, quality.Body), "data"))
	w.must(w.call("GET", list+"?fields=colour", ""), 400, "100")

	one := w.must(w.call("GET", "/"+id+"?fields=name,status", ""), 200, "")
	diff(t, "fields", any(map[string]any{"id": id, "name": "offer_1", "status": "APPROVED"}), decoded(t, one.Body))
	w.must(w.call("GET", "/"+id+"?fields=colour", ""), 400, "100")
	w.must(w.call("POST", "/"+id, `{"components":[{"type":"BODY","text":"New {{1}}"}]}`), 200, "")
	diff(t, "a changed one is looked at again", []string{"offer_1 PENDING"}, names("?name=offer_1"))
	w.must(w.call("POST", "/"+id, `{"components":[]}`), 400, "131008")
	w.after("", 5*time.Second)
	send := `{"messaging_product":"whatsapp","to":"15014005001","type":"template","template":{"name":"offer_1","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"you"}]}]}}`
	w.must(w.post(send), 200, "")
	diff(t, "text", "New you", w.sent().Content.Text)

	w.must(w.call("DELETE", list, ""), 400, "131008")
	w.must(w.call("DELETE", list+"?name=nothing", ""), 400, "100")
	w.must(w.call("DELETE", list+"?name=offer_1", ""), 200, "")
	w.must(w.call("GET", "/"+id, ""), 400, "100/33")
	w.must(w.post(send), 404, "132001")
	w.must(w.call("GET", "/999/message_templates", ""), 400, "100/33")
}
