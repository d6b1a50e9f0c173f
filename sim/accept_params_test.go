package sim

import (
	"net/http"
	"net/url"
	"os"
	"testing"
)

// TestQuickParametersNeverDiffer: where the quick check of the parameters says
// yes, kin-openapi does. Every operation of every document is tried with paths
// and queries good and bad.
func TestQuickParametersNeverDiffer(t *testing.T) {
	t.Parallel()
	tried, quick := 0, 0
	for _, file := range documents {
		for _, op := range operationsOf(t, file) {
			for _, value := range []string{"106540352242922", "me", "", "m e", "x", "1.5", "abc/def", "t_104"} {
				for _, query := range []string{"", "fields=id", "limit=x&fields=", "limit=2&from=0&n=1"} {
					c := paramCall(t, op, value, query)
					tried++
					if said, problems := quickly(op, c), op.slowProblems(c); said && len(problems) > 0 {
						t.Errorf("%s with %q and ?%s: the quick check accepts what has %q", op.id, value, query, problems)
					} else if said {
						quick++
					}
				}
			}
		}
	}
	if tried < 500 || quick < 50 {
		t.Errorf("%d calls were tried and %d passed quickly; that tests little", tried, quick)
	}
}

func operationsOf(t *testing.T, file string) []*operation {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sp, err := loadSpec(data)
	if err != nil {
		t.Fatal(err)
	}
	return sp.operations
}

// paramCall is a call whose path parameters are all the same.
func paramCall(t *testing.T, op *operation, value, query string) *Call {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), op.method, "http://127.0.0.1:8080/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &Call{URL: &url.URL{RawQuery: query}, Header: r.Header, Params: map[string]string{}, request: r}
	for _, p := range op.quick().params {
		if p.in == "path" {
			c.Params[p.name] = value
		}
	}
	return c
}

func quickly(op *operation, c *Call) bool {
	for _, p := range op.quick().params {
		if !p.accepts(c) {
			return false
		}
	}
	return true
}
