package fakes

import (
	"errors"
	"fmt"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
)

// Watchers says how the Marketing Offers API differs from the copy of its page
// that the sandbox follows; the zero value is that copy.
type Watchers struct {
	Profile string `json:"profile" yaml:"profile"` // seed (default) or current, see watchers.Profile
	// Strict refuses offers without endTime, showMultipleTimes or the targets of
	// their type.
	Strict bool   `json:"strict" yaml:"strict"`
	Tap    string `json:"tap" yaml:"tap"` // on a widget: link (default) or postMessage
	// Rooms and Users are those that Watchers knows; nil means the sandbox's own.
	Rooms []watchers.Named `json:"rooms" yaml:"rooms"`
	Users []watchers.Named `json:"users" yaml:"users"`
}

// Watchers is the part of the configuration that is Watchers'. Its error joins
// an encore.Problem for everything that cannot be put to use, with its path in
// sandbox.yaml.
func (c Config) Watchers() (watchers.Config, error) {
	var r settingReader
	w := c.WatchersSettings
	out := watchers.Config{
		Profile: watchers.Profile(r.oneOf("watchers.profile", w.Profile, "", string(watchers.Seed), string(watchers.Current))),
		Strict:  w.Strict,
		Tap:     watchers.Tap(r.oneOf("watchers.tap", w.Tap, "", string(watchers.OpenLink), string(watchers.PostMessage))),
		Rooms:   r.named("watchers.rooms", w.Rooms),
		Users:   r.named("watchers.users", w.Users),
	}
	return out, errors.Join(r.problems...)
}

// named checks that everything has an id of its own.
func (r *settingReader) named(path string, all []watchers.Named) []watchers.Named {
	seen := map[string]bool{}
	for i, n := range all {
		at := fmt.Sprintf("%s[%d].id", path, i)
		switch {
		case n.ID == "":
			r.fail(at, "is missing; it is the id that an offer names")
		case seen[n.ID]:
			r.fail(at, "%s is there twice; give each an id of its own", n.ID)
		}
		seen[n.ID] = true
	}
	return all
}
