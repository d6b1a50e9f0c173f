package interakt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Sign returns the value of the Interakt-Signature header of a webhook:
// "sha256=" and the lower-case hexadecimal HMAC-SHA256 of the bytes as sent,
// keyed with the secret of the dashboard (Interakt's webhooks page).
func Sign(secret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}
