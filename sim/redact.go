package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
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
	for _, known := range []string{"pk_test_", "pk_live_", "EAA", "IGA"} {
		if strings.HasPrefix(rest, known) {
			keep = len(known)
		}
	}
	return scheme + rest[:keep] + "…" + digest([]byte(rest))[:8]
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// redactedHeader is the header as the journal keeps it: a copy whose values are
// pieces of one string in one array, since ten thousand of them are kept and
// the collector visits every object.
func redactedHeader(h http.Header) http.Header {
	if len(h) == 0 {
		return nil
	}
	var buffer [24]string
	names, size, count := buffer[:0], 0, 0
	for name, values := range h {
		names = append(names, name) // the order of a map is another each time
		for _, v := range values {
			size, count = size+len(v), count+1
		}
	}
	var all strings.Builder
	all.Grow(size)
	for _, name := range names {
		for _, v := range h[name] {
			all.WriteString(v)
		}
	}
	out, flat, rest := make(http.Header, len(h)), make([]string, 0, count), all.String()
	for _, name := range names {
		from := len(flat)
		for _, v := range h[name] {
			flat, rest = append(flat, rest[:len(v)]), rest[len(v):]
		}
		out[name] = flat[from:len(flat):len(flat)]
	}
	for _, name := range secretHeaders {
		if v, ok := out[name]; ok && len(v) > 0 {
			out[name] = []string{Fingerprint(v[0])}
		}
	}
	for _, name := range cookieHeaders {
		for i, v := range out[name] {
			out[name][i] = "…" + digest([]byte(v))[:8] // a cookie has blanks, but no scheme before them
		}
	}
	return out
}

// keptHeader is the header of an answer as the journal keeps it. A fake makes
// one for each answer and nobody changes it, so where it holds no secret, which
// is nearly always, it is kept as it is.
func keptHeader(h http.Header) http.Header {
	for _, names := range [][]string{secretHeaders, cookieHeaders} {
		for _, name := range names {
			if _, there := h[name]; there {
				return redactedHeader(h)
			}
		}
	}
	return h
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
