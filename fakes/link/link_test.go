package link_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/link"
)

const impression = "d545e8ea46afacb607799f4e7ae97412cf7b540d948d9d6b50111a707237e30b"

func clickLink(base, payload string) string {
	return base + "/click/" + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl_"
}

func TestExtract(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		want       []string
	}{
		{"a text without a link has none", "Thanks, we will be right back", nil},
		{"a link alone is taken whole", "https://api.encorekit.com/encore/click/a.b", []string{"https://api.encorekit.com/encore/click/a.b"}},
		{"the full stop of the sentence is not part of the link", "See https://tonys.example/menu.", []string{"https://tonys.example/menu"}},
		{"several closing marks go", "Really?! (https://tonys.example/a)...", []string{"https://tonys.example/a"}},
		{"balanced brackets belong to the link", "https://en.wikipedia.org/wiki/Go_(game)", []string{"https://en.wikipedia.org/wiki/Go_(game)"}},
		{"an unopened square bracket is the text's", "[menu: https://tonys.example/m]", []string{"https://tonys.example/m"}},
		{"brackets of an IPv6 host stay", "http://[::1]:8080/x", []string{"http://[::1]:8080/x"}},
		{"two links in order, the repeated one too", "http://b.example https://a.example http://b.example", []string{"http://b.example", "https://a.example", "http://b.example"}},
		{"a link inside a query is part of the outer one", "https://a.example/?to=https://b.example/", []string{"https://a.example/?to=https://b.example/"}},
		{"scheme in capitals, as phones write it at the start of a message", "Https://A.example/X", []string{"Https://A.example/X"}},
		{"a no-break space ends a link", "https://a.example/x\u00a0now", []string{"https://a.example/x"}},
		{"a zero-width space ends a link", "https://a.example/x\u200bnow", []string{"https://a.example/x"}},
		{"a line break ends a link", "https://a.example/x\nnow", []string{"https://a.example/x"}},
		{"quotes and angle brackets end a link", `<a href="https://a.example/x">`, []string{"https://a.example/x"}},
		{"asterisks of bold text are not part of the link", "*https://a.example/x*", []string{"https://a.example/x"}},
		{"a signature may end in an underscore", "https://a.example/t._", []string{"https://a.example/t._"}},
		{"ideographic punctuation ends a sentence too", "看 https://a.example/x。", []string{"https://a.example/x"}},
		{"other schemes are no links of a message", "ftp://a.example mailto:a@b.example", nil},
		{"a scheme without a host is no link", "https:// https://. https:///path", nil},
		{"a scheme inside a word is no link", "xhttps://a.example", nil},
		{"a host that is no host", "https://a b", []string{"https://a"}},
		{"characters that are not UTF-8 do no harm", "https://a.example/\xff\xfe", []string{"https://a.example/\xff\xfe"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, link.Extract(c.text)); diff != "" {
				t.Errorf("Extract(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

// whatsappPayload has the members of a payload as Encore composes it, in that order.
const whatsappPayload = `{
	"messaging_product": "whatsapp", "to": "15014005001", "type": "interactive",
	"interactive": {
		"type": "cta_url",
		"header": {"type": "image", "image": {"link": "https://storage.googleapis.com/encore-assets-prod/a.png"}},
		"body": {"text": "Free months, terms at https://terms.example/t"},
		"action": {"name": "cta_url", "parameters": {"display_text": "Claim", "url": "https://api.encorekit.com/encore/click/a.b"}}
	}
}`

func TestFromJSON(t *testing.T) {
	t.Parallel()
	const click, terms = "https://api.encorekit.com/encore/click/a.b", "https://terms.example/t"
	cases := []struct {
		name, document string
		want           []string // in document order
		wantTree       []string // of the decoded tree, members by name; want when nil
	}{
		{"the offer's button and text, not its picture", whatsappPayload, []string{terms, click}, []string{click, terms}},
		{"a generic template repeats the link and has image_url", `{"elements":[{"title":"t","image_url":"https://i.example/p.png","default_action":{"type":"web_url","url":"https://c.example/1"},"buttons":[{"url":"https://c.example/1"},{"url":"https://c.example/0"}]}]}`, []string{"https://c.example/1", "https://c.example/0"}, []string{"https://c.example/1", "https://c.example/0"}},
		{"a caption is text to the customer", `{"image":{"link":"https://i.example/p.png","caption":"get it: https://c.example/1"}}`, []string{"https://c.example/1"}, nil},
		{"everything else under a medium is the medium's", `{"video":{"provider":{"url":"https://v.example"}},"document":"https://d.example","audio":{"link":"https://a.example"},"sticker":["https://s.example"]}`, nil, nil},
		{"members named link, url, text and others count alike", `{"a":{"link":"https://1.example"},"b":[{"text":"x https://2.example y"},{"anything":"https://3.example"}]}`, []string{"https://1.example", "https://2.example", "https://3.example"}, nil},
		{"the name of a member is not a value", `{"https://k.example":"v"}`, nil, nil},
		{"numbers, booleans and null have no links", `[1,true,null,"",{}]`, nil, nil},
		{"a string at the top", `"see https://a.example"`, []string{"https://a.example"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, link.FromJSON(json.RawMessage(c.document))); diff != "" {
				t.Errorf("of the document (-want +got):\n%s", diff)
			}
			var tree any
			if err := json.Unmarshal([]byte(c.document), &tree); err != nil {
				t.Fatal(err)
			}
			want := c.wantTree
			if want == nil {
				want = c.want
			}
			if diff := cmp.Diff(want, link.FromJSON(tree)); diff != "" {
				t.Errorf("of the tree (-want +got):\n%s", diff)
			}
		})
	}
	if got := link.FromJSON(json.RawMessage(`{"a":"https://a.example`)); got != nil {
		t.Errorf("broken JSON has no links, got %q", got)
	}
	if got := link.FromJSON(json.RawMessage(strings.Repeat("[", 1<<20))); got != nil {
		t.Errorf("endless nesting has no links, got %q", got)
	}
}

func TestIsOffer(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, link string
		want       bool
	}{
		{"the click host of the seed", "https://api.encorekit.com/encore/click/a.b", true},
		{"the short-link host", "https://link.encorekit.com/Ab3dE9xZ", true},
		{"the bare domain", "http://encorekit.com", true},
		{"a subdomain of a subdomain", "https://a.b.encorekit.com/", true},
		{"hosts know no case", "HTTPS://API.EncoreKit.COM/x", true},
		{"a port does not change the host", "https://api.encorekit.com:8443/x", true},
		{"the final dot of a full domain name", "https://api.encorekit.com./x", true},
		{"user information before Encore's own host changes nothing", "https://evil.example@api.encorekit.com/", true},
		{"Encore as user information of another host", "https://encorekit.com@evil.example/", false},
		{"Encore as user name with password", "https://api.encorekit.com:x@evil.example/", false},
		{"Encore as a label of another domain", "https://encorekit.com.evil.io/", false},
		{"a domain that only ends alike", "https://notencorekit.com/", false},
		{"a hyphen is no dot", "https://x-encorekit.com/", false},
		{"another top level", "https://encorekit.co", false},
		{"Encore in the path", "https://evil.example/encorekit.com/", false},
		{"Encore in the query", "https://evil.example/?u=https://encorekit.com/", false},
		{"Encore in the fragment", "https://evil.example/#@encorekit.com", false},
		{"a backslash instead of a slash", `https://evil.example\@encorekit.com/`, false},
		{"an escaped dot in the host", "https://api.encorekit%2ecom/", false},
		{"a Cyrillic look-alike", "https://еncorekit.com/", false},
		{"another scheme", "ftp://encorekit.com/", false},
		{"no scheme", "encorekit.com/x", false},
		{"nothing", "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := link.IsOffer(c.link); got != c.want {
				t.Errorf("IsOffer(%q) = %t, want %t", c.link, got, c.want)
			}
		})
	}
}

func TestImpression(t *testing.T) {
	t.Parallel()
	const base = "https://api.encorekit.com/encore"
	payload := `{"appId":"app","impressionId":"` + impression + `"}`
	padded := base + "/click/" + base64.URLEncoding.EncodeToString([]byte(payload+" ")) + ".sig"
	if !strings.Contains(padded, "=") {
		t.Fatal("the padded case needs padding")
	}
	cases := []struct{ name, link, want string }{
		{"a click link tells its impression", clickLink(base, payload), impression},
		{"a click link of the sandbox's own address too", clickLink("http://127.0.0.1:8080", payload), impression},
		{"padding is tolerated", padded, impression},
		{"a query after the token does not matter", clickLink(base, payload) + "?utm=1", impression},
		{"the seed's sample has an appId only", base + "/click/eyJhcHBJZCI6Ii4uLiJ9.abc123def456...", ""},
		{"a token without a signature is no token", strings.TrimSuffix(clickLink(base, payload), ".c2lnbmF0dXJl_"), ""},
		{"an impressionId that is no string", clickLink(base, `{"impressionId":7}`), ""},
		{"a payload that is no JSON", clickLink(base, "hello"), ""},
		{"a payload that is no object", clickLink(base, "[]"), ""},
		{"a payload that is no base64url", base + "/click/%%%.sig", ""},
		{"other characters than base64url has", base + "/click/a+b/.sig", ""},
		{"another path", "https://api.encorekit.com/encore/offers/x.y", ""},
		{"a short link", "https://link.encorekit.com/Ab3dE9xZ", ""},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, link.Impression(c.link)); diff != "" {
				t.Errorf("Impression(%q) (-want +got):\n%s", c.link, diff)
			}
		})
	}
}

// FuzzLinks holds what is true of every text: links are pieces of it with a
// scheme, and a JSON string has the links of its text.
func FuzzLinks(f *testing.F) {
	for _, seed := range []string{whatsappPayload, clickLink("https://api.encorekit.com", `{}`), "(https://a.example/)...", "https://[::1", "https://a.example/\xff)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		links := link.Extract(text)
		for _, l := range links {
			if !strings.Contains(text, l) || !strings.HasPrefix(strings.ToLower(l), "http") {
				t.Errorf("%q is no link of %q", l, text)
			}
			link.IsOffer(l)
			link.Impression(l)
		}
		link.FromJSON(json.RawMessage(text))
		if !utf8.ValidString(text) {
			return
		}
		slices.Sort(links)
		got := link.FromJSON([]any{text})
		slices.Sort(got)
		if diff := cmp.Diff(slices.Compact(links), got); diff != "" {
			t.Errorf("FromJSON and Extract differ (-want +got):\n%s", diff)
		}
	})
}
