package sim

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox/sim/quick"
)

// paramShape is a parameter compiled to a quick check, which like a quick.Shape says
// yes only where kin-openapi would.
type paramShape struct {
	in, name string
	required bool
	text     func(string) bool // of a path parameter that is a text; nil for others
}

// compileParams makes the quick checks of an operation's parameters.
func compileParams(o *operation) []paramShape {
	var out []paramShape
	for _, p := range slices.Concat(o.route.PathItem.Parameters, o.route.Operation.Parameters) {
		shape := paramShape{in: p.Value.In, name: p.Value.Name, required: p.Value.Required}
		if s := p.Value.Schema; shape.in == openapi3.ParameterInPath && s != nil && s.Value.Type.Is(openapi3.TypeString) && p.Value.Style == "" {
			shape.text = quick.Text(s.Value)
		}
		out = append(out, shape)
	}
	return out
}

// accepts tells that a call's parameter is in order, or absent and may be so.
func (p paramShape) accepts(c *Call) bool {
	switch p.in {
	case openapi3.ParameterInPath:
		v := c.Params[p.name]
		return p.text != nil && v != "" && p.text(v)
	case openapi3.ParameterInQuery:
		return !p.required && c.URL.RawQuery == ""
	case openapi3.ParameterInHeader:
		return !p.required && len(c.Header.Values(p.name)) == 0
	}
	return false
}
