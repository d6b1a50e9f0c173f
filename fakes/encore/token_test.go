package encore

import (
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	sampleTokens = Tokens{Secret: []byte("sandbox")}
	sampleClick  = Click{
		AppID: "app-1", ImpressionID: "d260", Workspace: "w1", Thread: "whatsapp:1:2",
		CampaignID: "c", CreativeID: "k", UserID: "8b3f7c10 ünïcode",
	}
)

func TestTokensReadWhatTheyMint(t *testing.T) {
	t.Parallel()
	for name, click := range map[string]Click{"full": sampleClick, "default workspace": {AppID: "a", UserID: "u"}, "empty": {}} {
		got, err := sampleTokens.Verify(sampleTokens.Mint(click))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(click, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestClickLink(t *testing.T) {
	t.Parallel()
	link := sampleTokens.URL(sampleClick)
	u, err := url.Parse(link)
	if err != nil || u.Host != "api.encorekit.com" || !strings.HasPrefix(u.Path, "/encore/click/eyJhcHBJZCI6") {
		t.Errorf("link %s (%v) is not …/encore/click/ and a JSON object that begins with appId", link, err)
	}
	if again := sampleTokens.URL(sampleClick); again != link {
		t.Errorf("the same click gives %s, then %s", link, again)
	}
	local := Tokens{Secret: sampleTokens.Secret, Base: "http://127.0.0.1:8080/encore/click/"}.URL(sampleClick)
	if want := "http://127.0.0.1:8080/encore/click/" + sampleTokens.Mint(sampleClick); local != want {
		t.Errorf("with another base: %s, want %s", local, want)
	}
}

func TestAlteredTokensAreRefused(t *testing.T) {
	t.Parallel()
	token := sampleTokens.Mint(sampleClick)
	claims, signature, _ := strings.Cut(token, ".")
	notAClick := "bm90IGpzb24" // "not json"
	for name, c := range map[string]struct{ token, part string }{
		"no dot":                  {claims, "has no signature"},
		"empty":                   {"", "has no signature"},
		"cut short":               {token[:len(token)-1], "part after the dot"},
		"signature of zs":         {claims + "." + strings.Repeat("z", 32), "part after the dot"},
		"signature in capitals":   {claims + "." + strings.ToUpper(signature) + "", "signature does not belong"},
		"claims are no base64url": {"%%" + claims + "." + signature, "part before the dot"},
		"claims of another click": {strings.TrimSuffix(sampleTokens.Mint(Click{}), "x")[:20] + "." + signature, "signature does not belong"},
		"another secret":          {Tokens{Secret: []byte("other")}.Mint(sampleClick), "signature does not belong"},
		"signed, but no click":    {notAClick + "." + hex.EncodeToString(newSigner(sampleTokens.Secret).sign([]byte(notAClick))), "no click"},
	} {
		click, err := sampleTokens.Verify(c.token)
		if !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: error %v does not wrap ErrToken and name %q", name, err, c.part)
		}
		if diff := cmp.Diff(Click{}, click); diff != "" {
			t.Errorf("%s: a refused token was read (-want +got):\n%s", name, diff)
		}
	}
}

func TestEveryByteOfATokenCounts(t *testing.T) {
	t.Parallel()
	token := sampleTokens.Mint(sampleClick)
	for i := range len(token) {
		altered := token[:i] + string(rune(token[i]^1)) + token[i+1:]
		if _, err := sampleTokens.Verify(altered); !errors.Is(err, ErrToken) {
			t.Errorf("byte %d altered, and Verify says %v", i, err)
		}
	}
}
