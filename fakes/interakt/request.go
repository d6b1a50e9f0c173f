package interakt

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// Limits of Interakt's help page, in characters and buttons.
const (
	maxCallbackData  = 512
	maxPayload       = 128
	maxQuickReplies  = 3
	maxButtons       = 10 // WhatsApp's own limit
	typeTemplate     = "Template"
	misspeltCallback = "callback_data"
)

// Send is one call of POST /v1/public/message/.
type Send struct {
	To           Phone
	Type         string // Template, Text, Image, …
	CallbackData string // which webhooks repeat
	HasCallback  bool
	CampaignID   string
	Category     string        // template_category
	Template     *TemplateSend // of Template
	Session      *Session      // of every other type
	Content      note.Content  // what the customer sees, as far as that is known without the template
	Remarks      []string
}

// TemplateSend is the template of a send with what fills it.
type TemplateSend struct {
	Name     string
	Language string
	FileName string
	Values   meta.Values
	Payloads map[int]string // of quick replies, by their place
	Cards    int            // of a carousel
}

// ParseSend reads the decoded body of a send as far as it can be judged without
// knowing the account's templates (Interakt's help page; its Postman collection
// for session messages). The number is checked first. The error is what
// Interakt would answer, a 400; the Send is never nil and holds what could be
// read.
func ParseSend(body map[string]any) (*Send, *Error) {
	r := &reader{}
	s := &Send{}
	var ok bool
	if s.To, _, ok = readPhone(body); !ok {
		r.fail(badPhone())
	}
	s.Type = r.text(body, "type")
	s.CallbackData, s.HasCallback = r.callback(body)
	s.CampaignID = r.optional(body, "campaignId")
	s.Category = r.optional(body, "template_category")
	r.optional(body, "userId")
	if _, there := body[misspeltCallback]; there && !s.HasCallback {
		s.Remarks = append(s.Remarks, misspeltCallback+" is how webhooks spell it; send callbackData, else nothing is returned")
	}
	r.typed(body, s)
	if r.problem != nil {
		s.Content.Links = link.FromJSON(body)
	}
	return s, r.problem
}

// typed reads what the type of the message asks for.
func (r *reader) typed(body map[string]any, s *Send) {
	if s.Type == typeTemplate {
		s.Template = r.template(r.object(body, "template"))
		s.Content = s.Template.guess()
		if s.Template.Cards > 0 {
			s.Remarks = append(s.Remarks, "carouselCards are taken and not shown: the sandbox has no carousels")
		}
		return
	}
	i := slices.IndexFunc(sessionTypes, func(t sessionType) bool { return t.name == s.Type })
	if i < 0 {
		r.fail(correct("type '%s' is not supported", s.Type))
		return
	}
	s.Session = &Session{}
	sessionTypes[i].read(r, r.object(body, "data"), s)
}

// reader reads a request and keeps the first thing that is wrong with it. It
// goes on after that, so that a refused request is known as far as it can be.
type reader struct{ problem *Error }

func (r *reader) fail(e *Error) {
	if r.problem == nil {
		r.problem = e
	}
}

// object reads a required object.
func (r *reader) object(o map[string]any, field string) map[string]any {
	inner, isObject := o[field].(map[string]any)
	if !isObject {
		r.fail(correct("%s is required and has to be an object", field))
	}
	return inner
}

// text reads a required string.
func (r *reader) text(o map[string]any, field string) string {
	text := r.optional(o, field)
	if text == "" {
		r.fail(correct("%s is required", field))
	}
	return text
}

// optional reads a string that may be absent, null or empty.
func (r *reader) optional(o map[string]any, field string) string {
	text, isText := o[field].(string)
	if o[field] != nil && !isText {
		r.fail(correct("%s has to be a string", field))
	}
	return text
}

func (r *reader) callback(o map[string]any) (data string, given bool) {
	data = r.optional(o, "callbackData")
	if n := utf8.RuneCountInString(data); n > maxCallbackData {
		r.fail(correct("callbackData has %d characters, %d are allowed", n, maxCallbackData))
	}
	return data, o["callbackData"] != nil
}

// texts reads a list of strings that may be absent.
func (r *reader) texts(v any, name string) (all []string) {
	list, isList := v.([]any)
	if v != nil && !isList {
		r.fail(correct("%s has to be a list of strings", name))
	}
	for _, item := range list {
		text, isText := item.(string)
		if !isText {
			r.fail(correct("%s has to be a list of strings", name))
		}
		all = append(all, text)
	}
	return all
}

// places reads an object whose members are named by places of buttons.
func (r *reader) places(o map[string]any, field string, most int) (all map[int][]string) {
	members, isObject := o[field].(map[string]any)
	if o[field] != nil && !isObject {
		r.fail(correct("%s has to be an object", field))
	}
	all = map[int][]string{}
	for name, v := range members {
		place, err := strconv.Atoi(name)
		if err != nil || !placeForm.MatchString(name) || place >= most {
			r.fail(correct("%s has no button '%s'; buttons are counted from 0, and there are at most %d", field, name, most))
			continue
		}
		all[place] = r.texts(v, fmt.Sprintf("%s at index %d", field, place))
	}
	return all
}

var placeForm = regexp.MustCompile(`^[0-9]$`)

// template reads the template object.
func (r *reader) template(o map[string]any) *TemplateSend {
	w := &TemplateSend{Name: r.text(o, "name"), Language: r.text(o, "languageCode"), FileName: r.optional(o, "fileName")}
	w.Values = meta.Values{
		Header: r.texts(o["headerValues"], "headerValues"), Body: r.texts(o["bodyValues"], "bodyValues"), Buttons: r.places(o, "buttonValues", maxButtons),
	}
	w.Payloads = r.payloads(o)
	cards, isList := o["carouselCards"].([]any)
	if o["carouselCards"] != nil && !isList {
		r.fail(correct("carouselCards has to be a list"))
	}
	w.Cards = len(cards)
	for _, card := range cards {
		r.card(card)
	}
	return w
}

// card reads one card of a carousel.
func (r *reader) card(v any) {
	o, isObject := v.(map[string]any)
	if !isObject {
		r.fail(correct("carouselCards has to be a list of objects"))
	}
	r.texts(o["headerValues"], "headerValues")
	r.texts(o["bodyValues"], "bodyValues")
	r.places(o, "buttonValues", maxButtons)
}

// payloads reads what quick replies send back.
func (r *reader) payloads(o map[string]any) map[int]string {
	out := map[int]string{}
	all := r.places(o, "buttonPayload", maxQuickReplies)
	for place := range maxQuickReplies {
		values, given := all[place]
		switch {
		case !given:
		case len(values) != 1:
			r.fail(correct("buttonPayload at index %d has to be a list of one string", place))
		case utf8.RuneCountInString(values[0]) > maxPayload:
			r.fail(correct("buttonPayload at index %d has %d characters, %d are allowed", place, utf8.RuneCountInString(values[0]), maxPayload))
		default:
			out[place] = values[0]
		}
	}
	return out
}

// guess is what a customer might see of a template that is not known.
func (w *TemplateSend) guess() note.Content {
	return meta.Learnt(w.Name, w.Language, w.media(), w.Values).Content(w.Values)
}
