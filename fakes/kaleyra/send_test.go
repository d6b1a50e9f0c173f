package kaleyra_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// Bodies that the cases below change one thing in.
const (
	offer = `{"messaging_object":{"messaging_product":"whatsapp","recipient_type":"individual","to":"+15014005001","type":"template",` +
		`"template":{"name":"LTO_template","language":{"code":"en_US"},"components":[` +
		`{"type":"header","parameters":[{"type":"image","image":{"id":"1602186516975000"}}]},` +
		`{"type":"body","parameters":[{"type":"text","text":"Pablo"},{"type":"text","text":"CARIBE25"}]},` +
		`{"type":"limited_time_offer","parameters":[{"type":"limited_time_offer","limited_time_offer":{"expiration_time_ms":1809600000000}}]},` +
		`{"type":"button","sub_type":"copy_code","index":0,"parameters":[{"type":"coupon_code","coupon_code":"CARIBE25"}]},` +
		`{"type":"button","sub_type":"url","index":1,"parameters":[{"type":"text","text":"n3mtql"}]}]}},` +
		`"extra_info":{"ref":"customer1","ref1":"marketing","ref2":"dictionary","wa_source":"api"}}`
	text = `{"messaging_object":{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"We are open today."}}}`
)

// swap is a body with one text in the place of another, which must be there.
func swap(t *testing.T, body string, oldNew ...string) string {
	t.Helper()
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(body, oldNew[i]) {
			t.Fatalf("%s is not in %s", oldNew[i], body)
		}
		body = strings.Replace(body, oldNew[i], oldNew[i+1], 1)
	}
	return body
}

func TestK01FormsOfTheSender(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{NoWindow: true})
	for _, form := range []string{"+15550783881", "%2B15550783881", "15550783881"} {
		w.must(w.request("POST", "/v2/"+sid+"/whatsapp/"+form+"/messages", text, nil), 202, "WA202")
	}
	sent, _ := w.outgoing()
	diff(t, "all are one thread's and name the sender alike", []string{sender, sender, sender}, []string{sent[0].Object, sent[1].Object, sent[2].Object})
	for _, pod := range []string{"api.in.kaleyra.io", "api.ap.kaleyra.io", "api.eu.kaleyra.io", "api.kaleyra.io", "api.na.kaleyra.ai"} {
		w.must(w.request("POST", "https://"+pod+endpoint, text, nil), 202, "WA202")
	}
}

func TestK02Credential(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	const want = `{"code":"RBC001","message":"Incorrect SID or API key.","data":[],"error":{"error":"Incorrect SID or API key."}}`
	for name, change := range map[string]func(*http.Request){
		"no key":        func(r *http.Request) { r.Header.Del("api-key") },
		"an empty key":  func(r *http.Request) { r.Header.Set("api-key", "") },
		"a wrong key":   func(r *http.Request) { r.Header.Set("api-key", "invalid-1") },
		"another's sid": func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, sid, "HXAP0000000000IN", 1) },
		"sid in small":  func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, sid, strings.ToLower(sid), 1) },
		"a bearer token": func(r *http.Request) {
			r.Header.Del("api-key")
			r.Header.Set("Authorization", "Bearer A0123456789abcdef0123456789abcde3")
		},
	} {
		diff(t, name, reply{401, want}, w.request("POST", endpoint, offer, change))
	}
	diff(t, "the sid of the configuration", reply{401, want}, newWorld(t, kaleyra.Config{SID: "HXAP9IN"}).post(offer))
	_, codes := w.outgoing()
	diff(t, "attempts are known", "RBC001", codes[0])
}

func TestK03UnknownSender(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	want := reply{401, `{"code":"WA401","message":"Phone number is not present or does not belong to the account.","data":{},` +
		`"error":{"phone_number":"Phone number is not present or does not belong to the account."}}`}
	for _, number := range []string{"+15550783880", customer, "tonys", "%2B", "1555078388"} {
		diff(t, number, want, w.request("POST", "/v2/"+sid+"/whatsapp/"+number+"/messages", offer, nil))
	}
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestK05Accepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	r := w.must(w.post(offer), 202, "WA202")
	id := r.id(t)
	diff(t, "the answer", `{"code":"WA202","message":"Request Accepted","data":{"message_id":"`+id+`"},"error":{}}`, r.Body)
	if !uuid.MatchString(id) {
		t.Errorf("message_id is %q, want a UUID", id)
	}
	if again := w.post(offer).id(t); again == id {
		t.Error("two messages have the same id")
	}
	short := newWorld(t, kaleyra.Config{MessageIDs: kaleyra.IDShort}).post(offer).id(t)
	if !regexp.MustCompile(`^A[0-9A-F]{19}$`).MatchString(short) {
		t.Errorf("the short form is %q, want A and nineteen characters as in the page's sample", short)
	}
	sent, _ := w.outgoing()
	diff(t, "what the customer sees", note.Content{
		Text:  "Limited time offer!\nGood news, Pablo! Your code CARIBE25 is waiting.",
		Links: []string{"https://api.encorekit.com/encore/click/n3mtql"},
	}, sent[0].Content)
	diff(t, "carrier, type, customer", []string{"template", "template", customer}, []string{sent[0].Carrier, sent[0].Type, sent[0].To})
}

// One call with its answer and its first callback, as the bytes have it.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	w.post(offer)
	w.after(thread, time.Second)
	entries, err := w.ws.Journal(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries[:2] {
		b.WriteString(e.Direction + " " + e.Request.Method + " " + e.Request.URL + "\n" + string(e.Request.Body) + "\n")
		if e.Response != nil {
			b.WriteString(http.StatusText(e.Response.Status) + "\n" + string(e.Response.Body) + "\n")
		}
	}
	goldentest.Check(t, "transcript.txt", b.String())
}
