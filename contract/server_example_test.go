package contract_test

import (
	"net/http/httptest"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// The body of a test that holds a server of one's own, here the sandbox's fake,
// to Encore's contract. Every clause becomes a subtest.
func ExampleServer() {
	_ = func(t *testing.T) { // func TestMyEncore(t *testing.T)
		encore, err := scenarios.New(scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(encore)
		defer server.Close()
		contract.Server(t, contract.ServerOptions{URL: server.URL, Key: "pk_test_mine", Client: server.Client()})
	}
}
