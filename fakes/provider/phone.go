package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mobiles are the forms of mobile numbers by country (ISO 3166-1 alpha-2), with
// the country code of ITU-T E.164 and the leading digits of the national plan:
// # is any digit, N one from 2 to 9.
func mobiles() map[string]string {
	return map[string]string{
		"US": "1212N######", "CA": "1416N######", "MX": "5255N#######", "BR": "55119N#######", "AR": "54911N#######", "CL": "569N#######",
		"CO": "5730########", "PE": "519########", "EC": "5939########",
		"GB": "447N########", "IE": "35387#######", "DE": "49151########", "AT": "43664#######", "CH": "4179#######", "FR": "336########",
		"ES": "346########", "PT": "3519########", "IT": "3934########", "NL": "316########", "BE": "3247#######", "LU": "352691######",
		"SE": "4670#######", "NO": "479#######", "DK": "452#######", "FI": "35840#######", "PL": "4850#######", "CZ": "42077#######",
		"SK": "42190#######", "HU": "3630#######", "RO": "407########", "BG": "35988#######", "GR": "3069########", "HR": "38591#######",
		"UA": "38067#######", "TR": "9053########", "IL": "97252#######",
		"AE": "97150#######", "SA": "96650#######", "QA": "9743#######", "KW": "9655#######", "EG": "2010########", "MA": "2126########",
		"NG": "23480########", "GH": "23324#######", "KE": "2547########", "ZA": "2782#######", "ET": "2519########", "TZ": "25575#######",
		"IN": "919#########", "PK": "9230########", "BD": "88017########", "LK": "9477#######", "NP": "97798########",
		"ID": "62812########", "MY": "6012#######", "SG": "659#######", "TH": "668########", "VN": "849########", "PH": "6391########",
		"HK": "8529#######", "TW": "8869########", "JP": "8190########", "KR": "8210########", "CN": "86138########",
		"AU": "614########", "NZ": "6421#######",
	}
}

// PhoneIn invents a customer's mobile number in a country (ISO 3166-1 alpha-2,
// in any letter case). The error lists the countries that it knows.
func PhoneIn(country string, random uint64) (string, error) {
	form, known := mobiles()[strings.ToUpper(country)]
	if !known {
		return "", fmt.Errorf("no mobile numbers of country %q are known; use one of %s", country, strings.Join(slices.Sorted(maps.Keys(mobiles())), ", "))
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '#':
			r, random = rune('0'+random%10), random/10
		case 'N':
			r, random = rune('2'+random%8), random/8
		}
		return r
	}, form), nil
}
