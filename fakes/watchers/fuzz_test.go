package watchers_test

import (
	"encoding/json"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
)

// fresh is the world for another test, with nothing in it.
func (w *world) fresh(t *testing.T) *world {
	t.Helper()
	if err := w.ws.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &world{TB: t, sb: w.sb, ws: w.ws}
}

// FuzzOffer publishes whatever a body says, under each content type. Nothing
// breaks the fake: what is taken can be read, changed by itself, shown in a room
// and deleted, and what is not taken is a 4xx in the envelope.
func FuzzOffer(f *testing.F) {
	full := textOffer().with(object{"endTime": "2034-01-01T00:00:00Z", "showMultipleTimes": true, "type": "ROOM", "externalRoomIds": []string{"lobby", "attic"}})
	multipart, form := sampleText().multipart(f)
	for _, seed := range [][2]string{
		{"application/json", encoded(f, full)}, {"application/json", encoded(f, imageOffer())}, {multipart, form},
		{"application/x-www-form-urlencoded", "template=11&pic=http%3A%2F%2Fa.b%2F&link=x&showFrerquency=ON_ENTRY&showDelayMS=5&startTime=2024-05-22&type=USER&externalUserIds[]=ann"},
		{"application/json", `{"template":10,}`}, {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"p\"\r\n\r\nx\r\n--x--"}, {"text/plain", "{}"},
	} {
		f.Add(seed[0], seed[1])
	}
	shared := newWorld(f, watchers.Config{}) // reading the document takes longer than a hundred calls
	f.Fuzz(func(t *testing.T, contentType, body string) {
		w := shared.fresh(t)
		got := w.do("POST", offersPath, contentType, body, nil)
		if got.status != 201 {
			if got.status < 400 || got.status > 499 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			w.refused(got, got.status)
			return
		}
		var p struct{ Offer json.RawMessage }
		if err := json.Unmarshal([]byte(got.body), &p); err != nil {
			t.Fatal(err)
		}
		if again := w.json("GET", offersPath+"/1", nil).body; again != string(p.Offer) {
			t.Errorf("published %s\nread      %s", p.Offer, again)
		}
		must[patched](w, w.json("PATCH", offersPath+"/1", string(p.Offer)), 200)
		if again := w.json("GET", offersPath+"/1", nil).body; again != string(p.Offer) {
			t.Errorf("changed by itself\n%s\nbecame\n%s", p.Offer, again)
		}
		if page := w.page(w.enter("lobby", "ann").Page); page.status != 200 {
			t.Errorf("the room is %d %s", page.status, page.body)
		}
		if gone := w.json("DELETE", offersPath+"/1", nil); gone.body != "true" {
			t.Errorf("deleting gave %s", gone.body)
		}
	})
}

// FuzzExclude keeps offers from whomever a body says.
func FuzzExclude(f *testing.F) {
	for _, seed := range []string{`{"decryptedUserId":"ann","value":true}`, `{"decryptedUserId":"ann","value":"false"}`, `{"decryptedUserId":1}`, `[]`, ``, `{"value":null}`} {
		f.Add(seed)
	}
	shared := newWorld(f, watchers.Config{})
	f.Fuzz(func(t *testing.T, body string) {
		w := shared.fresh(t)
		got := w.json("POST", exclusionPath, body)
		switch {
		case got.status == 201 && got.body == "":
		case got.status >= 400 && got.status <= 499:
			w.refused(got, got.status)
		default:
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}
