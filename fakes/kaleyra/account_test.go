package kaleyra_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// The page's failure responses, byte for byte but for white space.
const (
	accountText = `{"code":"WA-401","message":"API is not available for given customer.Please contact support for more info","data":{},` +
		`"error":{"account":"API is not available for given customer.Please contact support for more info"}}`
	versionText = `{"code":"WA-401","message":"The phone number you're using is associated with different Version of our WA API. Please use the appropriate endpoint.","data":{},` +
		`"error":{"phone_number":"The phone number you're using is associated with different Version of our WA API. Please use the appropriate endpoint."}}`
	senderText  = `{"code":"WA401","message":"Phone number is not present or does not belong to the account.","data":{},"error":{"phone_number":"Phone number is not present or does not belong to the account."}}`
	balanceText = `{"code":"E110","message":"Please check your balance, You have a low balance!","data":{},"error":{"balance":"Please check your balance, You have a low balance!"}}`
	outageText  = `{"code":"WA500","message":"Please try again later","data":{},"error":{"error":"Internal server error"}}`
	dailyText   = `{"code":"WAV2101","message":"Your account has reached its daily limit.","data":{},"error":{"limit":"Your account has reached its daily limit."}}`
)

var refusals = map[string]reply{
	"kaleyra-low-balance": {400, balanceText}, "kaleyra-internal-error": {500, outageText}, "kaleyra-account": {401, accountText},
	"kaleyra-version": {401, versionText}, "kaleyra-daily-limit": {429, dailyText},
}

func TestK13Presets(t *testing.T) {
	t.Parallel()
	for preset, want := range refusals {
		w := newWorld(t, kaleyra.Config{})
		w.arm(preset + ";times=1")
		diff(t, preset, want, w.post(offer))
		w.must(w.post(offer), 202, "WA202")
		_, codes := w.outgoing()
		diff(t, preset+" in the timeline", []string{codes[0], ""}, codes)
		header := func(r *http.Request) { r.Header.Set("X-Sandbox-Fault", preset) }
		diff(t, preset+" in the header", want, w.request("POST", endpoint, offer, header))
	}
}

func TestK13Settings(t *testing.T) {
	t.Parallel()
	none, two := 0, 2
	for _, c := range []struct {
		name   string
		config kaleyra.Config
		taken  int
		want   reply
	}{
		{"no credit", kaleyra.Config{Balance: &none}, 0, reply{400, balanceText}},
		{"credit for two", kaleyra.Config{Balance: &two}, 2, reply{400, balanceText}},
		{"two a day", kaleyra.Config{PerDay: 2}, 2, reply{429, dailyText}},
		{"no API for the account", kaleyra.Config{Unavailable: true}, 0, reply{401, accountText}},
		{"a sender of API v1", kaleyra.Config{V1: []string{sender}}, 0, reply{401, versionText}},
	} {
		w := newWorld(t, c.config)
		for range c.taken {
			diff(t, c.name+": what is refused is not counted", refusal, w.post(swap(t, offer, "LTO_template", "")))
			w.must(w.post(offer), 202, "WA202")
		}
		diff(t, c.name, c.want, w.post(offer))
	}
}

func TestK13ANewDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{PerDay: 1})
	w.must(w.post(offer), 202, "WA202")
	w.must(w.post(offer), 429, "WAV2101")
	untilMidnight := epoch().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(epoch())
	w.after("", untilMidnight-time.Millisecond)
	w.must(w.post(offer), 429, "WAV2101")
	w.after("", time.Millisecond)
	w.must(w.post(offer), 202, "WA202")
	w.must(w.request("POST", "/v2/"+sid+"/whatsapp/+15550783882/messages", offer, nil), 429, "WAV2101") // the account's limit, not a sender's
}

// A status that a fault injects comes in Kaleyra's envelope.
func TestInjectedStatuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for fault, want := range map[string]reply{
		"400": refusal, "401": {401, `{"code":"RBC001","message":"Incorrect SID or API key.","data":[],"error":{"error":"Incorrect SID or API key."}}`},
		"402": {402, balanceText}, "429": {429, dailyText}, "500": {500, outageText}, "503": {503, outageText},
		"404":                        {404, `{"code":"WA404","message":"There is no such endpoint.","data":{},"error":{"path":"There is no such endpoint."}}`},
		"provider=invalid-parameter": refusal, "provider=rate-limit": {429, dailyText},
	} {
		header := func(r *http.Request) { r.Header.Set("X-Sandbox-Fault", fault) }
		diff(t, fault, want, w.request("POST", endpoint, offer, header))
	}
	header := func(r *http.Request) { r.Header.Set("X-Sandbox-Fault", `418;body="{}"`) }
	diff(t, "with a body of its own", reply{418, "{}"}, w.request("POST", endpoint, offer, header))
	_, codes := w.outgoing()
	diff(t, "which has no code", "", codes[len(codes)-1])
}

// Each row has everything wrong that the rows below it have, and one thing more.
func TestK14OrderOfChecks(t *testing.T) {
	t.Parallel()
	none := 0
	for _, c := range []struct {
		config       kaleyra.Config
		number, body string
		want         string
	}{
		{kaleyra.Config{Unavailable: true, V1: []string{sender}, Balance: &none, PerDay: 0}, "+15550783880", "no JSON", "WA-401 account"},
		{kaleyra.Config{V1: []string{sender}, Balance: &none}, "+15550783880", "no JSON", "WA401 phone_number"},
		{kaleyra.Config{V1: []string{sender}, Balance: &none}, sender, "no JSON", "WA-401 phone_number"},
		{kaleyra.Config{Balance: &none}, sender, "no JSON", "E110 balance"},
		{kaleyra.Config{}, sender, "no JSON", "WA400 payload"},
	} {
		w := newWorld(t, c.config)
		path := "/v2/" + sid + "/whatsapp/" + c.number + "/messages"
		diff(t, "the key first", "RBC001 error", verdict(t, w.request("POST", path, c.body, func(r *http.Request) { r.Header.Del("api-key") })))
		diff(t, c.want, c.want, verdict(t, w.request("POST", path, c.body, nil)))
	}
	daily := newWorld(t, kaleyra.Config{PerDay: 1})
	daily.must(daily.post(offer), 202, "WA202")
	diff(t, "the day's limit before the request", "WAV2101 limit", verdict(t, daily.post("no JSON")))
	both := newWorld(t, kaleyra.Config{PerDay: 1, Balance: new(int)})
	diff(t, "credit before the day's limit", "E110 balance", verdict(t, both.post(offer)))
}

// verdict is an answer's code and what its error is about.
func verdict(t *testing.T, r reply) string {
	t.Helper()
	tree := decoded(t, []byte(r.Body))
	for key := range dig(tree, "error").(map[string]any) {
		return dig(tree, "code").(string) + " " + key
	}
	return r.Body
}

func TestK15OtherVersion(t *testing.T) {
	t.Parallel()
	v1 := "/v1/" + sid + "/messages"
	form := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	w := newWorld(t, kaleyra.Config{})
	for _, c := range []struct {
		name, body string
		change     func(*http.Request)
		want       reply
	}{
		{"JSON", `{"from":"+15550783881","to":"15014005001","channel":"whatsapp","type":"text","body":"Hello"}`, nil, reply{401, versionText}},
		{"a form", "from=%2B15550783881&to=15014005001&type=text&body=Hello", form, reply{401, versionText}},
		{"a form with a bare plus", "from=+15550783881&to=15014005001&body=Hello", form, reply{401, versionText}},
		{"nobody's number", `{"from":"+15550783880","to":"15014005001"}`, nil, reply{401, senderText}},
		{"nothing", ``, nil, reply{401, versionText}},
		{"no JSON", `from`, nil, reply{401, versionText}},
	} {
		diff(t, c.name, c.want, w.request("POST", v1, c.body, c.change))
	}
	diff(t, "no key", 401, w.request("POST", v1, "", func(r *http.Request) { r.Header.Del("api-key") }).Status)
	sent, codes := w.outgoing()
	diff(t, "the thread knows", []any{"WA-401", sender, note.Content{Text: "Hello"}}, []any{codes[0], sent[0].Object, sent[0].Content})
	old := newWorld(t, kaleyra.Config{V1: []string{sender}})
	diff(t, "a number of v1, which the sandbox does not play", reply{401, accountText}, old.request("POST", v1, `{"from":"+15550783881","to":"15014005001"}`, nil))
	none := 0
	poor := newWorld(t, kaleyra.Config{Balance: &none})
	diff(t, "no credit", reply{400, balanceText}, poor.request("POST", v1, `{"from":"+15550783881"}`, nil))
}

// What no operation takes is answered in Kaleyra's envelope, never as a page.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"POST", "/v2/" + sid + "/whatsapp/messages", 404, "WA404"},
		{"POST", "/v1/" + sid + "/message", 404, "WA404"},
		{"POST", "https://api.in.kaleyra.io/v3/x", 404, "WA404"},
		{"GET", endpoint, 405, "WA405"},
	} {
		w.must(w.request(c.method, c.path, offer, nil), c.status, c.code)
	}
}
