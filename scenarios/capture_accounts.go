package scenarios

import (
	"net/url"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// discover adds an operator for each account that webhooks of the capture name
// and nobody has. Interakt and Zoko name none: whatever is theirs is of one.
func (c *Capture) discover() error {
	if len(c.Config.Operators) > 0 {
		return nil
	}
	sb, err := New(Options{Unlimited: true})
	if err != nil {
		return err
	}
	defer sb.Close()
	a := accounts{hearing: hearing{Capture: *c, sb: sb}, all: c.defaultOperators(), instagram: map[string]string{}}
	for _, e := range c.File.Log.Entries {
		a.webhook(e)
	}
	for _, e := range c.File.Log.Entries {
		a.call(e)
	}
	for _, o := range a.all {
		c.Config.Operators = append(c.Config.Operators, OperatorEntry{Operator: o})
	}
	return nil
}

// defaultOperators are those that the sandbox's own exports are about, or one
// for the vendors whose webhooks name no account.
func (c Capture) defaultOperators() []fakes.Operator {
	if c.own() {
		return fakes.Operators()
	}
	return []fakes.Operator{{ClientID: "captured", Name: "captured", Interakt: "captured", Zoko: "captured"}}
}

// accounts are those that a capture shows.
type accounts struct {
	hearing
	all       []fakes.Operator
	instagram map[string]string // accounts by customers who wrote to them
}

// webhook adds the account that a webhook names.
func (a *accounts) webhook(e har.Entry) {
	direction, channel := a.sort(e)
	if direction != sim.Out {
		return
	}
	body, _ := e.Request.Body()
	channels := a.sb.Channels()
	i := slices.IndexFunc(channels, func(c sim.Channel) bool { return c.Name == channel })
	account, customer := channels[i].Locate(body)
	if channel == "instagram" {
		a.instagram[customer] = account
	}
	has := func(known fakes.Operator) bool { return known.Accounts()[channel] == account }
	if o, ok := operatorWith(channel, account); ok && !slices.ContainsFunc(a.all, has) {
		a.all = append(a.all, o)
	}
}

// operatorWith is an operator who has an account and nothing else.
func operatorWith(channel, account string) (o fakes.Operator, ok bool) {
	field := map[string]*string{"whatsapp": &o.PhoneNumberID, "messenger": &o.Page, "instagram": &o.Instagram, "kaleyra": &o.Kaleyra}[channel]
	if field == nil || account == "" {
		return o, false
	}
	*field, o.ClientID, o.Name = account, channel+" "+account, account
	return o, true
}

// call links a page to the Instagram account for which it sends: to a customer
// who wrote to that.
func (a *accounts) call(e har.Entry) {
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return
	}
	body, _ := e.Request.Body()
	page, customer := meta.Sender(u.Path, body)
	account := a.instagram[customer]
	if account == "" || page == account {
		return
	}
	linked := func(o fakes.Operator) bool { return o.Instagram == account && o.Page != "" }
	if slices.ContainsFunc(a.all, linked) {
		return
	}
	a.all = slices.DeleteFunc(a.all, func(o fakes.Operator) bool { return o.Instagram == account })
	i := slices.IndexFunc(a.all, func(o fakes.Operator) bool { return o.Page == page && o.Instagram == "" })
	if i < 0 {
		o, _ := operatorWith("messenger", page)
		i, a.all = len(a.all), append(a.all, o)
	}
	a.all[i].Instagram = account
}
