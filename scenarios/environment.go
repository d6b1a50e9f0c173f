package scenarios

import (
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/sim"
)

// Variable is one setting that an integrator needs, as a variable of its
// environment.
type Variable struct{ Name, Value string }

// Environment is what an integrator needs to know to be played by this sandbox
// under a base URL (without a slash at its end): addresses, ids, keys and
// secrets of the first operator, under the names that every example of this
// repository reads. Their order is that of `encore-sandbox env`; a channel on
// which the operator has no account has no variable.
func (sb *Sandbox) Environment(base string) []Variable { return sb.environment(base, nil) }

// EnvironmentOf is Environment for an integrator that belongs to a workspace,
// with the workspace's own credentials.
func (sb *Sandbox) EnvironmentOf(ws *sim.Workspace, base string) []Variable {
	all := sb.environment(base, sb.credentials(ws))
	if _, made := ws.Made(); made {
		control, _ := ws.Tokens()
		all = append(all, Variable{"SANDBOX_WORKSPACE", ws.Name}, Variable{"SANDBOX_TOKEN", control})
	}
	return all
}

// credentials are those that a workspace's integrator has to use, by the names
// of sim.Mint; none where the usual ones will do.
func (sb *Sandbox) credentials(ws *sim.Workspace) map[string]string {
	all := ws.Credentials()
	_, made := ws.Made()
	switch {
	case made:
		return all
	case !sb.options.Strict:
		return nil
	}
	for _, secret := range []string{"meta.appSecret", "meta.verifyToken", "interakt.secret"} {
		delete(all, secret) // they sign as they are configured
	}
	return all
}

func (sb *Sandbox) environment(base string, own map[string]string) []Variable {
	operator := sb.options.Config.operators()[0]
	all := []Variable{
		{"ENCORE_BASE_URL", base},
		{"ENCORE_API_KEY", or(own["encore.key"], EncoreKey)},
		{"GRAPH_BASE_URL", base},
		{"GRAPH_ACCESS_TOKEN", or(own["meta.token"], GraphToken)},
		{"META_APP_SECRET", or(own["meta.appSecret"], or(sb.options.AppSecret, fakes.AppSecret))},
		{"META_VERIFY_TOKEN", or(own["meta.verifyToken"], or(sb.options.VerifyToken, fakes.VerifyToken))},
		{"WHATSAPP_PHONE_NUMBER_ID", operator.PhoneNumberID},
		{"MESSENGER_PAGE_ID", operator.Page},
		{"INSTAGRAM_ACCOUNT_ID", operator.Instagram},
		{"KALEYRA_BASE_URL", base},
		{"KALEYRA_SID", or(sb.options.Config.Kaleyra.SID, fakes.KaleyraSID)},
		{"KALEYRA_API_KEY", or(own["kaleyra.key"], fakes.KaleyraKey)},
		{"KALEYRA_SENDER", operator.Kaleyra},
		{"INTERAKT_BASE_URL", base},
		{"INTERAKT_API_KEY", or(own["interakt.key."+operator.Interakt], operator.InteraktKey)},
		{"INTERAKT_WEBHOOK_SECRET", or(own["interakt.secret"], or(sb.options.Config.Interakt.Secret, fakes.InteraktSecret))},
		{"ZOKO_BASE_URL", base},
		{"ZOKO_API_KEY", or(own["zoko.key."+operator.Zoko], operator.ZokoKey)},
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
