package watchers

import (
	"encoding/json"
	"slices"
	"time"
)

// The templates of a widget.
const (
	TextTemplate  = 10 // title, text and a button that reacts
	ImageTemplate = 11 // a picture that reacts as a whole
)

// Whom an offer is for.
const (
	Global = "GLOBAL" // all users in all rooms
	Room   = "ROOM"   // all users in the rooms of externalRoomIds
	User   = "USER"   // the users of externalUserIds in all rooms
)

// How often an offer is shown to a user, if more than once.
const (
	OnEntry = "ON_ENTRY" // each time the user enters a room
	Daily   = "DAILY"    // once in a UTC day
)

// Offer is a marketing offer as the API shows it (Marketing Offers API, GET
// /external/offer/{offerId}). What its template has no use for is null.
type Offer struct {
	ID           int64   `json:"id"` // from 1
	Pic          *string `json:"pic"`
	Template     int     `json:"template"`
	Title        *string `json:"title"`
	Text         *string `json:"text"`
	Link         string  `json:"link"`
	LinkText     *string `json:"linkText"`
	TemplateData *string `json:"templateData"` // the text of a JSON object
	// ShowMultipleTimes false shows it to each user once and never again.
	ShowMultipleTimes bool   `json:"showMultipleTimes"`
	ShowFrequency     string `json:"showFrerquency"` // the document's spelling
	ShowDelayMS       int64  `json:"showDelayMS"`    // after the entry
	StartTime         Moment `json:"startTime"`
	EndTime           Moment `json:"endTime"` // null: open
	Type              string `json:"type"`
}

// Moment is a time as the API writes it: UTC, in milliseconds, with a Z. The
// zero value is null.
type Moment struct{ time.Time }

// String is the moment as the API writes it.
func (m Moment) String() string { return m.UTC().Format("2006-01-02T15:04:05.000Z") }

// People is the moment for a page: to the minute, without a zone.
func (m Moment) People() string { return m.UTC().Format("2 Jan 2006 15:04") }

// MarshalJSON implements json.Marshaler.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(m.String())
}

// kept is an offer as the sandbox keeps it. The API takes the targets and never
// gives them back.
type kept struct {
	Offer
	Rooms   []string `json:"rooms,omitempty"`
	Users   []string `json:"users,omitempty"`
	Created Moment   `json:"created"`
}

// catalogue is the document that holds a workspace's offers.
type catalogue struct {
	Last   int64  `json:"last"` // the newest id ever given
	Offers []kept `json:"offers"`
}

// offersAtMost bounds a workspace; the oldest offer goes when one more comes.
const offersAtMost = 1000

func (c catalogue) index(id int64) (int, bool) {
	return slices.BinarySearchFunc(c.Offers, id, func(k kept, id int64) int { return int(k.ID - id) })
}

// find is the offer of an id.
func (c catalogue) find(id int64) (kept, bool) {
	i, ok := c.index(id)
	if !ok {
		return kept{}, false
	}
	return c.Offers[i], true
}

// added is the catalogue with one more offer, which gets the next id, and the
// id of the offer that had to make room for it or 0.
func (c catalogue) added(k kept) (next catalogue, id, dropped int64) {
	offers := c.Offers
	if len(offers) >= offersAtMost {
		dropped, offers = offers[0].ID, offers[1:]
	}
	k.ID = c.Last + 1
	return catalogue{k.ID, append(slices.Clone(offers), k)}, k.ID, dropped
}

// replaced is the catalogue with an offer changed.
func (c catalogue) replaced(k kept) catalogue {
	offers := slices.Clone(c.Offers)
	if i, ok := c.index(k.ID); ok {
		offers[i] = k
	}
	return catalogue{c.Last, offers}
}

// without is the catalogue with an offer removed. Its id is not given again.
func (c catalogue) without(id int64) catalogue {
	return catalogue{c.Last, slices.DeleteFunc(slices.Clone(c.Offers), func(k kept) bool { return k.ID == id })}
}
