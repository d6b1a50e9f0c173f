package meta

import (
	"cmp"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// describeProfile finds the thread of a customer whose profile is read.
func (f *fake) describeProfile(c *sim.Call) sim.Description {
	d := describeKey(c)
	object := c.Params["object"]
	if _, account := f.actor(object); object != "me" && !account {
		d.Minted = addressKey("me", object)
	}
	return d
}

// readProfile is GET /{id}: a page, an Instagram account, or a customer who has
// written to one (Messenger Platform, user profile; Instagram, user profile).
func (f *fake) readProfile(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	fields := fieldsOf(c.URL.Query().Get("fields"))
	if p, _ := f.sender(c); p.ID != "" {
		return answered(c, p.node().only(fields, "id", "name"))
	}
	if tx.Thread == nil || tx.Thread.Inbound.IsZero() {
		return fail(c, unknownObject(c, c.Params["object"]))
	}
	customer := person(tx.Thread)
	if surfaceOf(tx.Thread.Channel).Instagram {
		return answered(c, customer.only(fields, "name", "username"))
	}
	return answered(c, customer.only(fields, "first_name", "last_name", "profile_pic"))
}

// node is what Graph tells of an account.
func (p actor) node() node {
	n := node{"id": p.ID, "name": p.Page.Name}
	if p.Instagram {
		n["username"], n["user_id"], n["account_type"] = handle(p.Page.Name), p.ID, "BUSINESS"
		return n
	}
	n["category"] = "Local business"
	if p.Page.Instagram != "" {
		n["instagram_business_account"] = node{"id": p.Page.Instagram}
	}
	return n
}

// person is what Graph tells of a customer.
func person(t *sim.Thread) node {
	name := cmp.Or(t.Name, "Sandbox Customer")
	n := node{
		"id": t.Customer, "name": name,
		"profile_pic": "https://platform-lookaside.fbsbx.com/platform/profilepic/?psid=" + t.Customer,
	}
	if surfaceOf(t.Channel).Instagram {
		n["username"], n["follower_count"], n["is_verified_user"] = handle(name), 0, false
		n["is_user_follow_business"], n["is_business_follow_user"] = false, false
		return n
	}
	n["first_name"], n["last_name"], _ = strings.Cut(name, " ")
	return n
}

// handle is a name as Instagram's user names are written.
func handle(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '_'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		}
		return -1
	}, strings.ToLower(name))
}
