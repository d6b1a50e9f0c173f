package zoko_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
)

func args(texts ...string) []string { return texts }

// filling is a template message.
func filling(kind, id string, values ...string) string {
	return body(map[string]any{"type": kind, "templateId": id, "templateArgs": append([]string{}, values...)})
}

func TestZ06TemplateAndLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	w.refused(shipping("templateId", nil), 400, "templateId is missing")
	w.refused(shipping("templateId", "shipping_02"), 400, "templateId shipping_02 does not exist; the account has encore_offer, greet_with_options_01")
	w.refused(shipping("templateLanguage", "de"), 400, "templateLanguage de is not there for template shipping_01; it has en")
	w.send(shipping("templateLanguage", "en"))
	w.send(shipping("templateLanguage", "EN"))
	w.send(shipping("templateLanguage", ""))
	w.send(shipping("templateLanguage", nil)) // en is the default
}

func TestZ06InactiveTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Templates: []meta.Template{{Name: "old", Language: "en", Body: "Hi", Status: meta.TemplatePaused}}})
	w.refused(filling("template", "old"), 400, "templateId old is not active: its status is PAUSED")
}

func TestZ07ArgumentCount(t *testing.T) {
	t.Parallel()
	const image, word = creative, "x"
	w := newWorld(t, zoko.Config{})
	for _, c := range []struct {
		kind, id string
		values   []string
	}{
		{"template", "shipping_01", args(word, word)},
		{"richTemplate", "greeting_with_header_image_01", args(image, word, word)},
		{"buttonTemplate", "greet_with_options_01", args(image, word, word, word, word, word)},
		{"richTemplate", "encore_offer", args(image, word, click)},
	} {
		w.send(filling(c.kind, c.id, c.values...))
		w.refused(filling(c.kind, c.id, append(args(c.values...), word)...), 400, "templateArgs has ")
		w.refused(filling(c.kind, c.id, c.values[1:]...), 400, "templateArgs has ")
	}
	w.refused(filling("buttonTemplate", "greet_with_options_01"), 400, "takes 6: header image, body text 1, body text 2, payload of button 1, payload of button 2, payload of button 3")
	w.refused(shipping("templateArgs", nil), 400, "templateArgs has 0 values; template shipping_01 takes 2")
	w.refused(shipping("templateArgs", "Z7422"), 400, "templateArgs must be an array of strings")
	w.refused(shipping("templateArgs", []any{"Z7422", 1}), 400, "templateArgs[1] must be a string")
	w.refused(shipping("templateArgs", []any{"Z7422", nil}), 400, "templateArgs[1] must be a string")
	w.refused(shipping("templateArgs", []any{"Z7422", ""}), 400, "templateArgs[1] is empty")
	w.refused(filling("richTemplate", "encore_offer", "a.png", word, click), 400, "templateArgs[0], header image, must be an http or https URL")
	w.refused(filling("richTemplate", "encore_offer", image, word, "click"), 400, "templateArgs[2], URL of button 1, must be an http or https URL")
}

func TestZ07LenientArgument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Lenient: true, Templates: []meta.Template{{Name: "one", Language: "en", Body: "Hi {{1}}"}}})
	w.send(body(map[string]any{"type": "template", "templateId": "one", "templateArgs": "Ada"}))
	diff(t, "what the customer sees", "Hi Ada", w.sent().Content.Text)
}

func TestZ08TypeMustMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	for id, is := range map[string]string{"shipping_01": "template", "greeting_with_header_image_01": "richTemplate", "greet_with_options_01": "buttonTemplate"} {
		for _, kind := range []string{"template", "richTemplate", "buttonTemplate"} {
			if kind != is {
				w.refused(filling(kind, id), 400, "type must be "+is+" for template "+id+", not "+kind)
			}
		}
	}
}

func TestZ11ListOfTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	var got []any
	for _, one := range w.get("/v2/account/templates").json(t).([]any) {
		tm := one.(map[string]any)
		diff(t, "keys", 8, len(tm))
		got = append(got, []any{tm["channel"], tm["isRichTemplate"], tm["templateType"], tm["templateId"], tm["templateLanguage"], tm["templateVariableCount"], tm["active"]})
	}
	diff(t, "templates", []any{
		[]any{"whatsapp", false, "template", "shipping_01", "en", 2.0, true},
		[]any{"whatsapp", true, "richTemplate", "greeting_with_header_image_01", "en", 3.0, true},
		[]any{"whatsapp", true, "buttonTemplate", "greet_with_options_01", "en", 6.0, true},
		[]any{"whatsapp", true, "richTemplate", "encore_offer", "en", 3.0, true},
	}, got)
	r := w.get("/v2/account/templates/shipping_01")
	diff(t, "one template", 404, r.Status)
	r.message(t)
}

// What the customer sees is rendered, whatever the parts of the template.
func TestZ20RenderedTemplates(t *testing.T) {
	t.Parallel()
	header := func(format string) *meta.TemplateHeader { return &meta.TemplateHeader{Format: format} }
	w := newWorld(t, zoko.Config{Templates: append(zoko.DefaultTemplates(),
		meta.Template{Name: "invoice", Language: "en", Header: header("DOCUMENT"), Body: "Dear {{1}}"},
		meta.Template{Name: "film", Language: "en", Header: header("VIDEO"), Body: "Watch this"},
		meta.Template{Name: "titled", Language: "en", Header: &meta.TemplateHeader{Format: "TEXT", Text: "For {{1}}"}, Body: "Hi", Buttons: []meta.TemplateButton{
			{Type: "URL", Text: "Open", URL: "https://example.com/{{1}}"}, {Type: "COPY_CODE", Text: "Copy"}, {Type: "PHONE_NUMBER", Phone: "15550783881"},
		}},
	)})
	for _, c := range []struct {
		doc  string
		want note.Content
	}{
		{shipping(), note.Content{Text: "Your order Z7422 is on its way. Track it here: https://zoko.io/order/status/Z7422", Links: args("https://zoko.io/order/status/Z7422")}},
		{filling("buttonTemplate", "greet_with_options_01", creative, "Ada", "Tony's", "order", "track", "talk"), note.Content{
			Image: creative, Text: "Hi Ada, welcome to Tony's! What would you like to do?",
		}},
		{offer(), note.Content{Image: creative, Text: "Free Apple Music", Links: args(click)}},
		{filling("richTemplate", "invoice", "https://example.com/invoice.pdf", "Ada"), note.Content{Text: "Dear Ada"}},
		{filling("richTemplate", "film", "https://example.com/film.mp4"), note.Content{Text: "Watch this"}},
		{filling("template", "titled", "Ada", "a/b", "CODE25"), note.Content{Text: "For Ada\nHi", Links: args("https://example.com/a/b")}},
	} {
		w.send(c.doc)
		diff(t, c.doc, c.want, w.sent().Content)
	}
	w.refused(filling("richTemplate", "invoice", "invoice.pdf", "Ada"), 400, "templateArgs[0], header document, must be")
	w.refused(filling("richTemplate", "film", "film.mp4"), 400, "templateArgs[0], header video, must be")
}

// A template that is not there may be learnt from the first message.
func TestLearntTemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kind string
		values     []string
		want       note.Content
		again      string // what is wrong with a second message of one value more
	}{
		{"a text", "template", args("a", "b"), note.Content{Text: "a\nb"}, "takes 2: body text 1, body text 2"},
		{"nothing to fill", "template", nil, note.Content{}, "takes 0"},
		{"image, text and link", "richTemplate", args(creative, "a", click), note.Content{Image: creative, Text: "a", Links: args(click)}, "takes 3: header image, body text 1, URL of button 1"},
		{"a document", "richTemplate", args("https://example.com/a.pdf?x=1", "a"), note.Content{Text: "a"}, "takes 2: header document, body text 1"},
		{"a film", "richTemplate", args("https://example.com/a.mp4"), note.Content{}, "takes 1: header video"},
		{"a quick reply", "buttonTemplate", args(creative, "a", "pay"), note.Content{Image: creative, Text: "a"}, "takes 3: header image, body text 1, payload of button 1"},
		{"no medium", "richTemplate", args("a"), note.Content{Text: "a"}, "takes 1: body text 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, zoko.Config{Learn: true})
			w.send(filling(c.kind, "mine", c.values...))
			diff(t, "what the customer sees", c.want, w.sent().Content)
			w.send(filling(c.kind, "mine", c.values...))
			w.refused(filling(c.kind, "mine", append(args(c.values...), "x")...), 400, c.again)
			entries, err := w.ws.Journal(t.Context(), 1, 1)
			if err != nil || !strings.Contains(strings.Join(entries[0].Remarks, ""), "template mine (en) was learnt") {
				t.Errorf("no remark: %v %v", entries[0].Remarks, err)
			}
			list := w.get("/v2/account/templates").json(t).([]any)
			diff(t, "it is listed", any("mine"), list[len(list)-1].(map[string]any)["templateId"])
			if others := w.call("GET", "/v2/account/templates", "", noorKey).json(t).([]any); len(others) != len(list)-1 {
				t.Errorf("the other account learnt it too: %v", others)
			}
		})
	}
}
