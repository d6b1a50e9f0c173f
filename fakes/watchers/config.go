package watchers

import "slices"

// Profile is which copy of the vendor's page the fake follows.
type Profile string

// The profiles.
const (
	// Seed is the copy that Encore's integrators have: a list needs limit and
	// offset. It is the default.
	Seed Profile = "seed"
	// Current is the newer copy: limit and offset may be left out, and the list
	// has a second address, GET /external/advertisement.
	Current Profile = "current"
)

// Tap is what a tap on a widget does in a room, which is chosen with each
// offer in the vendor's admin panel and has no field in the API.
type Tap string

// What a tap does.
const (
	OpenLink    Tap = "link"        // the link opens in a new tab; the default
	PostMessage Tap = "postMessage" // the page around the room is sent the documented message
)

// Named is a room or a user that Watchers knows, by the partner's own id.
type Named struct {
	ID   string `json:"id" yaml:"id"`     // externalRoomIds, externalUserIds
	Name string `json:"name" yaml:"name"` // for people; the id when empty
}

// Config says how a fake differs from the default one; the zero value is the
// default.
type Config struct {
	Profile Profile
	// Strict refuses what the document marks as required and its samples leave
	// out: endTime, showMultipleTimes, and the rooms or users of an offer that is
	// for some of them alone.
	Strict bool
	Tap    Tap
	Rooms  []Named // default Rooms()
	Users  []Named // default Users()
}

// Rooms are the chat rooms that every workspace knows.
func Rooms() []Named {
	return []Named{{"lobby", "Lobby"}, {"derby", "Derby night"}, {"poker", "Poker table"}}
}

// Users are the users that every workspace knows.
func Users() []Named {
	return []Named{{"ann", "Ann"}, {"bela", "Bela"}, {"chidi", "Chidi"}}
}

func (c Config) filled() Config {
	if c.Profile == "" {
		c.Profile = Seed
	}
	if c.Tap == "" {
		c.Tap = OpenLink
	}
	if len(c.Rooms) == 0 {
		c.Rooms = Rooms()
	}
	if len(c.Users) == 0 {
		c.Users = Users()
	}
	return c
}

// find is the entry of an id; false when it is not known.
func find(all []Named, id string) (Named, bool) {
	i := slices.IndexFunc(all, func(n Named) bool { return n.ID == id })
	if i < 0 {
		return Named{}, false
	}
	return all[i], true
}

// label is what people call it.
func (n Named) label() string {
	if n.Name == "" {
		return n.ID
	}
	return n.Name
}

// known parts ids into those that are known and those that are not, both in
// the order given and never nil.
func known(all []Named, ids []string) (available, unavailable []string) {
	available, unavailable = []string{}, []string{}
	for _, id := range ids {
		if _, ok := find(all, id); ok {
			available = append(available, id)
		} else {
			unavailable = append(unavailable, id)
		}
	}
	return available, unavailable
}
