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
	"io"
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
	Workspace    string `json:"workspace,omitempty"` // its Tag; empty for the default one
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

	signers *sync.Pool // of *signer under the secret; nil: each is made anew
}

// signer is what it takes to make one token after the other.
type signer struct {
	mac    stdhash.Hash
	claims []byte // of the last one, room for the next, as the other two are
	link   []byte
	sum    [sha256.Size]byte
}

// newTokens are tokens for many links.
func newTokens(secret []byte) Tokens {
	return Tokens{Secret: secret, signers: &sync.Pool{New: func() any { return newSigner(secret) }}}
}

func newSigner(secret []byte) *signer { return &signer{mac: hmac.New(sha256.New, secret)} }

const signatureBytes = 16

// URL is the link under an offer's button. The same click gives the same link.
func (t Tokens) URL(click Click) string {
	base := t.Base
	if base == "" {
		base = ClickBase
	}
	return t.signed(base, click)
}

// Mint is the token alone: the last segment of URL.
func (t Tokens) Mint(click Click) string { return t.signed("", click) }

func (t Tokens) signed(base string, click Click) string {
	if t.signers == nil {
		return newSigner(t.Secret).token(base, click)
	}
	s := t.signers.Get().(*signer)
	defer t.signers.Put(s)
	return s.token(base, click)
}

// token is the token of a click behind base.
func (s *signer) token(base string, click Click) string {
	w := writer{s.claims[:0]}
	w.click(click)
	s.claims = w.b
	s.link = base64.RawURLEncoding.AppendEncode(append(s.link[:0], base...), w.b)
	s.link = hex.AppendEncode(append(s.link, '.'), s.sign(s.link[len(base):]))
	return string(s.link)
}

// sign is the signature of encoded claims, until the next one.
func (s *signer) sign(claims []byte) []byte {
	s.mac.Reset()
	_, _ = io.WriteString(s.mac, "encore click\n") // so that no other token signed with the secret fits here
	s.mac.Write(claims)
	return s.mac.Sum(s.sum[:0])[:signatureBytes]
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
	if subtle.ConstantTimeCompare([]byte(signature), hex.AppendEncode(nil, newSigner(t.Secret).sign([]byte(claims)))) != 1 {
		return click, fmt.Errorf("%w: the signature does not belong to the part before the dot; "+
			"the link was altered, or minted by a sandbox with another secret", ErrToken)
	}
	if err := json.Unmarshal(data, &click); err != nil {
		return Click{}, fmt.Errorf("%w: the part before the dot is signed but is no click: %w", ErrToken, err)
	}
	return click, nil
}
