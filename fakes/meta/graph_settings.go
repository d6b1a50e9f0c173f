package meta

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// kindSettings is the document of an account's Messenger profile,
// map[string]any by account id.
const kindSettings = "metaProfile"

// settings are the properties of a Messenger profile (Messenger Platform,
// Messenger Profile API) and how many elements those that are lists may have.
var settings = map[string]int{
	"get_started": 0, "greeting": 70, "ice_breakers": 4, "persistent_menu": 70, "whitelisted_domains": 50,
	"account_linking_url": 0, "commands": 70, "platform": 0,
}

// greetingText is how many characters a greeting may have.
const greetingText = 160

func (f *fake) ownsSettings(c *sim.Call, _ sim.Description) store.Reads {
	p, _ := f.sender(c)
	return store.Reads{Own: []store.Key{{Kind: kindSettings, ID: p.ID}}}
}

// getSettings is GET /{account}/messenger_profile.
func (f *fake) getSettings(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	kept, _ := sim.Get[map[string]any](tx, kindSettings, p.ID)
	found := node{}
	for _, w := range fieldsOf(c.URL.Query().Get("fields")) {
		if v, ok := kept[w.Name]; ok {
			found[w.Name] = v
		}
	}
	e := edge{Data: []node{}}
	if len(found) > 0 {
		e.Data = append(e.Data, found)
	}
	return answered(c, e)
}

// setSettings is POST /{account}/messenger_profile: what it names replaces what
// was there.
func (f *fake) setSettings(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	kept, _ := sim.Get[map[string]any](tx, kindSettings, p.ID)
	next := maps.Clone(kept)
	if next == nil {
		next = map[string]any{}
	}
	root := param{r: &socialReader{}, value: c.Object(), known: true}
	for name, limit := range settings {
		if name != "platform" && root.has(name) {
			root.setting(name, limit)
			next[name] = root.at(name).value
		}
	}
	if problem := settingsProblem(root, next, len(next) > 0); problem != nil {
		return fail(c, problem)
	}
	tx.Put(kindSettings, p.ID, next)
	return answered(c, map[string]string{"result": "success"})
}

// setting checks one property of a profile.
func (p param) setting(name string, limit int) {
	if limit == 0 {
		return
	}
	for _, item := range p.at(name).list(limit) {
		if name == "greeting" {
			item.object().at("text").text(greetingText)
		}
	}
}

// settingsProblem says what is wrong with a profile as a whole.
func settingsProblem(root param, next map[string]any, some bool) *Error {
	switch {
	case root.r.problem != nil:
		return root.r.problem
	case !some || !slices.ContainsFunc(settingNames(), root.has):
		return paramError("The parameter " + strings.Join(settingNames(), " or ") + " is required")
	case next["persistent_menu"] != nil && next["get_started"] == nil:
		return paramError("You must set a Get Started button if you also wish to use persistent menu")
	}
	return nil
}

// settingNames are the properties in order.
func settingNames() []string {
	names := slices.Sorted(maps.Keys(settings))
	return slices.DeleteFunc(names, func(name string) bool { return name == "platform" })
}

// deleteSettings is DELETE /{account}/messenger_profile with the names of what
// is to go.
func (f *fake) deleteSettings(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	fields := words(c, "fields")
	if len(fields) == 0 {
		return fail(c, paramError("The parameter fields is required"))
	}
	kept, _ := sim.Get[map[string]any](tx, kindSettings, p.ID)
	next := maps.Clone(kept)
	for i, name := range fields {
		if !slices.Contains(settingNames(), name) {
			return fail(c, paramError(fmt.Sprintf("Param fields[%d] must be one of {%s}", i, strings.Join(settingNames(), ", "))))
		}
		delete(next, name)
	}
	if next["persistent_menu"] != nil && next["get_started"] == nil {
		return fail(c, paramError("You must delete the persistent menu before the Get Started button"))
	}
	tx.Put(kindSettings, p.ID, next)
	return answered(c, map[string]string{"result": "success"})
}
