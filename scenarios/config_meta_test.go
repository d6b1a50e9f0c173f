package scenarios_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// metaConfig has every setting of Meta's products, none as it is by default.
const metaConfig = `templates:
  meta:
    - id: "900000000000001"
      name: spring_sale
      language: de
      category: UTILITY
      status: PAUSED
      header: {format: TEXT, text: "Hallo {{1}}"}
      body: Ihr Code ist {{1}}.
      bodyKinds: [text]
      footer: Tonys
      limitedTimeOffer: {text: Nur heute, hasExpiration: true}
      buttons:
        - {type: URL, text: Holen, url: "https://api.encorekit.com/encore/click/{{1}}", example: abc, phone: "+15550783881"}
limits:
  meta:
    documented: true
    perSecond: 5
    pairEvery: 2s
    pairBurst: 3
    callsPerHour: 100
    pagePerSecond: 50
    pageMediaPerSecond: 4
    conversationsPerSecond: 1
    privateRepliesPerHour: 2
whatsapp:
  failures: sync
  bsuid: true
  noWindow: true
  refusePastExpiry: true
  approveAfter: 3d
  countryCode: "49"
  ipLinks: true
  delays: {sent: 1s, delivered: 2s, read: never}
  newestVersion: v26.0
  webhookVersion: v23.0
  mediaFile: 1000
  mediaBytes: 5000
messenger:
  appId: "12345"
  threadIds: true
  strangers: true
  truncateTitles: true
`

// TestMetaConfigFile loads a file that has every setting of Meta's products, and
// starts a sandbox with it.
func TestMetaConfigFile(t *testing.T) {
	t.Parallel()
	c, err := scenarios.LoadConfig(written(t, metaConfig))
	if err != nil {
		t.Fatal(err)
	}
	want := scenarios.Config{
		Templates: fakes.Templates{Meta: []meta.Template{{
			ID: "900000000000001", Name: "spring_sale", Language: "de", Category: "UTILITY", Status: "PAUSED",
			Header: &meta.TemplateHeader{Format: "TEXT", Text: "Hallo {{1}}"}, Body: "Ihr Code ist {{1}}.", BodyKinds: []string{"text"}, Footer: "Tonys",
			LimitedTimeOffer: &meta.LimitedTimeOffer{Text: "Nur heute", HasExpiration: true},
			Buttons: []meta.TemplateButton{{
				Type: "URL", Text: "Holen", URL: "https://api.encorekit.com/encore/click/{{1}}", Example: "abc", Phone: "+15550783881",
			}},
		}}},
		Limits: fakes.Limits{Meta: fakes.MetaLimits{
			Documented: true, PerSecond: 5, PairEvery: "2s", PairBurst: 3, CallsPerHour: 100, PagePerSecond: 50, PageMediaPerSecond: 4, ConversationsPerSecond: 1, PrivateRepliesPerHour: 2,
		}},
		WhatsApp: fakes.WhatsApp{
			Failures: "sync", BSUID: true, NoWindow: true, RefusePastExpiry: true, ApproveAfter: "3d", CountryCode: "49", IPLinks: true,
			Delays:        fakes.WhatsAppDelays{Sent: "1s", Delivered: "2s", Read: "never"},
			NewestVersion: "v26.0", WebhookVersion: "v23.0", MediaFile: 1000, MediaBytes: 5000,
		},
		Messenger: scenarios.MessengerEntry{AppID: "12345", ThreadIDs: true, Strangers: true, TruncateTitles: true},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, settings := range []any{c.Templates.Meta[0], c.Limits.Meta, c.WhatsApp, c.WhatsApp.Delays, c.Messenger} {
		everySet(t, settings)
	}
	sb := newSandbox(t, scenarios.Options{Config: c})
	for call, want := range map[string]string{
		"GET /v26.0/102290129340398/message_templates": `"name":"spring_sale"`,
		"GET /v27.0/102290129340398/message_templates": `"code":2500`,
		"GET /v26.0/900000000000001":                   `"status":"PAUSED"`,
	} {
		method, path, _ := strings.Cut(call, " ")
		r := httptest.NewRequest(method, path, http.NoBody)
		r.Header.Set("Authorization", "Bearer EAAtest")
		w := httptest.NewRecorder()
		sb.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s has no %s", call, w.Body, want)
		}
	}
}

// everySet holds that the file leaves no setting out, so that one that is added
// is loaded here too.
func everySet(t *testing.T, settings any) {
	t.Helper()
	v := reflect.ValueOf(settings)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Tag.Get("yaml") != "-" && v.Field(i).IsZero() {
			t.Errorf("the file does not set %s.%s", v.Type().Name(), f.Name)
		}
	}
}
