package watchers

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// user is the document of a user: whether all offers are kept from him, and
// when he was last shown which.
type user struct {
	Excluded bool            `json:"excluded,omitempty"`
	Seen     map[int64]int64 `json:"seen,omitempty"` // Unix milliseconds by offer
}

// saw is the user after he was shown offers. Of offers that are gone nothing is kept.
func (u user) saw(all catalogue, shown []Due) user {
	seen := maps.Clone(u.Seen)
	maps.DeleteFunc(seen, func(id, _ int64) bool { _, there := all.find(id); return !there })
	if seen == nil {
		seen = map[int64]int64{}
	}
	for _, d := range shown {
		seen[d.OfferID] = d.ShowAt.UnixMilli()
	}
	u.Seen = seen
	return u
}

// lastSaw is when the user was last shown an offer; false for never.
func (u user) lastSaw(id int64) (time.Time, bool) {
	at, ok := u.Seen[id]
	return time.UnixMilli(at).UTC(), ok
}

// excluded reads the user of an exclusion, and which way it goes.
func excluded(c *sim.Call) (id string, value bool, problems []string) {
	in, err := inputOf(c)
	if err != nil {
		return "", false, []string{err.Error()}
	}
	r := &reader{in: in}
	text := &id
	r.text("decryptedUserId", &text)
	if !in.sent("decryptedUserId") {
		r.need("decryptedUserId")
	}
	r.boolean("value", &value, false)
	return *text, value, r.problems
}

func ownExcluded(c *sim.Call, _ sim.Description) store.Reads {
	id, _, problems := excluded(c)
	if len(problems) > 0 {
		return store.Reads{}
	}
	return store.Reads{Own: []store.Key{userKey(id)}}
}

// exclude is POST /user/external/advertisment: true keeps every offer from a
// user, false shows them again (the document describes value by a line of
// another table). Its 201 has no body.
func exclude(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	id, value, problems := excluded(c)
	if len(problems) > 0 {
		return sim.Answer{}, badRequest(problems...)
	}
	u, _ := sim.Get[user](tx, kindUser, id)
	u.Excluded = value
	tx.Put(kindUser, id, u)
	return sim.Answer{Status: http.StatusCreated}, nil
}

// visitor is who enters a room.
type visitor struct {
	user
	room, id string
}

// ended reports whether the offer is over at a time.
func (o Offer) ended(at time.Time) bool { return !o.EndTime.IsZero() && !at.Before(o.EndTime.Time) }

func (o Offer) endedSince() string { return "it ended on " + o.EndTime.People() }

// decide says when a visitor who enters now is shown the offer, or why not.
// What showMultipleTimes and showFrerquency mean together is nowhere said; here
// the first allows more than one showing, and the second says how many.
func (k kept) decide(v visitor, now time.Time) (at time.Time, why string) {
	at = now.Add(time.Duration(k.ShowDelayMS) * time.Millisecond)
	last, seen := v.lastSaw(k.ID)
	switch {
	case v.Excluded:
		return at, "the user is excluded from all offers"
	case k.Type == Room && !slices.Contains(k.Rooms, v.room):
		return at, "it is for other rooms"
	case k.Type == User && !slices.Contains(k.Users, v.id):
		return at, "it is for other users"
	case at.Before(k.StartTime.Time):
		return at, "it begins on " + k.StartTime.People()
	case k.ended(now):
		return at, k.endedSince()
	case k.ended(at):
		return at, "it ends before its delay has passed"
	case seen && !k.ShowMultipleTimes:
		return at, "it is shown once, and was on " + momentOf(last).People()
	case seen && k.ShowFrequency == Daily && sameDay(last, at):
		return at, "it is shown once a day, and was on " + momentOf(last).People()
	}
	return at, ""
}

// sameDay compares UTC days. Clocks only go forward, so that a later day is
// never before an earlier one.
func sameDay(a, b time.Time) bool {
	return a.UTC().Truncate(24 * time.Hour).Equal(b.UTC().Truncate(24 * time.Hour))
}
