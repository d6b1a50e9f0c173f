package sim

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedactedBody(t *testing.T) {
	t.Parallel()
	shown := Fingerprint("EAAsecret")
	inForm := url.QueryEscape(shown)
	for _, c := range []struct{ name, body, want string }{
		{"nothing to hide", `{"text":"a token"}`, `{"text":"a token"}`},
		{"a member", `{ "access_token" : "EAAsecret", "to":"1"}`, `{ "access_token" : "` + shown + `", "to":"1"}`},
		{"every member, also deep down", `{"access_token":"EAAsecret","batch":[{"access_token":"EAAsecret"}]}`, `{"access_token":"` + shown + `","batch":[{"access_token":"` + shown + `"}]}`},
		{"an escaped quote does not end it", `{"access_token":"EAA\"secret"}`, `{"access_token":"` + Fingerprint(`EAA"secret`) + `"}`},
		{"a number is no token, and stays", `{"access_token":7}`, `{"access_token":7}`},
		{"a form", `to=1&access_token=EAAsecret&text=Hi`, `to=1&access_token=` + inForm + `&text=Hi`},
		{"a form that begins with it", `access_token=EAAsecret`, `access_token=` + inForm},
		{"a form, escaped", `access_token=EAA%73ecret`, `access_token=` + inForm},
		{"the proof too", `appsecret_proof=EAAsecret`, `appsecret_proof=` + inForm},
		{"another field whose name ends alike", `my_access_token=EAAsecret`, `my_access_token=EAAsecret`},
		{"a link", `{"url":"https://x/?a=1&access_token=EAAsecret"}`, `{"url":"https://x/?a=1&access_token=` + inForm + `"}`},
		{
			"a part", "--b\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\nEAAsecret\r\n--b--",
			"--b\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\n" + shown + "\r\n--b--",
		},
		{
			"a part with a type", "--b\r\nContent-Disposition: form-data; name=\"access_token\"\r\nContent-Type: text/plain\r\n\r\nEAAsecret\r\n--b--",
			"--b\r\nContent-Disposition: form-data; name=\"access_token\"\r\nContent-Type: text/plain\r\n\r\n" + shown + "\r\n--b--",
		},
	} {
		given := []byte(c.body)
		if diff := cmp.Diff(c.want, string(redactedBody(given))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if string(given) != c.body {
			t.Errorf("%s: the body that goes on was changed to %s", c.name, given)
		}
	}
}

// TestCookiesAreRedacted: all of each, since what stands before a blank is no
// scheme.
func TestCookiesAreRedacted(t *testing.T) {
	t.Parallel()
	given := http.Header{"Cookie": {"a=s3cret; b=s3cret"}, "Set-Cookie": {"a=s3cret; Path=/", "b=s3cret"}, "Server": {"x"}}
	got := kept(given)
	for name, values := range got {
		if strings.Contains(strings.Join(values, " "), "s3cret") || len(values) != len(given[name]) {
			t.Errorf("%s is kept as %q", name, values)
		}
	}
	if diff := cmp.Diff([]string{"x"}, got["Server"]); diff != "" || given.Get("Cookie") != "a=s3cret; b=s3cret" {
		t.Errorf("what is no credential changed, or what goes on did (-want +got):\n%s%v", diff, given)
	}
}
