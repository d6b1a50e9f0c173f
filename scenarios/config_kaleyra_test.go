package scenarios_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

// K13 by settings: what is written in sandbox.yaml is what Kaleyra answers.
func TestK13KaleyraOfTheFile(t *testing.T) {
	t.Parallel()
	const message = `{"messaging_object":{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"Hello"}}}`
	for _, c := range []struct{ file, status, want string }{
		{"", "202 Accepted", `"code":"WA202"`},
		{"kaleyra: {balance: 0}\n", "400 Bad Request", `"code":"E110"`},
		{"kaleyra: {balance: 1}\n", "202 Accepted", `"code":"WA202"`},
		{"kaleyra: {unavailable: true}\n", "401 Unauthorized", `"error":{"account":"API is not available for given customer.`},
		{"kaleyra: {v1: [\"+15550783881\"]}\n", "401 Unauthorized", `"error":{"phone_number":"The phone number you're using is associated with different Version`},
		{"kaleyra: {sid: HXAP2IN}\n", "401 Unauthorized", `"code":"RBC001"`},
		{"kaleyra: {messageIds: short}\n", "202 Accepted", `"message_id":"A`},
		{"faults: [{preset: kaleyra-daily-limit}]\n", "429 Too Many Requests", `"code":"WAV2101"`},
		{"faults: [{preset: kaleyra-internal-error}]\n", "500 Internal Server Error", `"code":"WA500"`},
	} {
		status, body := sentWith(t, c.file, message)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("with %q: answered %s %s, want %s with %s", c.file, status, body, c.status, c.want)
		}
	}
}

// sentWith sends a message through Kaleyra in a sandbox of a file.
func sentWith(t *testing.T, file, message string) (status, body string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sandbox.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := scenarios.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	sb, err := scenarios.New(scenarios.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://api.in.kaleyra.io/v2/HXAP1691385017IN/whatsapp/+15550783881/messages", strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("api-key", "A1")
	resp, err := sim.Transport{Handler: sb}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status, string(out)
}
