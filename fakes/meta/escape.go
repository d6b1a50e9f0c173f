package meta

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

// ASCII rewrites JSON the way Meta sends and signs it (Graph API, Getting
// started with webhooks): inside strings every character beyond the tilde
// becomes \uXXXX in lower-case hexadecimal, beyond the basic plane a surrogate
// pair, and a slash becomes \/. What is escaped already stays as it is, so
// applying ASCII twice changes nothing. Bytes that are not UTF-8 become \ufffd.
//
// It matters because receivers differ: some escape the body again before they
// verify its signature, and all agree only on a body that is escaped already.
func ASCII(doc []byte) []byte {
	out := make([]byte, 0, len(doc)+len(doc)/8)
	for inString := false; len(doc) > 0; {
		c := doc[0]
		switch {
		case c > '~':
			r, size := utf8.DecodeRune(doc)
			out, doc = appendEscaped(out, r), doc[size:]
			continue
		case c == '"':
			inString = !inString
		case c == '/' && inString:
			out = append(out, '\\')
		case c == '\\' && len(doc) > 1 && doc[1] <= '~':
			// The escaped character goes along, so that neither \" nor \/ is
			// taken for the bare one.
			out, doc = append(out, c), doc[1:]
			c = doc[0]
		}
		out, doc = append(out, c), doc[1:]
	}
	return out
}

func appendEscaped(out []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// encode marshals v in the order of its fields. The structures of this package
// always marshal.
func encode(v any) []byte { return provider.JSON(v) }
