package meta

import "github.com/encore-sandbox/sandbox/sim/fault"

// provision is how Meta words a refusal that a fault asks the provider for.
type provision struct {
	effect  string
	code    int // WhatsApp's
	social  int // of Messenger and Instagram
	subcode int // of social; 0: none, or that of the product's window
}

// provisions are the refusals that Meta knows. What is not in the table is
// accepted.
var provisions = []provision{
	{effect: fault.ProviderInvalid, code: 100, social: 100},
	{effect: fault.ProviderWindow, code: 131047, social: 10},
	{effect: fault.ProviderRate, code: 131056, social: 613},
	{effect: fault.ProviderOutage, code: 131000, social: 2},
	{effect: fault.ProviderAccount, code: 131031, social: 10, subcode: 1893063},
	{effect: fault.ProviderBalance, code: 131042, social: 10, subcode: 1893063},
	{effect: fault.ProviderDaily, code: 131048, social: 613},
	{effect: fault.ProviderPerson, code: 131026, social: 551, subcode: 1545041},
}

// toldToRefuse is what is said where the sandbox has no other reason.
const toldToRefuse = "the sandbox was told to refuse this message"

// provided words the refusals that a fault asks the provider for; nil for none.
func provided(effect string) *Error {
	for _, p := range provisions {
		switch {
		case p.effect != effect:
		case effect == fault.ProviderInvalid:
			return NewError(p.code, toldToRefuse)
		default:
			return NewError(p.code, "")
		}
	}
	return nil
}

// provided is the same in the words of Messenger or Instagram.
func (s surface) provided(effect string) *Error {
	for _, p := range provisions {
		switch {
		case p.effect != effect:
		case effect == fault.ProviderInvalid:
			return paramError("Invalid parameter: " + toldToRefuse)
		case effect == fault.ProviderWindow:
			return NewSubError(p.social, s.Window)
		default:
			return NewSubError(p.social, p.subcode)
		}
	}
	return nil
}
