package interakt_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestI02Keys(t *testing.T) {
	t.Parallel()
	token := b64(rawKey + ":") // what the dashboard shows
	cases := []struct {
		name, header string
		account      string // "" is refused
	}{
		{"the key as the help page has it", "Basic " + rawKey, "tonys"},
		{"the dashboard's token, and what the packages send", "Basic " + token, "tonys"},
		{"the scheme in other letters", "basic " + token, "tonys"},
		{"another account's key", "Basic " + b64("sandbox-interakt-noor:"), "noor"},
		{"nobody's key is the first account's", "Basic anything", "tonys"},
		{"nobody's token is, too", "Basic " + b64("anything:"), "tonys"},
		{"a key that decodes to something unreadable", "Basic c0ffee00", "tonys"},
		{"a key that decodes to a word", "Basic " + b64("a word"), "tonys"},
		{"no header", "", ""},
		{"no key", "Basic ", ""},
		{"the key without the scheme", rawKey, ""},
		{"Bearer", "Bearer " + rawKey, ""},
		{"Bearer with the token", "Bearer " + token, ""},
		{"a wrong key", "Basic invalid-key", ""},
		{"a wrong key as a token", "Basic " + b64("invalid-key:"), ""},
		{"the token encoded once more", "Basic " + b64(token), ""},
		{"the token as the user of Basic credentials", "Basic " + b64(token+":"), ""},
		{"a password", "Basic " + b64(rawKey+":secret"), ""},
		{"an empty user", "Basic " + b64(":"), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{})
			r := w.request(path, []byte(textHeaderBody), func(r *http.Request) {
				r.Header.Del("Authorization")
				if c.header != "" {
					r.Header.Set("Authorization", c.header)
				}
			})
			if c.account == "" {
				w.refused(r, 401, "Invalid token provided")
				return
			}
			sent := notes[note.MessageSent](w, "interakt:"+c.account+":"+customer)
			if r.Status != 201 || len(sent) != 1 || sent[0].Object != c.account || sent[0].Credential != "basic" {
				t.Errorf("answered %d, sent %+v: %s", r.Status, sent, r.Body)
			}
		})
	}
}

func TestI02StrictKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{StrictKeys: true})
	w.refused(w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set("Authorization", "Basic anything") }), 401, "Invalid token provided")
	w.accepted(textHeaderBody)
}

// A message that nobody's key tried to send is known where the customer wrote last.
func TestAttemptWithoutAKeyBelongsToTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.accepted(textHeaderBody)
	w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") })
	all := notes[note.SendRefused](w, thread)
	if len(all) != 1 || all[0].Status != 401 || all[0].Content.Text != "Alert: your order\nHi There, your order 1234 was delivered." {
		t.Errorf("the timeline has %+v", all)
	}
}

// The path without its slash.
func TestQ4Slash(t *testing.T) {
	t.Parallel()
	paths := map[string]string{
		"/v1/public/message": textHeaderBody, "/v1/public/track/users": trackBody, "/v1/public/track/events": eventBody,
	}
	for bare, doc := range paths {
		w := newWorld(t, interakt.Config{})
		if r := w.request(bare, []byte(doc), nil); r.Status/100 != 2 {
			t.Errorf("%s is answered %d: %s", bare, r.Status, r.Body)
		}
		entries, err := w.ws.Journal(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, bare, []string{"the path has no slash at its end, and no document of Interakt has it so; send " + bare + "/"}, entries[0].Remarks)

		strict := newWorld(t, interakt.Config{StrictSlash: true})
		for _, key := range []string{"Basic " + rawKey, "Bearer x"} {
			r := strict.request(bare, []byte(doc), func(r *http.Request) { r.Header.Set("Authorization", key) })
			diff(t, bare+" strictly", []any{404, "text/html; charset=utf-8"}, []any{r.Status, r.Header.Get("Content-Type")})
		}
		if r := strict.request(bare+"/", []byte(doc), nil); r.Status/100 != 2 {
			t.Errorf("%s/ is answered %d: %s", bare, r.Status, r.Body)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	r := w.request("/v1/public/nothing/", []byte("{}"), nil)
	diff(t, "an unknown path", []any{404, "text/html; charset=utf-8"}, []any{r.Status, r.Header.Get("Content-Type")})
	r = w.request(path, nil, func(r *http.Request) { r.Method = http.MethodGet })
	diff(t, "another method", []any{405, "POST"}, []any{r.Status, r.Header.Get("Allow")})
	w.refused(r, 405, "Please correct the following error - GET is not allowed here; use POST")
	w.refused(w.post(string(make([]byte, 1<<20+1))), 413, "Please correct the following error - the body is larger than 1024 KiB; send a smaller one")
}
