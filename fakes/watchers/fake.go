package watchers

import (
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Name of the fake.
const Name = "watchers"

// hosts are the vendor's own, with those of its regions (Room API).
func hosts() []string {
	return []string{
		"chatbackend.watchers.io", "chatbackend.us.watchers.io", "chatbackend.sa.watchers.io", "chatbackend.hk.watchers.io", "chatbackend.za.watchers.io",
	}
}

// Kinds of documents that the fake keeps in a workspace.
const (
	kindOffers = "watchers.offers" // catalogue
	kindUser   = "watchers.user"   // user by id
	kindEntry  = "watchers.entry"  // Entry by id
)

var offersKey = store.Key{Kind: kindOffers, ID: "all"}

func userKey(id string) store.Key { return store.Key{Kind: kindUser, ID: id} }

type fake struct{ Config }

// New builds the fake.
func New(c Config) *sim.Fake {
	f := &fake{c.filled()}
	return &sim.Fake{
		Name:         Name,
		Document:     documentOf(f.Profile),
		Keeps:        forms(),
		Hosts:        hosts(),
		Owns:         []string{"/external/", "/user/external/", "/watchers"},
		Authenticate: authenticate,
		Credential:   func(c *sim.Call) string { return c.Header.Get("X-Api-Key") },
		Mints:        []sim.Mint{{Name: "watchers.key", Head: "watchers_"}},
		Workspace:    workspaceOf,
		Refuse:       refuse,
		Fault:        faulted,
		Operations: map[string]sim.Operation{
			"listOffers":         {Describe: describe, Reads: seeOffers, Handle: f.list},
			"listAdvertisements": {Describe: describe, Reads: seeOffers, Handle: f.listTwin},
			"createOffer":        {Describe: describe, Reads: ownOffers, Handle: f.create, Judges: true},
			"getOffer":           {Describe: describe, Reads: seeOffers, Handle: f.get},
			"patchOffer":         {Describe: describe, Reads: ownOffers, Handle: f.patch, Judges: true},
			"patchOfferSlashed":  {Describe: describe, Reads: ownOffers, Handle: f.patch, Judges: true},
			"deleteOffer":        {Describe: describe, Reads: ownOffers, Handle: f.remove},
			"excludeUser":        {Describe: describe, Reads: ownExcluded, Handle: exclude, Judges: true},

			"rooms":     {Reads: f.lobbyReads, Handle: f.lobby, Open: true},
			"enterRoom": {Reads: ownVisitor, Handle: f.enter, Open: true},
			"roomEntry": {Reads: seeEntry, Handle: f.show, Open: true},
			"tapWidget": {Reads: seeEntry, Handle: f.tap, Open: true},
		},
	}
}

// describe reads the key, by which faults may match.
func describe(c *sim.Call) sim.Description {
	return sim.Description{Key: c.Header.Get("X-Api-Key")}
}

func seeOffers(*sim.Call, sim.Description) store.Reads {
	return store.Reads{See: []store.Key{offersKey}}
}

func ownOffers(*sim.Call, sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{offersKey}}
}

// offers are the workspace's.
func offers(tx *sim.Tx) catalogue {
	c, _ := sim.Get[catalogue](tx, offersKey.Kind, offersKey.ID)
	return c
}

// workspaceOf is the workspace that the id of an entry names, so that a browser,
// which sends no header of the sandbox's, stays in it.
func workspaceOf(c *sim.Call) string {
	_, name, _ := strings.Cut(c.Params["entryId"], ".")
	return name
}
