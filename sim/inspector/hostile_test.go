package inspector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/encore-sandbox/sandbox/sim"
)

// payloads are what somebody writes who wants more than to be read.
var payloads = map[string]string{
	"script":    `<script>window.pwned=1</script>`,
	"attribute": `"><img src=x onerror="window.pwned=1">`,
	"quote":     `' onmouseover='window.pwned=1`,
	"url":       `javascript:window.pwned=1`,
	"svg":       `</title></style></textarea><svg onload=window.pwned=1>`,
	"template":  "${window.pwned=1}{{constructor.constructor('window.pwned=1')()}}",
}

// spoil fills everything that a customer and an integrator control.
func (b *browser) spoil(evil string) {
	b.Helper()
	b.post("messages", map[string]any{"from": "15014005001", "name": evil, "text": evil})
	b.post("messages", map[string]any{"from": "15014005001", "type": "button_reply", "text": evil, "payload": evil})
	b.post("messages", map[string]any{"from": "15014005001", "type": "image", "text": evil, "mediaUrl": "http://127.0.0.1:1/" + url.PathEscape(evil)})
	b.post("messages", map[string]any{"channel": "messenger", "from": "7812345678905555", "name": evil, "text": evil})
	b.post("faults", map[string]any{"status": 503, "match": map[string]any{"customer": evil}})
	image := map[string]any{"link": evil}
	b.sends("106540352242922", map[string]any{"messaging_product": "whatsapp", "to": "15014005001", "type": "text", "text": map[string]any{"body": evil}})
	b.sends("106540352242922", map[string]any{
		"messaging_product": "whatsapp", "to": "15014005001", "type": "interactive", "interactive": map[string]any{
			"type": "cta_url", "header": map[string]any{"type": "image", "image": image}, "body": map[string]any{"text": evil}, "footer": map[string]any{"text": evil},
			"action": map[string]any{"name": "cta_url", "parameters": map[string]any{"display_text": evil[:min(len(evil), 20)], "url": evil}},
		},
	})
	b.sends("106540352242922", map[string]any{
		"messaging_product": "whatsapp", "to": "15014005001", "type": "template",
		"template": map[string]any{"name": evil, "language": map[string]any{"code": evil}, "components": []any{map[string]any{"type": "body", "parameters": []any{map[string]any{"type": "text", "text": evil}}}}},
	})
	b.sends("104895545712345", map[string]any{
		"recipient": map[string]any{"id": "7812345678905555"}, "message": map[string]any{"attachment": map[string]any{"type": "template", "payload": map[string]any{
			"template_type": "generic", "elements": []any{map[string]any{
				"title": evil, "subtitle": evil, "image_url": "https://evil.example/" + evil,
				"buttons": []any{map[string]any{"type": "web_url", "title": evil[:min(len(evil), 20)], "url": "https://evil.example/?" + evil}, map[string]any{"type": "postback", "title": "b", "payload": evil}},
			}},
		}}},
	})
	b.ask(http.MethodPost, "/encore/publisher/sdk/v1/offers/message", map[string]any{"clientId": evil, "clientName": evil, "recipient": "15014005001", "attributes": map[string]any{"custom": map[string]string{evil: evil}}})
	b.ask(http.MethodGet, "/"+url.PathEscape(evil)+"?q="+url.QueryEscape(evil), nil)
}

// sends calls Graph as an integrator.
func (b *browser) sends(object string, body any) {
	b.Helper()
	b.ask(http.MethodPost, "/v22.0/"+object+"/messages", body)
}

// ask calls the sandbox as an integrator, whatever it answers.
func (b *browser) ask(method, path string, body any) {
	b.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.Context(), method, b.at+path, strings.NewReader(string(data)))
	if err != nil {
		b.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer EAAsecret"}, "X-Api-Key": {"pk_test_secret"}, "User-Agent": {"<img src=x onerror=window.pwned=1>"}}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
}

// TestHostileTexts: whatever customers and integrators say is a text in the
// page and nothing else, in every view; and no credential is shown whole.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	evilIntegrator := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("X-Evil", payloads["attribute"])
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, payloads["script"])
	})
	answers := httptest.NewServer(evilIntegrator)
	t.Cleanup(answers.Close)
	b.sb.Default().SetWebhook("", sim.Target{URL: answers.URL + "/?" + url.QueryEscape(payloads["attribute"])})
	for _, evil := range payloads {
		b.spoil(evil)
	}
	innocent := func(view string) {
		t.Helper()
		b.says(view+": what ran", "window.pwned", "undefined")
		b.says(view+": what was made of texts", `[...document.querySelectorAll("script:not([src]), img[src=x], svg[onload], [onerror], [onmouseover], [onload], [href^='javascript'], iframe")].map(e => e.outerHTML)`, "")
		b.says(view+": links lead within", `[...document.querySelectorAll("a[href]")].filter(a => new URL(a.href).origin !== location.origin).map(a => a.href)`, "")
		b.says(view+": secrets", `document.documentElement.textContent.includes("EAAsecret") || document.documentElement.textContent.includes("pk_test_secret")`, "false")
		b.innocent()
	}
	for _, query := range []string{
		"?thread=" + anna, "?thread=messenger:104895545712345:7812345678905555", "?scope=all", "?view=break", "?view=verdict",
		"?thread=" + url.QueryEscape(payloads["attribute"]) + "&run=" + url.QueryEscape(payloads["script"]) + "&view=" + url.QueryEscape(payloads["svg"]),
	} {
		b.open(query)
		b.until(`$$(".thread").length || $$("#verdict .panel, #break .panel").length || document.querySelectorAll(".thread").length`)
		innocent(query)
	}
	b.open("?thread=" + anna + "&scope=all")
	b.until(`$$(".msg").length > 5 && $$(".line").length > 5`)
	b.do(chromedp.KeyEvent("j"))
	for range 40 { // every exchange's details
		before := b.until(`$$("#exchange h2 .mono")[0].textContent`)
		b.do(chromedp.KeyEvent("j"))
		b.until(fmt.Sprintf(`$$("#exchange h2 .mono")[0].textContent !== %q && $$("#exchange .facts").length`, before))
		innocent("exchange after " + before)
	}
	b.shoot("hostile")
}

// TestTapStaysInside: a button whose link leads elsewhere is not followed.
func TestTapStaysInside(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.post("messages", map[string]any{"channel": "messenger", "from": "7812345678905555", "text": "Hi"})
	b.sends("104895545712345", map[string]any{"recipient": map[string]any{"id": "7812345678905555"}, "message": map[string]any{"attachment": map[string]any{"type": "template", "payload": map[string]any{
		"template_type": "generic", "elements": []any{map[string]any{"title": "Elsewhere", "image_url": "https://evil.example/x.png", "buttons": []any{map[string]any{"type": "web_url", "title": "Go", "url": "https://evil.example/"}}}},
	}}}})
	b.open("?thread=messenger:104895545712345:7812345678905555")
	b.tap(".msg .tap", "Go")
	b.until(`$$("dialog pre", "https://evil.example/").length`)
	b.says("nothing is loaded from there", `performance.getEntriesByType("resource").filter(r => r.name.includes("evil")).length + document.querySelectorAll("iframe").length`, "0")
	b.innocent()
}
