package watchers

import (
	"encoding/json"
	"regexp"
	"slices"
)

// look is how a text widget looks: its templateData, decoded (Marketing Offers
// API, TemplateData).
type look struct {
	Alignment, Background, Button, ButtonText, Text string

	Gradient            bool
	From, To, Direction string
}

// templateData reads the look of a widget. It is kept as the text that came.
func (r *reader) templateData(name string, into **string) {
	v, ok := r.given(name)
	if !ok {
		return
	}
	text, isText := v.object()
	before := len(r.problems)
	if isText {
		r.look(text)
	} else {
		r.fail("templateData must be an object, or its JSON in a string")
	}
	if len(r.problems) == before {
		*into = &text
	}
}

// lookOf reads the look out of templateData that was accepted.
func lookOf(text string) look { return (&reader{}).look(text) }

// look reads templateData. Colours that a browser may not know are remarked on
// and not refused: the document says no more than that they are strings.
func (r *reader) look(text string) (l look) {
	var members map[string]any
	if json.Unmarshal([]byte(text), &members) != nil || members == nil {
		r.fail("templateData must be an object, or its JSON in a string")
		return l
	}
	r.flag(members, &l.Gradient)
	texts := []struct {
		name     string
		into     *string
		gradient bool // matters with a gradient only
		form     *regexp.Regexp
	}{
		{"alignment", &l.Alignment, false, alignments}, {"bgColor", &l.Background, false, colours}, {"btnColor", &l.Button, false, colours},
		{"btnTextColor", &l.ButtonText, false, colours}, {"textColor", &l.Text, false, colours},
		{"gradientFrom", &l.From, true, colours}, {"gradientTo", &l.To, true, colours}, {"gradientDirection", &l.Direction, true, directions},
	}
	for _, t := range texts {
		member, there := members[t.name]
		s, isText := member.(string)
		switch {
		case !there && t.gradient && !l.Gradient:
			r.remark("templateData.%s is missing, which the document requires; without a gradient it is not used", t.name)
		case !isText:
			r.fail("templateData.%s must be a string", t.name)
		case !t.form.MatchString(s):
			r.remark("templateData.%s %q is nothing that the sandbox's rooms draw; write it as %s", t.name, s, sample(t.form))
		default:
			*t.into = s
		}
	}
	return l
}

// flag reads gradient, a boolean, also as text.
func (r *reader) flag(members map[string]any, into *bool) {
	switch v := members["gradient"]; v {
	case true, "true":
		*into = true
	case false, "false":
	default:
		r.fail("templateData.gradient must be a boolean value, true or false")
	}
}

// What a look may say so that it can be written into a style as it is: nothing
// of these can end a declaration.
var (
	alignments = regexp.MustCompile(`^(left|center|right|start|end)$`)
	colours    = regexp.MustCompile(`^(#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[a-zA-Z]{3,24}|(rgb|hsl)a?\([0-9., %/]{1,48}\))$`)
	directions = regexp.MustCompile(`^(-?[0-9]{1,4}(\.[0-9]{1,4})?(deg|grad|rad|turn)|to (top|bottom|left|right)( (left|right))?)$`)
)

func sample(form *regexp.Regexp) string {
	samples := []string{"center", "#1890bf", "135deg"}
	return samples[slices.Index([]*regexp.Regexp{alignments, colours, directions}, form)]
}
