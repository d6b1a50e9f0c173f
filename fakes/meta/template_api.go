package meta

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// maxTemplates is how many templates an account may have (WhatsApp Cloud API,
// templates; a verified business has more).
const maxTemplates = 250

// readsTemplates is the read set of calls about an account's templates.
func (f *fake) readsTemplates(c *sim.Call, _ sim.Description) store.Reads {
	var r store.Reads
	for _, waba := range f.accounts() {
		if c.Params["object"] == waba || f.isTemplate(c.Params["object"]) {
			r.Own = append(r.Own, store.Key{Kind: kindTemplates, ID: waba})
		}
	}
	return r
}

// accounts lists the WhatsApp Business Accounts.
func (f *fake) accounts() (ids []string) {
	for _, n := range f.Numbers {
		if !slices.Contains(ids, n.WABA) {
			ids = append(ids, n.WABA)
		}
	}
	return ids
}

// describeAccount puts calls that change an account's templates into a thread
// of the account's own: status webhooks need one to be delivered in.
func (f *fake) describeAccount(c *sim.Call) sim.Description {
	value, _ := token(c)
	d := sim.Description{Key: value}
	for _, n := range f.Numbers {
		if n.WABA == c.Params["object"] || f.isTemplate(c.Params["object"]) {
			d.ThreadID = sim.ThreadID("whatsapp", n.PhoneNumberID, accountThread)
			return d
		}
	}
	return d
}

// accountThread stands in the place of the customer in the thread of an
// account's own webhooks.
const accountThread = "account"

// createTemplate is POST /{waba}/message_templates.
func (f *fake) createTemplate(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	waba := c.Params["object"]
	t, problem := ParseTemplate(c.Object())
	all := f.templates(tx, waba)
	if _, exists := findTemplate(all, t.Name, t.Language); problem == nil && exists {
		problem = NewError(100, "Parameter 'name' is taken in this language; delete the template or choose another name")
	}
	if problem == nil && len(all) >= maxTemplates {
		problem = NewError(80007, "the account has all the templates it may have; delete one")
	}
	if problem != nil {
		return fail(c, problem)
	}
	t.ID = templateID(tx.Rand("template"))
	if f.ApproveAfter >= 0 {
		t.ApprovedAt = tx.Now.Add(f.ApproveAfter).UnixMilli()
		f.announce(tx, waba, t, TemplateApproved, f.ApproveAfter)
	}
	tx.Put(kindTemplates, waba, templateBook{append(all, t)})
	return answered(c, map[string]string{"id": t.ID, "status": t.Status, "category": t.Category})
}

// listTemplates is GET /{waba}/message_templates, which may be narrowed by
// name, status, category, language and what is written in it, cut down to
// fields and read in pages.
func (f *fake) listTemplates(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	query := c.URL.Query()
	data := []map[string]any{}
	for _, t := range f.templates(tx, c.Params["object"]) {
		if !t.matches(query) {
			continue
		}
		node := t.wire()
		if asked := query.Get("fields"); asked != "" {
			narrowed, problem := selected(t.node(), asked, "WhatsAppMessageTemplate")
			if problem != nil {
				return fail(c, problem)
			}
			node = narrowed
		}
		data = append(data, node)
	}
	return f.page(c, data)
}

// matches says whether a list narrowed by a query has the template.
func (t Template) matches(query url.Values) bool {
	for name, value := range map[string]string{"name": t.Name, "status": t.Status, "category": t.Category, "language": t.Language} {
		if want := listed(query.Get(name)); len(want) > 0 && !slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, value) }) {
			return false
		}
	}
	words := strings.ToLower(query.Get("name_or_content"))
	return strings.Contains(strings.ToLower(t.Name), words) || strings.Contains(strings.ToLower(t.Body), words)
}

// page answers with a part of a list and its cursors, which count from 0.
func (f *fake) page(c *sim.Call, data []map[string]any) (sim.Answer, error) {
	query := c.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(query.Get("limit"), "25"))
	from, errAfter := strconv.Atoi(cmp.Or(query.Get("after"), "0"))
	if err != nil || errAfter != nil || limit < 1 || from < 0 {
		return fail(c, NewError(100, "Parameter 'limit' must be 1 or more and 'after' a cursor of an earlier answer"))
	}
	from = min(from, len(data))
	until := min(from+limit, len(data))
	body := map[string]any{"data": data[from:until]}
	if from < until {
		paging := map[string]any{"cursors": map[string]string{"before": strconv.Itoa(from), "after": strconv.Itoa(until)}}
		if until < len(data) {
			query.Set("after", strconv.Itoa(until))
			query.Del("access_token")
			paging["next"] = c.Origin + c.Path + "?" + query.Encode()
		}
		body["paging"] = paging
	}
	return answered(c, body)
}

// deleteTemplates is DELETE /{waba}/message_templates?name=, which deletes
// every language of a name, or with hsm_id one of them.
func (f *fake) deleteTemplates(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	name, id := c.URL.Query().Get("name"), c.URL.Query().Get("hsm_id")
	if name == "" {
		return fail(c, MissingParameter("name"))
	}
	all := f.templates(tx, c.Params["object"])
	kept := slices.DeleteFunc(slices.Clone(all), func(t Template) bool { return t.Name == name && (id == "" || t.ID == id) })
	if len(kept) == len(all) {
		return fail(c, NewError(100, "Parameter 'name' is no template of this account"))
	}
	tx.Put(kindTemplates, c.Params["object"], templateBook{kept})
	return success(c)
}

// template finds a template by its id over all accounts. Calls to an object
// that nothing else takes come here too, and have no templates to read.
func (f *fake) template(tx *sim.Tx, id string) (waba string, all []Template, at int) {
	if !f.isTemplate(id) {
		return "", nil, -1
	}
	for _, waba := range f.accounts() {
		all := f.templates(tx, waba)
		if at := slices.IndexFunc(all, func(t Template) bool { return t.ID == id }); at >= 0 {
			return waba, all, at
		}
	}
	return "", nil, -1
}

// getTemplate is GET /{template_id}.
func (f *fake) getTemplate(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	_, all, at := f.template(tx, c.Params["object"])
	if at < 0 {
		return fail(c, unknownObject(c, c.Params["object"]))
	}
	if c.URL.Query().Get("fields") == "" {
		return answered(c, all[at].wire())
	}
	return f.fields(c, all[at].node(), "WhatsAppMessageTemplate")
}

// updateTemplate is POST /{template_id}: new components, a new category or
// both. Name and language stay, and the template is looked at again.
func (f *fake) updateTemplate(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	waba, all, at := f.template(tx, c.Params["object"])
	if at < 0 {
		return fail(c, unknownObject(c, c.Params["object"]))
	}
	changed := all[at].wire()
	for _, name := range []string{"components", "category"} {
		if value, there := c.Object()[name]; there {
			changed[name] = value
		}
	}
	t, problem := ParseTemplate(plainObject(changed))
	if problem != nil {
		return fail(c, problem)
	}
	t.ID = all[at].ID
	if f.ApproveAfter >= 0 {
		t.ApprovedAt = tx.Now.Add(f.ApproveAfter).UnixMilli()
		f.announce(tx, waba, t, TemplateApproved, f.ApproveAfter)
	}
	all[at] = t
	tx.Put(kindTemplates, waba, templateBook{all})
	return success(c)
}

// announce makes the webhook about a template's new status due.
func (f *fake) announce(tx *sim.Tx, waba string, t Template, status string, after time.Duration) {
	tx.Webhook(sim.Webhook{
		Event: "template", ID: t.ID, After: after, Body: WebhookBody(TemplateStatus(waba, t, status)),
		Notes: []sim.Note{note.EventDelivered{Event: fieldTemplateStatus, MessageID: t.ID, Status: status}},
	})
}
