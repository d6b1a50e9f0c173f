package scenarios

import (
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes"
)

// Variable is one setting that an integrator needs, as a variable of its
// environment.
type Variable struct{ Name, Value string }

// Environment is what an integrator needs to know to be played by this sandbox
// under a base URL (without a slash at its end): addresses, ids, keys and
// secrets of the first operator, under the names that every example of this
// repository reads. Their order is that of `encore-sandbox env`; a channel on
// which the operator has no account has no variable.
func (sb *Sandbox) Environment(base string) []Variable {
	operator := sb.options.Config.operators()[0]
	all := []Variable{
		{"ENCORE_BASE_URL", base},
		{"ENCORE_API_KEY", EncoreKey},
		{"GRAPH_BASE_URL", base},
		{"GRAPH_ACCESS_TOKEN", GraphToken},
		{"META_APP_SECRET", or(sb.options.AppSecret, fakes.AppSecret)},
		{"META_VERIFY_TOKEN", or(sb.options.VerifyToken, fakes.VerifyToken)},
		{"WHATSAPP_PHONE_NUMBER_ID", operator.PhoneNumberID},
		{"MESSENGER_PAGE_ID", operator.Page},
		{"INSTAGRAM_ACCOUNT_ID", operator.Instagram},
		{"KALEYRA_BASE_URL", base},
		{"KALEYRA_SID", or(sb.options.Config.Kaleyra.SID, fakes.KaleyraSID)},
		{"KALEYRA_API_KEY", fakes.KaleyraKey},
		{"KALEYRA_SENDER", operator.Kaleyra},
		{"INTERAKT_BASE_URL", base},
		{"INTERAKT_API_KEY", operator.InteraktKey},
		{"INTERAKT_WEBHOOK_SECRET", or(sb.options.Config.Interakt.Secret, fakes.InteraktSecret)},
		{"ZOKO_BASE_URL", base},
		{"ZOKO_API_KEY", operator.ZokoKey},
		{"OPERATOR_CLIENT_ID", operator.ClientID},
		{"OPERATOR_CLIENT_NAME", operator.Name},
		{"SANDBOX_URL", base},
	}
	return slices.DeleteFunc(all, func(v Variable) bool { return v.Value == "" || elsewhere(operator, v.Name) })
}

// elsewhere tells of a variable of a provider with which the operator has no account.
func elsewhere(o fakes.Operator, name string) bool {
	provider, _, _ := strings.Cut(name, "_")
	account, known := map[string]string{"KALEYRA": o.Kaleyra, "INTERAKT": o.Interakt, "ZOKO": o.Zoko}[provider]
	return known && account == ""
}
