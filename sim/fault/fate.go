package fault

import (
	"fmt"
	"slices"
	"strings"
)

// FateRow is one fate that a customer's number can name.
type FateRow struct {
	Code  int // the last three digits of the number
	About string
	Fault Fault // its id is fate-<code>
}

// fates are the documented fates, in the order of the manual. Those that
// answer a status, and those that count, strike well-formed calls only: a call
// that the contract refuses gets the refusal it earned and uses nothing up.
var fates = []FateRow{
	offers(400, "Encore answers 400", Fault{Effect: Effect{Status: 400}}),
	offers(401, "Encore answers 401", Fault{Effect: Effect{Status: 401}}),
	offers(409, "Encore answers 409, the trial limit", Fault{Effect: Effect{Status: 409}}),
	offers(429, "Encore answers 429", Fault{Effect: Effect{Status: 429}}),
	offers(500, "Encore answers 500", Fault{Effect: Effect{Status: 500}}),
	offers(503, "Encore answers 503", Fault{Effect: Effect{Status: 503}}),
	offers(502, "a gateway before Encore answers 502 with a page of HTML", Fault{Effect: Effect{Status: 502, HTML: true}}),
	offers(504, "a gateway before Encore answers 504 with a page of HTML", Fault{Effect: Effect{Status: 504, HTML: true}}),
	offers(829, "Encore answers 429 twice, then 200", Fault{Effect: Effect{Status: 429}, Times: 2}),
	offers(803, "Encore answers 503 twice, then 200", Fault{Effect: Effect{Status: 503}, Times: 2}),
	offers(900, "Encore has no offer", Fault{Effect: Effect{NoFill: "geo"}}),
	offers(901, "Encore never answers", Fault{Effect: Effect{Hang: true}}),
	offers(902, "Encore resets the connection", Fault{Effect: Effect{Reset: ResetNow}}),
	offers(903, "Encore answers garbled JSON", Fault{Effect: Effect{Garbled: true}}),
	offers(904, "Encore does its work and loses the answer once, then 200", Fault{Effect: Effect{Reset: ResetNow, After: true}, Times: 1}),
	messages(911, "the channel refuses the offer message: invalid parameter", Fault{Effect: Effect{Provider: ProviderInvalid}}),
	messages(912, "the channel refuses the offer message: window closed", Fault{Effect: Effect{Provider: ProviderWindow}}),
	messages(913, "the channel refuses the offer message once: rate limit", Fault{Effect: Effect{Provider: ProviderRate}, Times: 1}),
}

func offers(code int, about string, f Fault) FateRow {
	f.Match.Operation = "encore.offersMessage"
	f.Match.WellFormed = (f.Status != 0) || f.Counts()
	return fated(code, about, f)
}

func messages(code int, about string, f Fault) FateRow {
	f.Match.OfferMessage = true
	return fated(code, about, f)
}

func fated(code int, about string, f Fault) FateRow {
	f.ID = fmt.Sprintf("fate-%d", code)
	return FateRow{code, about, f}
}

// Fates lists the fates.
func Fates() []FateRow { return slices.Clone(fates) }

// Lengths of ids that can name a fate: a North American number of 11 digits,
// or a PSID or IGSID, which are longer than any mobile number in use.
const (
	phoneDigits  = 11
	scopedDigits = 15
)

// Fate returns the fault that a customer's number asks for: a phone number
// 1500NNN0XXX, with or without a plus, or a PSID or IGSID of 15 digits or more
// that ends in 500NNN0XXX, where NNN is 200 to 999 and XXX the fate. The fault
// is valid and complete, so Armed{Fault: f, At: now} is ready for Decide. For
// a fate that counts (Fault.Counts) the caller keeps the counters with the
// customer's thread, under the fault's id.
func Fate(customer string) (Fault, bool) {
	digits := strings.TrimPrefix(customer, "+")
	phone := len(digits) == phoneDigits && digits[0] == '1'
	if !phone && len(digits) < scopedDigits {
		return Fault{}, false
	}
	code, ok := fateCode(digits[len(digits)-10:])
	if !ok {
		return Fault{}, false
	}
	for i := range fates {
		if fates[i].Code == code {
			return fates[i].Fault, true
		}
	}
	return Fault{}, false
}

// fateCode reads XXX out of 500NNN0XXX.
func fateCode(ending string) (code int, ok bool) {
	for _, c := range []byte(ending) {
		if c < '0' || c > '9' {
			return 0, false
		}
		code = (code*10 + int(c-'0')) % 1000
	}
	return code, ending[:3] == "500" && ending[3] >= '2' && ending[6] == '0'
}

// FateEnding makes the ten digits 500NNN0XXX that ask for a fate, NNN drawn
// from a random number: a phone number is "1" and these, a PSID or IGSID at
// least five digits and these.
func FateEnding(code int, random uint64) string {
	return fmt.Sprintf("500%03d0%03d", 200+random%800, code)
}
