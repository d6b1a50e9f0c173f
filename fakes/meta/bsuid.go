package meta

import (
	"regexp"
	"strings"
)

// userID is the business-scoped user id of a customer. WhatsApp's are opaque;
// the sandbox's have the same form and hold the number, so that a send by such
// an id needs no look-up: country, then 20 digits that end in the number.
func userID(phone string) string {
	return country(phone) + "." + userIDMark + strings.Repeat("0", max(15-len(phone), 0)) + phone
}

const userIDMark = "13491"

var userIDForm = regexp.MustCompile(`^[A-Z]{2}\.` + userIDMark + `(0*[1-9][0-9]{6,14})$`)

// phoneOfUserID reads the number out of an id that userID made.
func phoneOfUserID(id string) (string, bool) {
	m := userIDForm.FindStringSubmatch(id)
	if m == nil {
		return "", false
	}
	phone := strings.TrimLeft(m[1], "0")
	return phone, userID(phone) == id
}

// countries are ISO codes by calling code, for those that samples use. Longer
// codes come first.
var countries = []struct{ Calling, ISO string }{
	{"971", "AE"}, {"966", "SA"}, {"1", "US"}, {"7", "RU"}, {"27", "ZA"}, {"33", "FR"}, {"34", "ES"}, {"39", "IT"},
	{"44", "GB"}, {"49", "DE"}, {"52", "MX"}, {"55", "BR"}, {"57", "CO"}, {"61", "AU"}, {"62", "ID"}, {"91", "IN"},
}

// country is the country of a number, "ZZ" (ISO 3166-1, user-assigned) when it
// is none of those.
func country(phone string) string {
	for _, c := range countries {
		if strings.HasPrefix(phone, c.Calling) {
			return c.ISO
		}
	}
	return "ZZ"
}
