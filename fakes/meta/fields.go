package meta

import (
	"fmt"

	"github.com/encore-sandbox/sandbox/sim"
)

// fields answers with the members of a node that the query asks for, all when
// it asks for none.
func (f *fake) fields(c *sim.Call, node map[string]any, kind string) (sim.Answer, error) {
	asked := c.URL.Query().Get("fields")
	if asked == "" {
		return answered(c, node)
	}
	out, problem := selected(node, asked, kind)
	if problem != nil {
		return fail(c, problem)
	}
	return answered(c, out)
}

// selected are the members of a node that a fields parameter names, and always
// its id (Graph API, field expansion; what is in braces is not narrowed).
func selected(node map[string]any, asked, kind string) (map[string]any, *Error) {
	out := map[string]any{"id": node["id"]}
	for _, field := range fieldsOf(asked) {
		name := field.Name
		value, there := node[name]
		if !there {
			e := NewError(100, "")
			e.Message, e.Details = fmt.Sprintf("(#100) Tried accessing nonexisting field (%s) on node type (%s)", name, kind), ""
			return nil, e
		}
		out[name] = value
	}
	return out, nil
}
