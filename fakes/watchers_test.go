package fakes_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/watchers"
)

func TestWatchersOfTheConfiguration(t *testing.T) {
	t.Parallel()
	rooms, users := []watchers.Named{{ID: "r1", Name: "Room"}}, []watchers.Named{{ID: "u1"}}
	got, err := fakes.Config{WatchersSettings: fakes.Watchers{Profile: "current", Strict: true, Tap: "postMessage", Rooms: rooms, Users: users}}.Watchers()
	want := watchers.Config{Profile: watchers.Current, Strict: true, Tap: watchers.PostMessage, Rooms: rooms, Users: users}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWatchersOfAWrongConfiguration(t *testing.T) {
	t.Parallel()
	wrong := fakes.Config{WatchersSettings: fakes.Watchers{
		Profile: "newest", Tap: "open", Rooms: []watchers.Named{{ID: "a"}, {Name: "nameless"}, {ID: "a"}}, Users: []watchers.Named{{}},
	}}
	_, err := wrong.Watchers()
	var got []string
	for _, p := range encore.ProblemsOf(err) {
		got = append(got, fmt.Sprint(p))
	}
	want := []string{
		`watchers.profile: "newest" is not known; write seed or current`,
		`watchers.tap: "open" is not known; write link or postMessage`,
		`watchers.rooms[1].id: is missing; it is the id that an offer names`,
		`watchers.rooms[2].id: a is there twice; give each an id of its own`,
		`watchers.users[0].id: is missing; it is the id that an offer names`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := fakes.All(wrong); err == nil {
		t.Error("All takes it")
	}
}
