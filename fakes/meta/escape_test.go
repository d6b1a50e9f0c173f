package meta_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestASCII(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, doc, want string }{
		{"plain ASCII stays", `{"a":"b c"}`, `{"a":"b c"}`},
		{"an umlaut in lower-case hexadecimal", `"Ä"`, `"\u00c4"`},
		{"an emoji is a surrogate pair", `"🍕"`, `"\ud83c\udf55"`},
		{"the last character of the basic plane", "\"\uffff\"", `"\uffff"`},
		{"the first character beyond it", "\"\U00010000\"", `"\ud800\udc00"`},
		{"the tilde is the last character that stays", "\"~\x7f\u0080\"", `"~\u007f\u0080"`},
		{"a slash in a string", `{"u":"https://a.example/b"}`, `{"u":"https:\/\/a.example\/b"}`},
		{"an escaped slash stays", `"a\/b"`, `"a\/b"`},
		{"an escaped character stays as it was written", `"\u00E4\ud83c\udf55"`, `"\u00E4\ud83c\udf55"`},
		{"an escaped quote does not end the string", `"\"/"`, `"\"\/"`},
		{"an escaped backslash before a quote ends it", `["\\",1]`, `["\\",1]`},
		{"a slash after an escaped backslash", `"\\/"`, `"\\\/"`},
		{"member names are strings too", `{"é/":1}`, `{"\u00e9\/":1}`},
		{"outside strings nothing is escaped", `[1, 2.5e-3 ,null]`, `[1, 2.5e-3 ,null]`},
		{"bytes that are not UTF-8", "\"\xff\"", `"\ufffd"`},
		{"a backslash before something that is not ASCII", "\"\\é\"", `"\\u00e9"`},
		{"a backslash at the end", `"\`, `"\`},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, string(meta.ASCII([]byte(c.doc)))); diff != "" {
				t.Errorf("ASCII(%q) (-want +got):\n%s", c.doc, diff)
			}
		})
	}
}

// FuzzASCII holds that the result is ASCII, means the same and stays the same
// when it is escaped again.
func FuzzASCII(f *testing.F) {
	for _, seed := range []string{`{"a":"Ä🍕/\/\\\"\u00e4"}`, "\"\xff\\é\"", `[1,"\\"]`, "\"\u2028\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got := meta.ASCII(doc)
		if i := strings.IndexFunc(string(got), func(r rune) bool { return r > '~' }); i >= 0 {
			t.Fatalf("%q is not ASCII at %d", got, i)
		}
		var before, after any
		if json.Unmarshal(doc, &before) != nil {
			return
		}
		if diff := cmp.Diff(string(got), string(meta.ASCII(got))); diff != "" {
			t.Errorf("escaped again (-once +twice):\n%s", diff)
		}
		if err := json.Unmarshal(got, &after); err != nil {
			t.Fatalf("%v in %s", err, got)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the meaning changed (-want +got):\n%s", diff)
		}
	})
}

func TestSign(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, secret, body, sha256, sha1 string }{
		{
			"the second test vector of RFC 4231 and RFC 2202", "Jefe", "what do ya want for nothing?",
			"sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
			"sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
		},
		{
			"no secret and no body", "", "",
			"sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
			"sha1=fbdb1d1b18aa6c08324b7d64b71fb76370690e1d",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.sha256, meta.Sign(c.secret, []byte(c.body))); diff != "" {
				t.Errorf("Sign (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.sha1, meta.SignSHA1(c.secret, []byte(c.body))); diff != "" {
				t.Errorf("SignSHA1 (-want +got):\n%s", diff)
			}
		})
	}
}
