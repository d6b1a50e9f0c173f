package interakt

import (
	"cmp"
	"maps"
	"net/http"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// track is one call of a track API.
type track struct {
	Phone   Phone
	ByPhone bool
	UserID  string
	Traits  map[string]any
}

// readTrack reads the body of a track call: who it is about, and what.
func readTrack(body map[string]any) (track, *Error) {
	r := &reader{}
	t := track{UserID: r.optional(body, "userId")}
	var ok bool
	t.Phone, t.ByPhone, ok = readPhone(body)
	if t.ByPhone && !ok || !t.ByPhone && t.UserID == "" {
		r.fail(badPhone())
	}
	if !ok {
		t.Phone, t.ByPhone = Phone{}, false
	}
	var isObject bool
	if t.Traits, isObject = body["traits"].(map[string]any); body["traits"] != nil && !isObject {
		r.fail(correct("traits has to be an object"))
	}
	r.texts(body["tags"], "tags")
	if _, isBool := body["add_to_sales_cycle"].(bool); body["add_to_sales_cycle"] != nil && !isBool {
		r.fail(correct("add_to_sales_cycle has to be true or false"))
	}
	if at := r.optional(body, "createdAt"); at != "" {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			r.fail(correct("createdAt has to be a time such as 2025-03-27T13:26:52.926Z"))
		}
	}
	return t, r.problem
}

func (f *fake) describeTrack(c *sim.Call) sim.Description {
	who, key, _ := f.caller(c)
	t, _ := readTrack(c.Object())
	d := sim.Description{Channel: Name, Account: who.Name, Key: key}
	switch {
	case t.ByPhone:
		d.Customer, d.Recipient = t.Phone.Digits(), t.Phone.Digits()
	case t.UserID != "":
		d.Minted = mintedUser(who.Name, t.UserID)
	}
	return d
}

func (f *fake) readsTrack(c *sim.Call, d sim.Description) (r store.Reads) {
	who, _, _ := f.caller(c)
	if t, _ := readTrack(c.Object()); t.UserID != "" {
		r.Own = append(r.Own, userKey(who.Name, t.UserID))
	}
	if d.Customer != "" {
		r.Own = append(r.Own, sees(sim.ThreadID(Name, who.Name, d.Customer), "")...)
	}
	return r
}

// trackUser is POST /v1/public/track/users/: a trait that is told again
// replaces what it was.
func (f *fake) trackUser(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	t, who, e := f.tracked(c)
	if e != nil {
		return sim.Answer{}, e
	}
	id := remember(tx, who, t)
	return f.trackAnswer(http.StatusAccepted, accepted{Result: true, Message: "Customer with " + id + " updated successfully"})
}

// trackEvent is POST /v1/public/track/events/. Events pile up: each has an id
// of its own. Nothing is sent for them, since Ongoing Campaigns are not played.
func (f *fake) trackEvent(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	t, who, e := f.tracked(c)
	if e != nil {
		return sim.Answer{}, e
	}
	r := &reader{}
	if r.text(c.Object(), "event"); r.problem != nil {
		return sim.Answer{}, r.problem
	}
	t.Traits = nil // of the event, not of the customer
	remember(tx, who, t)
	return f.trackAnswer(http.StatusCreated, accepted{Result: true, Message: "Event created successfully", ID: tx.Rand("interakt event").UUID()})
}

func (f *fake) tracked(c *sim.Call) (track, Account, *Error) {
	who, _, _ := f.caller(c)
	body, e := jsonObject(c)
	if e != nil {
		return track{}, who, e
	}
	t, e := readTrack(body)
	return t, who, e
}

func (f *fake) trackAnswer(status int, body accepted) (sim.Answer, error) {
	if f.LegacyTrack {
		status = http.StatusOK
	}
	return sim.Answer{Status: status, Body: body}, nil
}

// remember lays traits over what the account knows and returns the customer's
// id. Who was named by both number and userId is found by either from then on.
func remember(tx *sim.Tx, who Account, t track) string {
	var byUser customer
	if t.UserID != "" {
		byUser, _ = sim.Get[customer](tx, kindUser, userKey(who.Name, t.UserID).ID)
	}
	known := byUser
	if t.ByPhone {
		known, _ = sim.Get[customer](tx, kindCustomer, tx.Thread.ID)
		known.Thread = tx.Thread.ID
	}
	known.UserID = cmp.Or(t.UserID, known.UserID)
	traits := maps.Clone(byUser.Traits)
	if traits == nil {
		traits = map[string]any{}
	}
	maps.Copy(traits, known.Traits)
	maps.Copy(traits, t.Traits)
	known.Traits = traits
	if known.Thread != "" {
		tx.Put(kindCustomer, known.Thread, known)
	}
	if known.UserID != "" {
		key := userKey(who.Name, known.UserID)
		tx.Put(key.Kind, key.ID, known)
		tx.Mint(mintedUser(who.Name, known.UserID))
	}
	if tx.Thread != nil {
		return customerID(who.Name, tx.Thread.Customer)
	}
	return customerID(who.Name, "user "+t.UserID)
}
