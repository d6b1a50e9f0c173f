package provider

import "slices"

// shortCodes are the country codes of one and two digits (ITU-T E.164, list of
// assigned country codes). All others have three.
var shortCodes = []string{
	"1", "7",
	"20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
	"51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66",
	"81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
}

// CountryCode is the country code that a number in digits begins with, "" of a
// number too short to have one.
func CountryCode(digits string) string {
	for n := 1; n <= 2 && n <= len(digits); n++ {
		if slices.Contains(shortCodes, digits[:n]) {
			return digits[:n]
		}
	}
	return digits[:min(3, len(digits))]
}
