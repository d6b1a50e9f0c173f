package watchers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// roomsPath begins the addresses of everything that is the sandbox's own here:
// the rooms, in which the offers are shown.
const roomsPath = "/watchers/"

// Entry is a user entering a room: which offers are shown there, when, and why
// the others are not. It stays as it was decided; only offers that are gone or
// over since then are shown no more.
type Entry struct {
	ID        string   `json:"id"`
	RoomID    string   `json:"roomId"`
	UserID    string   `json:"userId"`
	EnteredAt Moment   `json:"enteredAt"`
	Widgets   []Due    `json:"widgets"` // in the order in which they appear
	Hidden    []Hidden `json:"hidden"`  // by id of the offer
}

// Due is an offer that an entry shows. The entry's document keeps the id alone.
type Due struct {
	OfferID int64  `json:"offerId"`
	ShowAt  Moment `json:"showAt"`
	Offer   *Offer `json:"offer,omitempty"`
}

// Hidden is an offer that an entry does not show.
type Hidden struct {
	OfferID int64  `json:"offerId"`
	Reason  string `json:"reason"`
}

// entered is what entering a room answers.
type entered struct {
	Entry
	Page string `json:"page"` // path of the room's page
}

// Message is what a tap sends to the page around the chat (Marketing Offers
// API, postMessage Example).
type Message struct {
	Type string `json:"type"` // link
	Body struct {
		Action string `json:"action"` // open
		Data   struct {
			Link string `json:"link"`
		} `json:"data"`
	} `json:"body"`
}

func messageOf(o Offer) Message {
	m := Message{Type: "link"}
	m.Body.Action, m.Body.Data.Link = "open", o.Link
	return m
}

// field is a text of a room's call, of JSON or of a page's form.
func field(c *sim.Call, name string) string {
	text, _ := c.Object()[name].(string)
	return text
}

func ownVisitor(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{userKey(field(c, "userId"))}, See: []store.Key{offersKey}}
}

// enter lets a user into a room. It counts as showing what it shows.
func (f *fake) enter(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	room, ok := find(f.Rooms, field(c, "roomId"))
	if !ok {
		return failed(c, unknown("room", field(c, "roomId"), f.Rooms)), nil
	}
	who, ok := find(f.Users, field(c, "userId"))
	if !ok {
		return failed(c, unknown("user", field(c, "userId"), f.Users)), nil
	}
	u, _ := sim.Get[user](tx, kindUser, who.ID)
	all := offers(tx)
	e := admit(all, visitor{u, room.ID, who.ID}, momentOf(tx.Now))
	e.ID = tx.Rand(kindEntry).Hex(8)
	if name := tx.Workspace.Tag(); name != sim.DefaultWorkspace {
		e.ID += "." + name
	}
	tx.Put(kindEntry, e.ID, e)
	tx.Put(kindUser, who.ID, u.saw(all, e.Widgets))
	page := roomsPath + "entries/" + e.ID
	if c.Form() != nil {
		return sim.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {page + "?" + wishOf(field(c, "view"), field(c, "tap"), f.Tap).query()}}}, nil
	}
	return sim.Answer{Status: http.StatusCreated, Body: entered{e.with(all), page}}, nil
}

func unknown(kind, id string, all []Named) *Error {
	var ids []string
	for _, n := range all {
		ids = append(ids, n.ID)
	}
	return notFound(fmt.Sprintf("Watchers knows no %s %q; use one of %s, or add it to watchers.%ss in sandbox.yaml", kind, id, strings.Join(ids, ", "), kind))
}

// admit decides what a visitor sees.
func admit(all catalogue, v visitor, now Moment) Entry {
	e := Entry{RoomID: v.room, UserID: v.id, EnteredAt: now, Widgets: []Due{}, Hidden: []Hidden{}}
	for _, k := range all.Offers {
		if at, why := k.decide(v, now.Time); why != "" {
			e.Hidden = append(e.Hidden, Hidden{k.ID, why})
		} else {
			e.Widgets = append(e.Widgets, Due{OfferID: k.ID, ShowAt: momentOf(at)})
		}
	}
	slices.SortStableFunc(e.Widgets, func(a, b Due) int { return a.ShowAt.Compare(b.ShowAt.Time) })
	return e
}

// with is the entry with the offers that its widgets show, as they are now.
func (e Entry) with(all catalogue) Entry {
	widgets := []Due{}
	for _, d := range e.Widgets {
		if k, ok := all.find(d.OfferID); ok {
			d.Offer = &k.Offer
			widgets = append(widgets, d)
		}
	}
	e.Widgets = widgets
	return e
}

func seeEntry(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{See: []store.Key{offersKey, {Kind: kindEntry, ID: c.Params["entryId"]}}}
}

// seen is the entry that the path names.
func seen(tx *sim.Tx, c *sim.Call) (Entry, *Error) {
	e, ok := sim.Get[Entry](tx, kindEntry, c.Params["entryId"])
	if !ok {
		return e, notFound("nobody entered a room under this address, or it was forgotten; enter again from " + roomsPath + "rooms")
	}
	return e, nil
}

// show is the page of an entry.
func (f *fake) show(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	e, problem := seen(tx, c)
	if problem != nil {
		return failed(c, problem), nil
	}
	query := c.URL.Query()
	page, style, err := f.roomPage(e, offers(tx), momentOf(tx.Now), wishOf(query.Get("view"), query.Get("tap"), f.Tap))
	return html(http.StatusOK, page, style), err
}

// tap is a tap on a widget: it answers the message that the page around the
// room is sent.
func (f *fake) tap(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	e, problem := seen(tx, c)
	if problem != nil {
		return sim.Answer{}, problem
	}
	id, _ := c.Object()["offerId"].(float64)
	for _, d := range e.with(offers(tx)).Widgets {
		if float64(d.OfferID) == id {
			return sim.Answer{Status: http.StatusOK, Body: messageOf(*d.Offer)}, nil
		}
	}
	return sim.Answer{}, notFound(fmt.Sprintf("this entry shows no offer %.0f", id))
}

// wish is how a room is looked at: how its widgets come, and what a tap does.
// The API has no field for either.
type wish struct {
	View string // feed or popup
	Tap  Tap
}

// Views of a widget (Marketing Offers API, View types).
const (
	feedView  = "feed"
	popupView = "popup"
)

func wishOf(view, tap string, usual Tap) wish {
	w := wish{feedView, usual}
	if view == popupView {
		w.View = view
	}
	if tap == string(OpenLink) || tap == string(PostMessage) {
		w.Tap = Tap(tap)
	}
	return w
}

// query is the wish in the query of a page's address.
func (w wish) query() string { return "view=" + w.View + "&tap=" + string(w.Tap) }
