// Package quick reads JSON text at a fraction of the usual cost where the text
// is in order, and leaves everything else to those who can word what is wrong:
//
//	schema ─▶ Compile ─▶ Shape ─▶ Accepts(text): yes, or ask kin-openapi
//	text ─▶ Members, Plain ─▶ pieces of the text, or ask encoding/json
package quick

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Compile makes the quick check of a schema. It returns nil where the schema
// has something that the check does not know: kin-openapi then decides alone.
func Compile(s *openapi3.Schema) *Shape {
	out, ok := compiler{}.schema(s)
	if !ok {
		return nil
	}
	return out
}

// compiler holds the schemas on the way down, to stop at recursion.
type compiler struct{ above []*openapi3.Schema }

func (c compiler) schema(s *openapi3.Schema) (*Shape, bool) {
	if s == nil || foreign(s) {
		return nil, false
	}
	for _, a := range c.above {
		if a == s {
			return nil, false
		}
	}
	c.above = append(c.above[:len(c.above):len(c.above)], s)
	out := &Shape{null: s.Nullable}
	ok := true
	for _, part := range s.AllOf {
		compiled, fine := c.schema(part.Value)
		ok = ok && fine
		out.all = append(out.all, compiled)
	}
	if len(s.OneOf) > 0 {
		variants, fine := c.variants(s)
		out.variants, ok = variants, ok && fine && s.Type == nil && len(s.Enum) == 0
		out.null = out.null || (ok && variants.nulls() == 1)
		return out, ok
	}
	for _, part := range s.AnyOf {
		compiled, fine := c.schema(part.Value)
		ok = ok && fine
		out.some = append(out.some, compiled)
	}
	if len(s.AnyOf) > 0 {
		return out, ok && s.Type == nil && len(s.AllOf) == 0 && len(s.Enum) == 0
	}
	if anything(s) {
		out.any = true
		return out, true
	}
	if s.Type == nil {
		return out, ok && len(s.AllOf) > 0 && len(s.Properties) == 0 && len(s.Enum) == 0
	}
	for _, kind := range s.Type.Slice() {
		ok = c.kind(out, s, kind) && ok
	}
	return out, ok
}

// anything tells a schema that takes every value, and null where it says so.
func anything(s *openapi3.Schema) bool {
	plain := *s
	plain.Nullable = false
	return plain.IsEmpty() && len(s.AllOf) == 0
}

// foreign tells what the quick check does not know.
func foreign(s *openapi3.Schema) bool {
	return s.Not != nil || s.UniqueItems || s.MultipleOf != nil || s.MinProps > 0 || s.MaxProps != nil ||
		s.ExclusiveMin.IsTrue() || s.ExclusiveMax.IsTrue() || s.ReadOnly || s.WriteOnly || s.Default != nil || s.Always != nil
}

func (c compiler) kind(out *Shape, s *openapi3.Schema, kind string) (ok bool) {
	switch kind {
	case openapi3.TypeObject:
		out.object, ok = c.object(s)
	case openapi3.TypeArray:
		out.array, ok = c.array(s)
	case openapi3.TypeString:
		out.text, ok = text(s)
	case openapi3.TypeNumber, openapi3.TypeInteger:
		out.number = &numberShape{integer: kind == openapi3.TypeInteger, min: s.Min, max: s.Max}
		ok = len(s.Enum) == 0 && (s.Format == "" || s.Format == "int64")
	case openapi3.TypeBoolean:
		out.yes, out.no, ok = allows(s.Enum, true), allows(s.Enum, false), true
	case "null":
		out.null, ok = true, true
	}
	return ok
}

func (c compiler) object(s *openapi3.Schema) (*objectShape, bool) {
	o := &objectShape{props: map[string]*property{}, open: true}
	if len(s.Enum) > 0 || len(s.Properties) > 64 {
		return nil, false
	}
	for name, ref := range s.Properties {
		compiled, ok := c.schema(ref.Value)
		if !ok {
			return nil, false
		}
		o.props[name] = &property{shape: compiled, bit: 1 << len(o.props)}
	}
	for _, name := range s.Required {
		p := o.props[name]
		if p == nil {
			return nil, false
		}
		o.required |= p.bit
	}
	if has := s.AdditionalProperties.Has; has != nil {
		o.open = *has
	}
	if ref := s.AdditionalProperties.Schema; ref != nil {
		compiled, ok := c.schema(ref.Value)
		if !ok {
			return nil, false
		}
		o.other = compiled
	}
	return o, true
}

func (c compiler) array(s *openapi3.Schema) (*arrayShape, bool) {
	if s.Items == nil || len(s.Enum) > 0 {
		return nil, false
	}
	items, ok := c.schema(s.Items.Value)
	a := &arrayShape{items: items, min: int(s.MinItems), max: -1}
	if s.MaxItems != nil {
		a.max = int(*s.MaxItems)
	}
	return a, ok
}

func text(s *openapi3.Schema) (*textShape, bool) {
	t := &textShape{min: int(s.MinLength), max: -1}
	if s.MaxLength != nil {
		t.max = int(*s.MaxLength)
	}
	for _, v := range s.Enum {
		word, ok := v.(string)
		if !ok {
			return nil, false
		}
		if t.enum == nil {
			t.enum = map[string]bool{}
		}
		t.enum[word] = true
	}
	if s.Pattern != "" {
		pattern, err := NewPattern(s.Pattern)
		if err != nil {
			return nil, false
		}
		t.pattern = pattern
	}
	t.format = openapi3.SchemaStringFormats[s.Format]
	return t, true
}

func (c compiler) variants(s *openapi3.Schema) (*variantShape, bool) {
	d := s.Discriminator
	if d == nil || d.PropertyName == "" || len(d.Mapping) == 0 {
		return nil, false
	}
	v := &variantShape{property: d.PropertyName, by: map[string]*Shape{}}
	mapped := map[string]bool{}
	for name, target := range d.Mapping {
		for _, ref := range s.OneOf {
			if ref.Ref == "" || !strings.HasSuffix(ref.Ref, "/"+lastPart(target.Ref)) {
				continue
			}
			compiled, ok := c.schema(ref.Value)
			if !ok {
				return nil, false
			}
			v.by[name], mapped[ref.Ref] = compiled, true
		}
	}
	// null meets every variant, a mapped one or not.
	return v, len(v.by) == len(d.Mapping) && len(mapped) == len(s.OneOf)
}

// Text is the quick check of a text that stands alone, such as a part of a
// path, or nil where there is none.
func Text(s *openapi3.Schema) func(text string) bool {
	compiled, ok := compiler{}.schema(s)
	if !ok || compiled.text == nil || !s.Type.Is(openapi3.TypeString) || len(s.AllOf) > 0 {
		return nil
	}
	return compiled.text.fits
}

func allows(enum []any, value bool) bool { return len(enum) == 0 || slices.Contains(enum, any(value)) }

// nulls counts the variants that null fits: a oneOf takes it when one does.
func (v *variantShape) nulls() (n int) {
	for _, variant := range v.by {
		if variant.null {
			n++
		}
	}
	return n
}

func lastPart(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
