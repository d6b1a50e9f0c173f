package interakt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

const corrects = "Please correct the following error - "

func notApproved(name, language string) string {
	return corrects + "No approved template found with name '" + name + "' and language '" + language + "'. Please re-sync on Interakt dashboard and try again"
}

func TestI04UnknownTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{Templates: append(interakt.DefaultTemplates(),
		meta.Template{Name: "waiting", Language: "en", Body: "Hi", Status: meta.TemplatePending}, meta.Template{Name: "refused", Language: "en", Body: "Hi", Status: meta.TemplateRejected})})
	for name, c := range map[string][2]string{
		"no such name":      {"nope", "en"},
		"other letters":     {"Delivered_alert_101", "en"},
		"another language":  {"delivered_alert_101", "en_US"},
		"a language in big": {"delivered_alert_101", "EN"},
		"not yet approved":  {"waiting", "en"},
		"rejected":          {"refused", "en"},
		"a name with blank": {"delivered alert 101", "en"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := with(textHeaderBody, `"name":"delivered_alert_101","languageCode":"en"`, `"name":"`+c[0]+`","languageCode":"`+c[1]+`"`)
			w.refused(w.post(doc), 400, notApproved(c[0], c[1]))
		})
	}
}

func TestI05MissingValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	for _, c := range []struct{ name, body, old, new, want string }{
		{"no header value", textHeaderBody, `["Alert"]`, `[]`, "header, expected number of values are 1"},
		{"headerValues left out", textHeaderBody, `"headerValues":["Alert"],`, ``, "header, expected number of values are 1"},
		{"headerValues null", textHeaderBody, `["Alert"]`, `null`, "header, expected number of values are 1"},
		{"one body value of two", textHeaderBody, `["There","1234"]`, `["There"]`, "body, expected number of values are 2"},
		{"no body value", textHeaderBody, `"bodyValues":["There","1234"],`, ``, "body, expected number of values are 2"},
		{"no button value", textHeaderBody, `["12344"]`, `[]`, "button at index 0, expected number of values are 1"},
		{"no buttonValues", textHeaderBody, `,"buttonValues":{"0":["12344"]}`, ``, "button at index 0, expected number of values are 1"},
		{"the value of another button", textHeaderBody, `{"0":["12344"]}`, `{"1":["12344"]}`, "button at index 0, expected number of values are 1"},
		{"the second of two buttons", imageHeaderBody, `{"1":["12344"]}`, `{}`, "button at index 1, expected number of values are 1"},
		{"a value for a telephone number", imageHeaderBody, `{"1":["12344"]}`, `{"0":["1"],"1":["12344"]}`, "button at index 0, expected number of values are 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.refused(w.post(with(c.body, c.old, c.new)), 400, "Missing variable values for template's "+c.want)
		})
	}
}

func TestQ7TooManyValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	for _, c := range []struct{ name, body, old, new, want string }{
		{"header", textHeaderBody, `["Alert"]`, `["Alert","x"]`, "header, expected number of values are 1"},
		{"body", textHeaderBody, `["There","1234"]`, `["There","1234","x"]`, "body, expected number of values are 2"},
		{"button", textHeaderBody, `["12344"]`, `["12344","x"]`, "button at index 0, expected number of values are 1"},
		{"media header", imageHeaderBody, `"headerValues":[`, `"headerValues":["https://x.example/1.png",`, "header, expected number of values are 1"},
		{"a button that is not there", quickReplyBody, `"buttonPayload"`, `"buttonValues":{"5":["x"]},"buttonPayload"`, "button at index 5, expected number of values are 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.refused(w.post(with(c.body, c.old, c.new)), 400, "Missing variable values for template's "+c.want)
		})
	}
}

func TestI06MediaHeaders(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"image", "video", "document"} {
		w := newWorld(t, interakt.Config{Templates: []meta.Template{{Name: "x", Language: "en", Body: "Hi", Header: &meta.TemplateHeader{Format: strings.ToUpper(kind)}}}})
		for name, header := range map[string]string{
			"left out": ``, "no value": `"headerValues":[],`, "an empty value": `"headerValues":[""],`, "no URL": `"headerValues":["picture.png"],`,
			"another scheme": `"headerValues":["ftp://x.example/1.png"],`, "no host": `"headerValues":["https:///1.png"],`,
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				doc := `{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","template":{` + header + `"name":"x","languageCode":"en"}}`
				w.refused(w.post(doc), 400, "Media Url is missing for header's "+kind)
			})
		}
		w.accepted(`{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","template":{"headerValues":["https://x.example/1?a=%2F"],"name":"x","languageCode":"en"}}`)
	}
}

func TestI07Texts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	for name, c := range map[string]struct{ value, fault string }{
		"empty":             {"", "is empty"},
		"a blank":           {" ", "is empty"},
		"a new line":        {"a\nb", "has a tab or a new line"},
		"a tab":             {"a\tb", "has a tab or a new line"},
		"a carriage return": {"a\rb", "has a tab or a new line"},
		"three spaces":      {"a   b", "has three or more spaces in a row"},
		"two spaces":        {"a  b", ""},
	} {
		value, err := json.Marshal(c.value)
		if err != nil {
			t.Fatal(err)
		}
		for part, old := range map[string]string{
			"value 1 of template's header": `"Alert"`, "value 2 of template's body": `"1234"`, "value 1 of template's button at index 0": `"12344"`,
		} {
			t.Run(name+" "+part, func(t *testing.T) {
				r := w.post(with(textHeaderBody, old, string(value)))
				if c.fault == "" && r.Status == 201 {
					return
				}
				w.refused(r, 400, corrects+"Variable "+part+" "+c.fault)
			})
		}
	}
}

// The name of a file has no effect on other headers than documents.
func TestQ8FileName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	for _, doc := range []string{textHeaderBody, with(imageHeaderBody, `"bodyValues"`, `"fileName":"x.pdf","bodyValues"`)} {
		w.accepted(doc)
		if hook := w.after(thread, 1e9)[0]; strings.Contains(dig(hook.Tree, "data", "message", "message").(string), "pdf") {
			t.Errorf("the file's name is in %s", hook.Body)
		}
	}
	w.accepted(quickReplyBody)
	if hook := w.after(thread, 1e9)[0]; !strings.Contains(dig(hook.Tree, "data", "message", "message").(string), `"filename":"Sample Document for testing.pdf"`) {
		t.Errorf("the file's name is not in %s", hook.Body)
	}
}

func TestTemplateCategory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{Templates: append(interakt.DefaultTemplates(), meta.Template{Name: "plain", Language: "en", Body: "Hi"})})
	category := func(doc, value string) string {
		return with(doc, `"type":"Template"`, `"type":"Template","template_category":`+value)
	}
	w.accepted(category(textHeaderBody, `"utility"`))
	w.accepted(category(textHeaderBody, `""`))
	w.refused(w.post(category(quickReplyBody, `"utility"`)), 400, corrects+"template_category is 'utility' and the template's current category is 'MARKETING'")
	w.refused(w.post(category(textHeaderBody, `7`)), 400, corrects+"template_category has to be a string")
	w.accepted(`{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","template_category":"marketing","template":{"name":"plain","languageCode":"en"}}`)
}

// A code for signing in goes into the body and into the first button.
func TestAuthenticationTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{Templates: []meta.Template{{
		Name: "otp", Language: "en", Category: "AUTHENTICATION", Body: "{{1}} is your code", Buttons: []meta.TemplateButton{{Type: "COPY_CODE", Text: "Copy"}},
	}}})
	doc := `{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","template":{"name":"otp","languageCode":"en","bodyValues":["1234"],"buttonValues":{"0":["1234"]}}}`
	w.accepted(doc)
	w.refused(w.post(with(doc, `,"buttonValues":{"0":["1234"]}`, ``)), 400, "Missing variable values for template's button at index 0, expected number of values are 1")
}

// With the switch a template is taken from its first message, and holds from then on.
func TestLearn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{Learn: true})
	doc := with(quickReplyBody, "temp_with_quick_reply_buttons", "mine")
	w.accepted(doc)
	hook := w.after(thread, 1e9)[0]
	if raw := dig(hook.Tree, "data", "message", "raw_template").(string); !strings.Contains(raw, `"header_format":"DOCUMENT"`) {
		t.Errorf("learnt as %s", raw)
	}
	entries, err := w.ws.Journal(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "remark", "the account had no template mine in en; it is learnt from this message", entries[0].Remarks[0])
	w.refused(w.post(with(doc, `["some text here if any variable in message body"]`, `["a","b"]`)), 400, "Missing variable values for template's body, expected number of values are 1")
	w.accepted(with(doc, `"languageCode":"en"`, `"languageCode":"hi"`))
	w.accepted(doc)
}

// An offer that is refused is known as one all the same.
func TestRefusedOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.post(`{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","template":{"name":"encore_offer","languageCode":"en","bodyValues":["x"],"buttonValues":{"0":["eyJpbXByZXNzaW9uSWQiOiJkMjYwIn0.abc"]}}}`)
	all := notes[note.SendRefused](w, thread)
	if len(all) != 1 || all[0].Impression != "d260" || all[0].Status != 400 || all[0].ID != "" {
		t.Errorf("noted %+v", all)
	}
}
