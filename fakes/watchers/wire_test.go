package watchers_test

import (
	"encoding/json"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
)

// TestCurl sends the samples by curl itself, with the quotes that they print
// around their values, to a server on a port.
func TestCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	w := newWorld(t, watchers.Config{})
	server := httptest.NewServer(w.sb)
	t.Cleanup(server.Close)
	call := func(method, path string, form ...string) string {
		args := []string{"--silent", "-X", method, server.URL + path, "-H", "x-api-key: key", "-H", "Authorization: Bearer token"}
		for _, f := range form {
			args = append(args, "--form", f)
		}
		out, err := exec.CommandContext(t.Context(), curl, args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	common := []string{`link="` + linkURL + `"`, `showFrerquency="DAILY"`, `showDelayMS="0"`, `startTime="2024-05-22T12:00:01.000Z"`, `type="GLOBAL"`}
	text := append([]string{`template="10"`, `title="Title"`, `text="Text"`, `linkText="Click me"`, `templateData="` + strings.ReplaceAll(lookText, `"`, `\"`) + `"`}, common...)
	image := append([]string{`template="11"`, `pic="` + pictureURL + `"`}, common...)

	offer := map[string]any{}
	for _, step := range []struct {
		name, got, want string
	}{
		{"a text", call("POST", offersPath, text...), w.form("POST", offersPath, sampleText()).body},
		{"a picture", call("POST", offersPath, image...), w.form("POST", offersPath, sampleImage()).body},
		{"a change of a text", call("PATCH", offersPath+"/1", text...), w.form("PATCH", offersPath+"/1", sampleText()).body},
		{"a change of a picture, with two slashes", call("PATCH", offersPath+"//2", image...), w.form("PATCH", offersPath+"/2", sampleImage()).body},
		{"a list", call("GET", offersPath+"?limit=10&offset=0"), w.json("GET", offersPath+"?limit=10&offset=0", nil).body},
		{"one", call("GET", offersPath+"/1"), w.json("GET", offersPath+"/1", nil).body},
		{"deleting", call("DELETE", offersPath+"/1"), "true"},
	} {
		var got, want any
		if json.Unmarshal([]byte(step.got), &got) != nil || json.Unmarshal([]byte(step.want), &want) != nil {
			t.Fatalf("%s: %s", step.name, step.got)
		}
		for _, v := range []any{got, want} {
			if m, ok := v.(map[string]any); ok && m["offer"] != nil {
				offer = m["offer"].(map[string]any)
				delete(offer, "id") // they are two calls
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-in process +curl):\n%s", step.name, diff)
		}
	}
	if offer["link"] != linkURL {
		t.Errorf("the last offer published is %v", offer)
	}
}
