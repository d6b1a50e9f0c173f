package sim

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
)

// Where a body holds a token, such as the one by which a vendor verifies a
// webhook. As for access tokens: Graph takes it in the place of the
// Authorization header (Graph API overview, access tokens), as a member of an
// object, as a field of a form or as a part of a multipart body, and links
// carry it in their query.
var (
	tokenMember = regexp.MustCompile(`("(?:access_token|appsecret_proof|verify_token|challengeToken)"\s*:\s*)("(?:[^"\\]|\\.)*")`)
	tokenField  = regexp.MustCompile(`((?:^|[?&])(?:access_token|appsecret_proof|verify_token|challengeToken)=)([^&"'\s\\]+)`)
	tokenPart   = regexp.MustCompile(`(name="?(?:access_token|appsecret_proof|verify_token|challengeToken)"?[^\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]+)`)
)

// userOfURL is a user, perhaps with a password, in an address, in JSON too.
var userOfURL = regexp.MustCompile(`(https?:(?:\\?/){2})[^/\\@\s"]+@`)

// redactedBody is a body as the journal keeps it. What holds no token, which is
// nearly every body, is kept as it is and costs one search.
func redactedBody(body []byte) []byte {
	if bytes.IndexByte(body, '@') >= 0 { // few texts have one
		body = userOfURL.ReplaceAll(body, []byte("$1"))
	}
	if !mayHoldToken(body) && !bytes.Contains(body, []byte("challengeToken")) {
		return body
	}
	body = replaceTokens(tokenMember, body, func(found []byte) []byte {
		var secret string
		if json.Unmarshal(found, &secret) != nil {
			secret = string(found)
		}
		quoted, _ := json.Marshal(Fingerprint(secret)) // a text: cannot fail
		return quoted
	})
	body = replaceTokens(tokenField, body, func(found []byte) []byte {
		secret, err := url.QueryUnescape(string(found))
		if err != nil {
			secret = string(found)
		}
		return []byte(url.QueryEscape(Fingerprint(secret)))
	})
	return replaceTokens(tokenPart, body, func(found []byte) []byte { return []byte(Fingerprint(string(found))) })
}

// mayHoldToken finds what the names of tokens have in common and few texts have.
func mayHoldToken(body []byte) bool {
	for {
		i := bytes.IndexByte(body, '_')
		if i < 0 {
			return false
		}
		before, behind := body[:i], body[i+1:]
		if bytes.HasSuffix(before, []byte("access")) && bytes.HasPrefix(behind, []byte("token")) ||
			bytes.HasSuffix(before, []byte("verify")) && bytes.HasPrefix(behind, []byte("token")) ||
			bytes.HasSuffix(before, []byte("appsecret")) && bytes.HasPrefix(behind, []byte("proof")) {
			return true
		}
		body = behind
	}
}

// replaceTokens writes a body anew with the second group of every match replaced.
func replaceTokens(pattern *regexp.Regexp, body []byte, with func([]byte) []byte) []byte {
	return pattern.ReplaceAllFunc(body, func(match []byte) []byte {
		groups := pattern.FindSubmatch(match)
		return append(bytes.Clone(groups[1]), with(groups[2])...)
	})
}
