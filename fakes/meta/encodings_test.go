package meta_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/openapitest"
)

// TestWhatsAppEncodings: JSON, forms and a query say the same, wherever the
// token is, and no token reaches a note.
func TestWhatsAppEncodings(t *testing.T) {
	t.Parallel()
	const urlencoded = "application/x-www-form-urlencoded"
	doc := decoded(t, []byte(offerText)).(map[string]any)
	fields, values := map[string]string{}, url.Values{}
	for name, value := range doc {
		text, isText := value.(string)
		if !isText {
			inner, _ := json.Marshal(value)
			text = string(inner)
		}
		fields[name] = text
		values.Set(name, text)
	}
	withToken := func() url.Values {
		all := url.Values{"access_token": {"EAAsandbox"}}
		for name, v := range values {
			all[name] = v
		}
		return all
	}
	multiType, multi := form(t, fields, "", nil)
	fields["access_token"] = "EAAsandbox"
	tokenType, tokenMulti := form(t, fields, "", nil)
	for _, c := range []struct {
		name, query, contentType, body string
		header                         bool // the token is there
		credential                     string
	}{
		{"JSON, token in the header", "", "application/json", offerText, true, "bearer"},
		{"JSON, token in the query", "?access_token=EAAsandbox", "application/json", offerText, false, "query"},
		{"JSON, token beside the message", "", "application/json", strings.Replace(offerText, "{", `{"access_token":"EAAsandbox",`, 1), false, "form"},
		{"JSON under no type", "", "", offerText, true, "bearer"},
		{"a form", "", urlencoded, values.Encode(), true, "bearer"},
		{"a form with the token in it", "", urlencoded, withToken().Encode(), false, "form"},
		{"multipart", "", multiType, string(multi), true, "bearer"},
		{"multipart with the token in it", "", tokenType, string(tokenMulti), false, "form"},
		{"a query", "?" + values.Encode(), "", "", true, "bearer"},
		{"a query with the token in it", "?" + withToken().Encode(), "", "", false, "query"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWAWorld(t, meta.Config{})
			r := w.request("POST", "/v23.0/"+phone+"/messages"+c.query, c.contentType, []byte(c.body), func(r *http.Request) {
				if !c.header {
					r.Header.Del("Authorization")
				}
			})
			w.must(r, 200, "")
			sent := w.sent()
			diff(t, "payload", any(doc), decoded(t, sent.Payload))
			diff(t, "credential and content", []string{c.credential, click}, append([]string{sent.Credential}, sent.Content.Links...))
		})
	}
}

const offerText = `{"messaging_product":"whatsapp","recipient_type":"individual","to":"15014005001","type":"interactive",` +
	`"interactive":{"type":"cta_url","body":{"text":"Claim"},"action":{"name":"cta_url","parameters":{"display_text":"Claim","url":"` + click + `"}}}}`

// Graph takes forms wherever it takes JSON.
func TestEveryBodyMayBeAForm(t *testing.T) {
	t.Parallel()
	for _, item := range openapitest.Load(t, meta.OpenAPI()).Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil || op.RequestBody.Value.Content["application/json"] == nil {
				continue
			}
			for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data"} {
				if op.RequestBody.Value.Content[kind] == (*openapi3.MediaType)(nil) {
					t.Errorf("%s does not take %s", op.OperationID, kind)
				}
			}
		}
	}
}
