package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// secretHeaders, cookieHeaders and secretParams hold credentials. The journal keeps a
// fingerprint of each: enough to tell two credentials apart, useless to use.
var (
	secretHeaders = []string{"Authorization", "X-Api-Key", "Api-Key", "Apikey", "Proxy-Authorization"}
	cookieHeaders = []string{"Cookie", "Set-Cookie"}
	secretParams  = []string{"access_token", "appsecret_proof", "hub.verify_token"}
)

// Fingerprint shortens a credential to a recognisable prefix and a hash.
func Fingerprint(secret string) string {
	if secret == "" {
		return ""
	}
	scheme, rest, found := strings.Cut(secret, " ")
	if !found {
		scheme, rest = "", secret
	} else {
		scheme += " "
	}
	keep := 0
	for _, known := range [...]string{"pk_test_", "pk_live_", "EAA", "IGA"} {
		if strings.HasPrefix(rest, known) {
			keep = len(known)
		}
	}
	return scheme + rest[:keep] + "…" + short(rest)
}

// short is the beginning of a text's digest.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// redaction is how the values of a header are kept; nil: as they are. Names are
// in canonical form.
func redaction(name string) func(string) string {
	switch {
	case slices.Contains(secretHeaders, name):
		return Fingerprint
	case slices.Contains(cookieHeaders, name):
		return func(v string) string { return "…" + short(v) } // a cookie has blanks, but no scheme before them
	}
	return nil
}

func redactedURL(c *Call) string {
	u := url.URL{Path: c.URL.Path, RawPath: c.URL.RawPath}
	text := u.EscapedPath()
	if c.URL.RawQuery == "" {
		return text
	}
	query := c.URL.Query()
	for _, name := range secretParams {
		if v := query.Get(name); v != "" {
			query.Set(name, Fingerprint(v))
		}
	}
	return text + "?" + query.Encode()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
