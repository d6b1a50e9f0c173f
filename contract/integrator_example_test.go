package contract_test

import (
	"net/http"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// The body of a test that puts an integration of one's own through every story,
// each in a bubble of its own: TestMyIntegration/cap-reached/whatsapp.
func ExampleIntegrator() {
	_ = func(t *testing.T) { // func TestMyIntegration(t *testing.T)
		contract.Integrator(t, contract.IntegratorOptions{
			Options: contract.Options{InMemory: true},
			New: func(_ testing.TB, sb *contract.Sandbox) http.Handler {
				return &shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()}
			},
		})
	}
}

// One that runs elsewhere, say in a container, and was given the sandbox's
// address beforehand. Its cap is two, as Config says.
func ExampleIntegrator_elsewhere() {
	_ = func(t *testing.T) { // func TestMyIntegration(t *testing.T)
		two := 2
		contract.Integrator(t, contract.IntegratorOptions{
			Options: contract.Options{
				Addr: "127.0.0.1:8080", Webhook: "http://127.0.0.1:3000/webhook",
				Config: scenarios.Config{Operators: []scenarios.OperatorEntry{{Operator: fakes.Operators()[0], Cap: &two}}},
			},
		})
	}
}

// The little integration of these examples makes one offer in a thread, whatever
// the idle gap, and believes every webhook; these stories it can tell.
func TestExampleIntegrator(t *testing.T) {
	one := 1
	contract.Integrator(t, contract.IntegratorOptions{
		Options: contract.Options{
			InMemory: true,
			Config:   scenarios.Config{Operators: []scenarios.OperatorEntry{{Operator: fakes.Operators()[0], Cap: &one}}},
		},
		New: func(_ testing.TB, sb *contract.Sandbox) http.Handler {
			return &shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()}
		},
		Scenarios: []string{"first-message", "no-fill", "throttled", "error-500"},
	})
}
