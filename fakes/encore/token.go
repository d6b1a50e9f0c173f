package encore

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	stdhash "hash"
	"strings"
	"sync"
)

// ClickBase is what every click link begins with. The host is under
// encorekit.com, so that integrators can count offers by it.
const ClickBase = "https://api.encorekit.com/encore/click/"

// ErrToken is wrapped by every error of Tokens.Verify.
var ErrToken = errors.New("invalid click token")

// Click is what a click link remembers, so that a tap needs no look-up.
type Click struct {
	AppID        string `json:"appId"`
	ImpressionID string `json:"impressionId"`
	Workspace    string `json:"workspace,omitempty"` // empty for the default one
	Thread       string `json:"thread,omitempty"`
	CampaignID   string `json:"campaignId"`
	CreativeID   string `json:"creativeId"`
	UserID       string `json:"userId"` // the request's chatId
}

// Tokens mints and verifies click links. A token is the Click as JSON in
// unpadded base64url, a dot, and a signature: the first 16 bytes of an
// HMAC-SHA256 in lower-case hexadecimal digits.
type Tokens struct {
	Secret []byte
	Base   string // ClickBase when empty

	macs *sync.Pool // of Hash under the secret; nil: each is made anew
}

// newTokens are tokens for many links.
func newTokens(secret []byte) Tokens {
	return Tokens{Secret: secret, macs: &sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}
}

const signatureBytes = 16

// URL is the link under an offer's button. The same click gives the same link.
func (t Tokens) URL(click Click) string {
	base := t.Base
	if base == "" {
		base = ClickBase
	}
	return string(t.appendTo(append(make([]byte, 0, 640), base...), click))
}

// Mint is the token alone: the last segment of URL.
func (t Tokens) Mint(click Click) string { return string(t.appendTo(nil, click)) }

func (t Tokens) appendTo(b []byte, click Click) []byte {
	w := writer{make([]byte, 0, 384)}
	w.click(click)
	from := len(b)
	b = base64.RawURLEncoding.AppendEncode(b, w.b)
	signature := t.sign(b[from:])
	return hex.AppendEncode(append(b, '.'), signature)
}

// click writes the claims of a token as encoding/json would.
func (w *writer) click(c Click) {
	w.put(`{"appId":`, c.AppID)
	w.put(`,"impressionId":`, c.ImpressionID)
	if c.Workspace != "" {
		w.put(`,"workspace":`, c.Workspace)
	}
	if c.Thread != "" {
		w.put(`,"thread":`, c.Thread)
	}
	w.put(`,"campaignId":`, c.CampaignID)
	w.put(`,"creativeId":`, c.CreativeID)
	w.put(`,"userId":`, c.UserID)
	w.literal(`}`)
}

// Verify reads a token that Mint made with the same secret. The error wraps
// ErrToken and says which part is wrong. Signatures are compared in constant
// time and before anything of the claims is read.
func (t Tokens) Verify(token string) (Click, error) {
	var click Click
	claims, signature, found := strings.Cut(token, ".")
	if !found {
		return click, fmt.Errorf("%w: it has no signature; use the link as it came, up to its last character", ErrToken)
	}
	if raw, err := hex.DecodeString(signature); err != nil || len(raw) != signatureBytes {
		return click, fmt.Errorf("%w: the part after the dot is not a signature of %d hexadecimal digits; use the link as it came",
			ErrToken, 2*signatureBytes)
	}
	data, err := base64.RawURLEncoding.DecodeString(claims)
	if err != nil {
		return click, fmt.Errorf("%w: the part before the dot is not base64url; use the link as it came", ErrToken)
	}
	if subtle.ConstantTimeCompare([]byte(signature), hex.AppendEncode(nil, t.sign([]byte(claims)))) != 1 {
		return click, fmt.Errorf("%w: the signature does not belong to the part before the dot; "+
			"the link was altered, or minted by a sandbox with another secret", ErrToken)
	}
	if err := json.Unmarshal(data, &click); err != nil {
		return Click{}, fmt.Errorf("%w: the part before the dot is signed but is no click: %w", ErrToken, err)
	}
	return click, nil
}

func (t Tokens) sign(claims []byte) []byte {
	var mac stdhash.Hash
	if t.macs == nil {
		mac = hmac.New(sha256.New, t.Secret)
	} else {
		mac = t.macs.Get().(stdhash.Hash)
		defer t.macs.Put(mac)
		mac.Reset()
	}
	mac.Write([]byte("encore click\n")) // so that no other token signed with the secret fits here
	mac.Write(claims)
	return mac.Sum(nil)[:signatureBytes]
}
