package interakt_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/sim"
)

const (
	usersPath  = "/v1/public/track/users/"
	eventsPath = "/v1/public/track/events/"
	trackBody  = `{"phoneNumber":"9999999999","countryCode":"+91","traits":{"name":"Harsh","city":"Pune"},"add_to_sales_cycle":true,"createdAt":"2025-03-27T13:26:52.926Z","tags":["lead"]}`
	eventBody  = `{"userId":"u-1","phoneNumber":"9999999999","countryCode":"+91","event":"Product Added To Cart","traits":{"quantity":2}}`
)

func TestI17Track(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	w := newWorld(t, interakt.Config{})
	r := w.request(usersPath, []byte(trackBody), nil)
	diff(t, "users", []any{202, "Customer with  updated successfully", ""}, []any{r.Status, uuid.ReplaceAllString(r.message(), ""), r.text("id")})
	first, second := w.request(eventsPath, []byte(eventBody), nil), w.request(eventsPath, []byte(eventBody), nil)
	diff(t, "events", []any{201, "Event created successfully"}, []any{first.Status, first.message()})
	if !uuid.MatchString(first.text("id")) || first.text("id") == second.text("id") {
		t.Errorf("events have the ids %q and %q", first.text("id"), second.text("id"))
	}
	for _, track := range []string{usersPath, eventsPath} {
		w.refused(w.request(track, []byte(eventBody), bearer), 401, "Invalid token provided")
	}
	diff(t, "no campaign answers", 0, len(w.after(thread, time.Hour)))
}

func TestQ12LegacyTrack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{LegacyTrack: true})
	diff(t, "users", 200, w.request(usersPath, []byte(trackBody), nil).Status)
	diff(t, "events", 200, w.request(eventsPath, []byte(eventBody), nil).Status)
}

// Traits are in webhooks; one that is told again replaces what it was. Who is
// named by number and userId once is found by either.
func TestI17Traits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	traits := func() any {
		w.write(sim.CustomerMessage{Text: "Hi", Name: "Sheena"})
		return dig(w.after(thread, time.Second)[0].Tree, "data", "customer", "traits")
	}
	diff(t, "before", any(map[string]any{"name": "Sheena", "whatsapp_opted_in": true}), traits())
	w.request(usersPath, []byte(trackBody), nil)
	diff(t, "told", any(map[string]any{"name": "Harsh", "city": "Pune", "whatsapp_opted_in": true}), traits())
	w.request(usersPath, []byte(`{"fullPhoneNumber":"919999999999","traits":{"city":"Delhi","whatsapp_opted_in":false}}`), nil)
	diff(t, "told again", any(map[string]any{"name": "Harsh", "city": "Delhi", "whatsapp_opted_in": false}), traits())
	w.request(usersPath, []byte(`{"userId":"u-1","traits":{"vip":true}}`), nil)
	diff(t, "nobody knows whose userId it is", any(map[string]any{"name": "Harsh", "city": "Delhi", "whatsapp_opted_in": false}), traits())
	w.request(eventsPath, []byte(eventBody), nil)
	diff(t, "an event names both, and its traits are its own", any(map[string]any{"name": "Harsh", "city": "Delhi", "whatsapp_opted_in": false, "vip": true}), traits())
	a, b := w.request(usersPath, []byte(`{"userId":"u-1","traits":{"city":"Goa"}}`), nil), w.request(usersPath, []byte(trackBody), nil)
	diff(t, "the same customer", b.message(), a.message())
	w.request(usersPath, []byte(`{"userId":"u-1","traits":{"city":"Goa"}}`), nil)
	diff(t, "by userId", any(map[string]any{"name": "Harsh", "city": "Goa", "whatsapp_opted_in": false, "vip": true}), traits())
}

func TestFieldsOfTrack(t *testing.T) {
	t.Parallel()
	const phone = "Phone Number & Country Code provided is invalid"
	for _, c := range []struct{ name, path, old, new, want string }{
		{"nobody", usersPath, `"phoneNumber":"9999999999","countryCode":"+91",`, ``, phone},
		{"half a number", usersPath, `"countryCode":"+91",`, ``, phone},
		{"a broken number beside a userId", eventsPath, `"+91"`, `"91"`, phone},
		{"traits a list", usersPath, `{"name":"Harsh","city":"Pune"}`, `["x"]`, corrects + "traits has to be an object"},
		{"tags a text", usersPath, `["lead"]`, `"lead"`, corrects + "tags has to be a list of strings"},
		{"tags with a number", usersPath, `["lead"]`, `[1]`, corrects + "tags has to be a list of strings"},
		{"add_to_sales_cycle a text", usersPath, `true`, `"yes"`, corrects + "add_to_sales_cycle has to be true or false"},
		{"createdAt a day", usersPath, `2025-03-27T13:26:52.926Z`, `27.3.2025`, corrects + "createdAt has to be a time such as 2025-03-27T13:26:52.926Z"},
		{"a userId that is a number", eventsPath, `"u-1"`, `1`, corrects + "userId has to be a string"},
		{"no event", eventsPath, `"event":"Product Added To Cart",`, ``, corrects + "event is required"},
		{"an event that is a number", eventsPath, `"Product Added To Cart"`, `1`, corrects + "event has to be a string"},
		{"no JSON", usersPath, `{"phoneNumber"`, `{phoneNumber`, corrects + "the body is not JSON: invalid character 'p' looking for beginning of object key string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{})
			doc := map[string]string{usersPath: trackBody, eventsPath: eventBody}[c.path]
			w.refused(w.request(c.path, []byte(with(doc, c.old, c.new)), nil), 400, c.want)
		})
	}
}
