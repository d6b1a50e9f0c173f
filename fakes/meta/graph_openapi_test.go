package meta_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/openapitest"
)

// TestSocialExamples holds that the request examples are read without a
// complaint and that the errors of the examples are the package's own.
func TestSocialExamples(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, meta.OpenAPI())
	for path, instagram := range map[string]bool{"/{object}/messages#page": false, "/{object}/messages#instagram": true} {
		content := doc.Paths.Value(path).Post.RequestBody.Value.Content
		for name, example := range content.Get("application/json").Examples {
			s, err := meta.ParseSocial(plain(t, example.Value.Value).(map[string]any), meta.SocialRules{Instagram: instagram})
			if err != nil || s.To == "" {
				t.Errorf("%s of %s: %v", name, path, err)
			}
		}
		for _, form := range []string{"application/x-www-form-urlencoded", "multipart/form-data"} {
			if content[form] == nil {
				t.Errorf("%s does not say that it takes %s", path, form)
			}
		}
	}
	seen := 0
	for name, response := range doc.Components.Responses {
		if strings.HasPrefix(name, "Social") {
			seen += knownErrors(t, name, response.Value)
		}
	}
	if seen < 12 {
		t.Errorf("%d errors in the examples", seen)
	}
}

// knownErrors compares the errors in a response's examples with the table.
func knownErrors(t *testing.T, name string, response *openapi3.Response) (seen int) {
	t.Helper()
	for key, example := range response.Content.Get("application/json").Examples {
		e := plain(t, example.Value.Value).(map[string]any)["error"].(map[string]any)
		code, _ := e["code"].(float64)
		subcode, _ := e["error_subcode"].(float64)
		want := meta.NewSubError(int(code), int(subcode))
		text, _ := e["message"].(string)
		if own := code == 100 && subcode != 2018001; !own && text != want.Message || e["type"] != want.Type || want.Transient != (e["is_transient"] == true) {
			t.Errorf("%s.%s says %q, the table %q", name, key, text, want.Message)
		}
		seen++
	}
	return seen
}
