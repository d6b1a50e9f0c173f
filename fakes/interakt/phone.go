package interakt

import (
	"regexp"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

// Phone is a customer's number in the parts that Interakt takes it in.
type Phone struct {
	Country  string // with its plus: +91
	National string // without country code and without a leading zero
}

// Digits is the whole number as thread ids have it.
func (p Phone) Digits() string { return strings.TrimPrefix(p.Country, "+") + p.National }

// phoneOf takes a whole number in digits apart.
func phoneOf(digits string) Phone {
	code := provider.CountryCode(digits)
	return Phone{"+" + code, digits[len(code):]}
}

// Forms of the parts (Interakt's help page, Field & Description; ITU-T E.164).
var (
	countryForm  = regexp.MustCompile(`^\+[1-9][0-9]{0,2}$`)
	nationalForm = regexp.MustCompile(`^[1-9][0-9]*$`)
	wholeForm    = regexp.MustCompile(`^\+?[1-9][0-9]{6,14}$`)
)

// shortestFull is how long a national number is that has an area code; what is
// at least so long behind a repeated country code is a number by itself.
const shortestFull = 10

// readPhone reads whom a call is for: countryCode and phoneNumber, or
// fullPhoneNumber, or both if they agree. Given is false when there is nothing
// of the kind, ok when it is no number.
func readPhone(o map[string]any) (p Phone, given, ok bool) {
	country, national, full := o["countryCode"], o["phoneNumber"], o["fullPhoneNumber"]
	parts := !absent(country) || !absent(national)
	if absent(full) {
		p, ok = joined(country, national)
		return p, parts, ok
	}
	text, isText := full.(string)
	if !isText || !wholeForm.MatchString(text) {
		return Phone{}, true, false
	}
	p = phoneOf(strings.TrimPrefix(text, "+"))
	if !parts {
		return p, true, true
	}
	same, ok := joined(country, national)
	return same, true, ok && same.Digits() == p.Digits()
}

// absent tells what clients send for nothing: null, or an empty text.
func absent(v any) bool { return v == nil || v == "" }

// joined is the number of a country code and a national number.
func joined(country, national any) (Phone, bool) {
	code, _ := country.(string)
	number, _ := national.(string)
	p := Phone{code, number}
	whole := len(p.Digits())
	if !countryForm.MatchString(code) || !nationalForm.MatchString(number) || whole < 7 || whole > 15 {
		return Phone{}, false
	}
	rest, repeated := strings.CutPrefix(number, code[1:])
	return p, !repeated || len(rest) < shortestFull
}
