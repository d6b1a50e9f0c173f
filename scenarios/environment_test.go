package scenarios_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// TestEnvironment holds the names, which examples and users' files depend on,
// and whose values they are.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	noPage := fakes.Operator{ClientID: "client-7", Name: "Sole", PhoneNumberID: "106540352242999", Number: "15550783999", WABA: "102290129340999"}
	for _, c := range []struct {
		name    string
		options scenarios.Options
		want    []scenarios.Variable
	}{
		{"the first operator by default", scenarios.Options{Seed: 1}, []scenarios.Variable{
			{"ENCORE_BASE_URL", "http://x"}, {"ENCORE_API_KEY", "pk_test_sandbox"}, {"GRAPH_BASE_URL", "http://x"}, {"GRAPH_ACCESS_TOKEN", "EAAsandbox"},
			{"META_APP_SECRET", "sandbox-app-secret"}, {"META_VERIFY_TOKEN", "sandbox-verify-token"},
			{"WHATSAPP_PHONE_NUMBER_ID", "106540352242922"}, {"MESSENGER_PAGE_ID", "104895545712345"}, {"INSTAGRAM_ACCOUNT_ID", "17841405793187218"},
			{"KALEYRA_BASE_URL", "http://x"}, {"KALEYRA_SID", "HXAP1691385017IN"}, {"KALEYRA_API_KEY", "sandbox-kaleyra-key"}, {"KALEYRA_SENDER", "+15550783881"},
			{"INTERAKT_BASE_URL", "http://x"}, {"INTERAKT_API_KEY", "sandbox-interakt-tonys"}, {"INTERAKT_WEBHOOK_SECRET", "sandbox-interakt-secret"},
			{"ZOKO_BASE_URL", "http://x"}, {"ZOKO_API_KEY", "sandbox-zoko-tonys"},
			{"OPERATOR_CLIENT_ID", "client-42"}, {"OPERATOR_CLIENT_NAME", "Tony's Pizza"}, {"SANDBOX_URL", "http://x"},
		}},
		{
			"an operator without a page, and secrets of one's own",
			scenarios.Options{Seed: 1, AppSecret: "s", VerifyToken: "v", Config: scenarios.Config{Operators: []scenarios.OperatorEntry{{Operator: noPage}}}},
			[]scenarios.Variable{
				{"ENCORE_BASE_URL", "http://x"}, {"ENCORE_API_KEY", "pk_test_sandbox"}, {"GRAPH_BASE_URL", "http://x"}, {"GRAPH_ACCESS_TOKEN", "EAAsandbox"},
				{"META_APP_SECRET", "s"}, {"META_VERIFY_TOKEN", "v"}, {"WHATSAPP_PHONE_NUMBER_ID", "106540352242999"},
				{"OPERATOR_CLIENT_ID", "client-7"}, {"OPERATOR_CLIENT_NAME", "Sole"}, {"SANDBOX_URL", "http://x"},
			},
		},
	} {
		if diff := cmp.Diff(c.want, newSandbox(t, c.options).Environment("http://x")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
