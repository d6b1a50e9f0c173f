// Package link finds links in messages and recognises Encore's among them.
// Every fake uses it, so that one reading of "an outbound link to the
// encorekit.com domain" (Encore integration guide, When to call us) holds on
// all channels.
//
//	text ─▶ Extract ┐
//	JSON ─▶ FromJSON ┴─▶ links ─▶ IsOffer (counts towards the cap)
//	                           └▶ Impression (which offer it is)
//
// All functions are pure and take anything that a client may send.
package link

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// offerDomain is the domain that every offer link points at.
const offerDomain = "encorekit.com"

// pattern finds where links begin and how far they can reach: up to a space, a
// control character or a character that no URL has. What belongs to the
// sentence around it is cut by trimmed.
var pattern = regexp.MustCompile("(?i)\\bhttps?://[^\\p{Z}\\p{C}<>\"`\\\\^{|}]+")

// afterLink are characters that end a sentence or a quotation far more often
// than a link. The underscore is not among them: a signature may end in it.
const afterLink = ".,;:!?*'…»”’。，！？、"

// Extract returns the http and https links of a text in their order, repeated
// ones included. A link must have a host; closing punctuation and brackets that
// were opened before the link are not part of it.
func Extract(text string) []string {
	if !strings.Contains(text, "://") { // most texts: the expression need not run
		return nil
	}
	var links []string
	for _, raw := range pattern.FindAllString(text, -1) {
		if candidate := trimmed(raw); host(candidate) != "" {
			links = append(links, candidate)
		}
	}
	return links
}

// trimmed cuts what follows a link in a sentence. Brackets stay as long as they
// are balanced, as in https://en.wikipedia.org/wiki/Go_(game).
func trimmed(raw string) string {
	round := strings.Count(raw, ")") - strings.Count(raw, "(")
	square := strings.Count(raw, "]") - strings.Count(raw, "[")
	for raw != "" {
		last, size := utf8.DecodeLastRuneInString(raw)
		switch {
		case last == ')' && round > 0:
			round--
		case last == ']' && square > 0:
			square--
		case strings.ContainsRune(afterLink, last):
		default:
			return raw
		}
		raw = raw[:len(raw)-size]
	}
	return raw
}

// IsOffer tells whether a link leads to encorekit.com or a subdomain of it.
// Only the host decides, as a browser would read it: in
// https://encorekit.com@evil.example/ it is evil.example.
func IsOffer(link string) bool {
	h := host(link)
	return h == offerDomain || strings.HasSuffix(h, "."+offerDomain)
}

// host returns the lower-case host of an http or https URL without port and
// without the dot that may end a full domain name, or "" when there is none.
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// Impression returns the impressionId that a click link carries: the path is
// …/click/<base64url of a JSON object>.<signature>. Any host will do, because a
// sandbox can be told to mint click links of its own address, and the signature
// is left to those who hold the secret. It is "" for every other link.
func Impression(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	_, token, found := strings.Cut(u.Path, "/click/")
	payload, _, signed := strings.Cut(token, ".")
	if !found || !signed {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	if err != nil {
		return ""
	}
	var click struct {
		ImpressionID string `json:"impressionId"`
	}
	if json.Unmarshal(data, &click) != nil {
		return ""
	}
	return click.ImpressionID
}
