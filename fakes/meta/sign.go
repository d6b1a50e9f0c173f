package meta

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// Sign returns the value of the X-Hub-Signature-256 header of a webhook:
// "sha256=" and the lower-case hexadecimal HMAC-SHA256 of the bytes as sent,
// keyed with the app secret (Graph API, Getting started with webhooks).
func Sign(secret string, body []byte) string {
	return "sha256=" + mac(sha256.New, secret, body)
}

// SignSHA1 returns the value of the older X-Hub-Signature header, which Meta
// still sends beside the newer one.
func SignSHA1(secret string, body []byte) string {
	return "sha1=" + mac(sha1.New, secret, body)
}

func mac(algorithm func() hash.Hash, secret string, body []byte) string {
	m := hmac.New(algorithm, []byte(secret))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}
