package interakt_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
)

// phoneCase is who a call is for, as members of its body.
type phoneCase struct{ name, members, want string } // want: thread's customer, "" for the phone text

func (c phoneCase) body() string {
	members := c.members
	if members != "" {
		members += ","
	}
	return `{` + members + `"type":"Template","template":{"name":"delivered_alert_101","languageCode":"en","headerValues":["A"],"bodyValues":["B","C"],"buttonValues":{"0":["D"]}}}`
}

func testPhones(t *testing.T, cases []phoneCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{})
			if c.want == "" {
				w.refused(w.post(c.body()), 400, "Phone Number & Country Code provided is invalid")
				return
			}
			id := w.accepted(c.body())
			hooks := w.after("interakt:tonys:"+c.want, 1e9)
			diff(t, "whose message it is", any(id), dig(hooks[0].Tree, "data", "message", "id"))
			diff(t, "channel_phone_number", any(c.want), dig(hooks[0].Tree, "data", "customer", "channel_phone_number"))
		})
	}
}

func TestI03Phones(t *testing.T) {
	t.Parallel()
	testPhones(t, []phoneCase{
		{"both parts", `"countryCode":"+91","phoneNumber":"9999999999"`, customer},
		{"a code of one digit", `"countryCode":"+1","phoneNumber":"5014005001"`, "15014005001"},
		{"a code of three digits", `"countryCode":"+971","phoneNumber":"501234567"`, "971501234567"},
		{"fewest digits", `"countryCode":"+1","phoneNumber":"234567"`, "1234567"},
		{"one digit short", `"countryCode":"+1","phoneNumber":"23456"`, ""},
		{"most digits", `"countryCode":"+1","phoneNumber":"23456789012345"`, "123456789012345"},
		{"one digit too many", `"countryCode":"+1","phoneNumber":"234567890123456"`, ""},
		{"nothing", ``, ""},
		{"no phoneNumber", `"countryCode":"+91"`, ""},
		{"a code without its plus", `"countryCode":"91","phoneNumber":"9999999999"`, ""},
		{"a code of four digits", `"countryCode":"+9199","phoneNumber":"9999999999"`, ""},
		{"a code that is nothing but a plus", `"countryCode":"+","phoneNumber":"9999999999"`, ""},
		{"a code that begins with zero", `"countryCode":"+091","phoneNumber":"9999999999"`, ""},
		{"a leading zero", `"countryCode":"+91","phoneNumber":"09999999999"`, ""},
		{"letters", `"countryCode":"+91","phoneNumber":"99999x9999"`, ""},
		{"blanks", `"countryCode":"+91","phoneNumber":"99999 99999"`, ""},
		{"other digits than ASCII", `"countryCode":"+91","phoneNumber":"٩٩٩٩٩٩٩٩٩٩"`, ""},
		{"a number", `"countryCode":"+91","phoneNumber":9999999999`, ""},
		{"a code that is a number", `"countryCode":91,"phoneNumber":"9999999999"`, ""},
		{"null", `"countryCode":null,"phoneNumber":null`, ""},
		{"an object", `"countryCode":{},"phoneNumber":[]`, ""},
	})
}

func TestQ6NoCountryCode(t *testing.T) {
	t.Parallel()
	testPhones(t, []phoneCase{{"phoneNumber alone", `"phoneNumber":"9999999999"`, ""}})
}

func TestQ5BothForms(t *testing.T) {
	t.Parallel()
	testPhones(t, []phoneCase{
		{"the whole number", `"fullPhoneNumber":"919999999999"`, customer},
		{"with a plus", `"fullPhoneNumber":"+919999999999"`, customer},
		{"both forms agree", `"countryCode":"+91","phoneNumber":"9999999999","fullPhoneNumber":"919999999999"`, customer},
		{"both forms differ", `"countryCode":"+91","phoneNumber":"9999999999","fullPhoneNumber":"919999999998"`, ""},
		{"the other form is broken", `"countryCode":"91","phoneNumber":"9999999999","fullPhoneNumber":"919999999999"`, ""},
		{"the other form is empty", `"countryCode":"","phoneNumber":"","fullPhoneNumber":"919999999999","userId":""`, customer},
		{"it is empty", `"countryCode":"+91","phoneNumber":"9999999999","fullPhoneNumber":""`, customer},
		{"six digits", `"fullPhoneNumber":"123456"`, ""},
		{"seven digits", `"fullPhoneNumber":"1234567"`, "1234567"},
		{"fifteen digits", `"fullPhoneNumber":"123456789012345"`, "123456789012345"},
		{"sixteen digits", `"fullPhoneNumber":"1234567890123456"`, ""},
		{"a leading zero", `"fullPhoneNumber":"09999999999"`, ""},
		{"a number", `"fullPhoneNumber":919999999999`, ""},
	})
}

func TestI20RepeatedCountryCode(t *testing.T) {
	t.Parallel()
	testPhones(t, []phoneCase{
		{"India's before a number of full length", `"countryCode":"+91","phoneNumber":"919999999999"`, ""},
		{"America's", `"countryCode":"+1","phoneNumber":"15014005001"`, ""},
		{"an Indian number that begins so by itself", `"countryCode":"+91","phoneNumber":"9198765432"`, "919198765432"},
		{"a Brazilian area code that is the country's", `"countryCode":"+55","phoneNumber":"55987654321"`, "5555987654321"},
	})
}

// The number is looked at before the template.
func TestI03PhoneComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.refused(w.post(`{"countryCode":"91","phoneNumber":"9999999999","type":"Template","template":{"name":"nope","languageCode":"en"}}`),
		400, "Phone Number & Country Code provided is invalid")
	w.refused(w.post(`{"countryCode":"91","phoneNumber":"9999999999","type":"Fax"}`), 400, "Phone Number & Country Code provided is invalid")
}
