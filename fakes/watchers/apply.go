package watchers

import "github.com/encore-sandbox/sandbox/fakes/provider"

// longestDelay is the longest showDelayMS: what a browser's timer can count to.
// The document names no limit.
const longestDelay = 1<<31 - 1

// apply reads the fields of an offer over what it was before, nothing for a
// new one. Fields that the document does not have are ignored.
func (r *reader) apply(k kept) kept {
	template := int64(k.Template)
	r.template(&template)
	k.Template = int(template)
	r.shown(&k)
	link := &k.Link
	r.text("link", &link)
	k.Link = *link
	if k.Link == "" {
		r.need("link")
	}
	r.word("type", "", &k.Type, Global, Room, User)
	r.word("showFrerquency", r.misspelt(), &k.ShowFrequency, OnEntry, Daily)
	r.integer("showDelayMS", &k.ShowDelayMS, 0, longestDelay)
	r.boolean("showMultipleTimes", &k.ShowMultipleTimes, !r.strict)
	r.moment("startTime", &k.StartTime, false)
	r.end(&k)
	r.list("externalRoomIds", &k.Rooms)
	r.list("externalUserIds", &k.Users)
	r.address("link", k.Link)
	r.fitType(&k)
	return k
}

func (r *reader) template(into *int64) {
	v, ok := r.given("template")
	if !ok && r.change {
		return
	}
	switch v.literal() {
	case "10":
		*into = TextTemplate
	case "11":
		*into = ImageTemplate
	default:
		r.fail("template must be one of the following values: 10 (text), 11 (image)")
	}
}

// misspelt helps whoever corrected the wire's spelling.
func (r *reader) misspelt() string {
	if r.in.sent("showFrequency") {
		return "; showFrequency was ignored, the API spells it showFrerquency"
	}
	return ""
}

// need says that a field is missing, unless something else is wrong with it.
func (r *reader) need(name string) {
	if !r.in.sent(name) {
		r.fail("%s should not be empty", name)
	}
}

// end reads endTime, which every table requires and no sample sends. A null
// takes the end away.
func (r *reader) end(k *kept) {
	before := len(r.problems)
	if r.change && !r.strict && r.in["endTime"].null() {
		k.EndTime = Moment{}
	}
	r.moment("endTime", &k.EndTime, !r.strict)
	if k.EndTime.IsZero() && !r.change && len(r.problems) == before {
		r.remark("endTime is missing, which the document requires; the offer does not end")
	}
	if !k.EndTime.IsZero() && !k.StartTime.IsZero() && !k.EndTime.After(k.StartTime.Time) {
		r.fail("endTime must be later than startTime")
	}
}

// shown reads what the template shows, all of which it needs, and drops what it
// has no use for. Without a template everything is read, for what is wrong with it.
func (r *reader) shown(k *kept) {
	for _, t := range []struct {
		name string
		of   int
		at   **string
		read func(string, **string)
	}{
		{"pic", ImageTemplate, &k.Pic, r.text}, {"title", TextTemplate, &k.Title, r.text}, {"text", TextTemplate, &k.Text, r.text},
		{"linkText", TextTemplate, &k.LinkText, r.text}, {"templateData", TextTemplate, &k.TemplateData, r.templateData},
	} {
		if k.Template != 0 && k.Template != t.of {
			*t.at = nil
			if r.in.sent(t.name) {
				r.remark("%s was ignored: template %d does not show it", t.name, k.Template)
			}
			continue
		}
		t.read(t.name, t.at)
		if k.Template != 0 && *t.at == nil {
			r.need(t.name)
		}
	}
	if k.Pic != nil {
		r.address("pic", *k.Pic)
	}
}

// address remarks on what a browser will not open or load. Apps may understand
// other links, so that it is no error.
func (r *reader) address(name, text string) {
	if r.in.sent(name) && text != "" && !provider.IsWebAddress(text) {
		r.remark("%s is no http or https URL: the sandbox's rooms do not open or load it", name)
	}
}

// fitType keeps the targets that the type has a use for.
func (r *reader) fitType(k *kept) {
	for _, t := range []struct {
		name, of string
		ids      *[]string
	}{{"externalRoomIds", Room, &k.Rooms}, {"externalUserIds", User, &k.Users}} {
		switch sent := r.in.sent(t.name); {
		case k.Type != t.of:
			*t.ids = nil
			if sent && k.Type != "" {
				r.remark("%s was ignored: it is for type %s only", t.name, t.of)
			}
		case len(*t.ids) > 0:
		case r.strict:
			r.fail("%s should not be empty with type %s", t.name, t.of)
		default:
			r.remark("an offer of type %s without %s is shown to nobody", t.of, t.name)
		}
	}
}
