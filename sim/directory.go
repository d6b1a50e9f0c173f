package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// The directory knows the workspaces that were made over the control API. It is
// kept in the store, in a space of its own, so that every replica finds them:
//
//	Make ─▶ record ─▶ attach ─▶ Workspace in this process ─▶ expire, Drop
//	            ╰─ find, on another replica ─▶ attach
//
// What the store keeps of a workspace goes by its Tag, its name and a salt that
// no other has: nothing of one that was dropped can reach a later one of the
// same name, whoever is still at work on it.
const directorySpace = "sandbox workspaces" // no name of a workspace, which has no blank

const (
	kindMade   = "directory.workspace" // Made by name
	kindOwner  = "directory.owner"     // names of an owner's workspaces, by owner
	kindSerial = "directory.serial"    // how many were made, under the id "count"
)

var serialKey = store.Key{Kind: kindSerial, ID: "count"}

func madeKey(name string) store.Key   { return store.Key{Kind: kindMade, ID: name} }
func ownerKey(owner string) store.Key { return store.Key{Kind: kindOwner, ID: owner} }

// Made is what is known of a workspace that was made over the control API.
type Made struct {
	Name   string        `json:"name"`
	Owner  string        `json:"owner,omitempty"` // by whose token it was made
	Space  string        `json:"space"`
	Origin string        `json:"origin"` // what its random values hash in the place of its name
	Seed   uint64        `json:"seed"`
	Run    string        `json:"run,omitempty"`
	Clock  string        `json:"clock"`            // ClockWall or ClockManual
	Began  time.Time     `json:"began,omitzero"`   // where a manual clock stood at first
	Offset time.Duration `json:"offset,omitempty"` // of a clock that goes
	Made   time.Time     `json:"made"`             // real time, as of Used
	Used   time.Time     `json:"used"`             // when a call was last seen, roughly
	Idle   time.Duration `json:"idle"`             // after which it is dropped; 0: never
}

// The clocks of a workspace.
const (
	ClockWall   = "wall"
	ClockManual = "manual"
)

// Making says what a new workspace is like. The zero value is one with a name,
// a seed and ids of its own.
type Making struct {
	Name  string    // lower-case letters, digits and hyphens; drawn when empty
	Owner string    // whose it is; counted against Quotas.Workspaces
	Seed  uint64    // with one, ids and offers are the same every time; 0: drawn
	Clock string    // ClockWall when empty
	At    time.Time // simulated time at first; zero: now
	// Idle is how long it may go without a call; 0: Quotas.Idle.
	Idle     time.Duration
	Webhooks map[string]string // URLs, by what SetWebhook sets them for

	origin, run string // of an import
	life        int64  // likewise
}

// longestName bounds names, which are part of keys, hosts and file names.
const longestName = 40

// Errors of Make and Drop.
var (
	ErrName   = fmt.Errorf("a workspace's name has lower-case letters, digits and hyphens, begins with a letter or digit and is no longer than %d", longestName)
	ErrExists = errors.New("exists already; drop it first, or choose another name")
	ErrQuota  = errors.New("the quota is used up")
	errGone   = &ControlError{Status: http.StatusNotFound, Message: "the workspace was dropped"}
)

// validName tells a name that a workspace or an owner may have.
func validName(name string) bool {
	for i := range len(name) {
		if !inName(name[i]) {
			return false
		}
	}
	return name != "" && len(name) <= longestName && name[0] != '-'
}

// ofRun tells a name that a run may want for a workspace of its own: run, the
// run's id and a hyphen begin it.
func ofRun(name string) bool {
	rest, ok := strings.CutPrefix(name, "run")
	id, _, more := strings.Cut(rest, "-")
	return ok && more && isHex(id)
}

// Make makes a workspace. Errors wrap ErrName, ErrExists or ErrQuota.
func (s *Sandbox) Make(ctx context.Context, m Making) (*Workspace, error) {
	m, err := s.filled(m)
	if err != nil {
		return nil, err
	}
	var made Made
	_, err = s.store.Update(ctx, directorySpace, store.Reads{Own: []store.Key{madeKey(m.Name), ownerKey(m.Owner), serialKey}}, func(v store.View) (change store.Change, err error) {
		made, change, err = s.enrol(v, m)
		return change, err
	})
	if err != nil {
		return nil, err
	}
	if err := s.found(ctx, made, shared{Targets: m.Webhooks, Life: m.life}); err != nil {
		return nil, err
	}
	ws, err := s.attach(ctx, made)
	if err == nil {
		s.patrols.Do(func() { s.tending.Go(s.patrol) })
	}
	return ws, err
}

// filled draws what was left open.
func (s *Sandbox) filled(m Making) (Making, error) {
	drawn := s.sign("draw", s.config.Replica+" "+itoa(s.ticks.Next()))
	if m.origin == "" {
		m.origin = m.Name
	}
	if m.Seed == 0 { // an export has one
		m.Seed = NewRand(0, drawn).Uint64()>>12 | 1 // short enough to be exact in any JSON
		m.run = drawn[:8]
	}
	if m.Name == "" {
		m.Name, m.origin = "w-"+drawn[8:18], "workspace"
	}
	if m.Idle == 0 {
		m.Idle = s.config.Quotas.Idle
	}
	switch {
	case !validName(m.Name) || m.Name == DefaultWorkspace:
		return m, fmt.Errorf("%q: %w", m.Name, ErrName)
	case ofRun(m.Name):
		return m, fmt.Errorf("%q is a name that runs use for theirs; choose another", m.Name)
	case m.Clock == "":
		m.Clock = ClockWall
	case m.Clock != ClockWall && m.Clock != ClockManual:
		return m, fmt.Errorf("clock %q is neither wall nor manual", m.Clock)
	}
	return m, nil
}

// enrol enters a workspace into the directory.
func (s *Sandbox) enrol(v store.View, m Making) (Made, store.Change, error) {
	if _, taken := v.Get(madeKey(m.Name)); taken {
		return Made{}, store.Change{}, fmt.Errorf("workspace %q %w", m.Name, ErrExists)
	}
	if _, taken := s.Workspace(m.Name); taken { // by one that the program made itself
		return Made{}, store.Change{}, fmt.Errorf("workspace %q %w", m.Name, ErrExists)
	}
	names, serial := []string{}, int64(1)
	if doc, ok := v.Get(ownerKey(m.Owner)); ok {
		names = slices.Clone(doc.Value.([]string))
	}
	if most := s.config.Quotas.Workspaces; most > 0 && len(names) >= most {
		return Made{}, store.Change{}, fmt.Errorf("%w: there are %d workspaces already; drop one of: %s", ErrQuota, len(names), strings.Join(names[:min(len(names), 20)], " "))
	}
	if doc, ok := v.Get(serialKey); ok {
		serial = doc.Value.(int64) + 1
	}
	made := s.recordOf(m, serial)
	return made, store.Change{Puts: []store.Put{
		{Key: madeKey(m.Name), Doc: store.Doc{Value: made}},
		{Key: ownerKey(m.Owner), Doc: store.Doc{Value: append(names, m.Name)}},
		{Key: serialKey, Doc: store.Doc{Value: serial}},
	}}, nil
}

func (s *Sandbox) recordOf(m Making, serial int64) Made {
	real, now := s.real(), s.patience.Now()
	made := Made{
		Name: m.Name, Owner: m.Owner, Space: m.Name + "." + s.sign("space", m.Name+" "+itoa(serial))[:16],
		Origin: m.origin, Seed: m.Seed, Run: m.run, Clock: m.Clock, Made: now, Used: now, Idle: m.Idle,
	}
	switch {
	case m.Clock == ClockManual && m.At.IsZero():
		made.Began = real
	case m.Clock == ClockManual:
		made.Began = m.At.UTC()
	case !m.At.IsZero():
		made.Offset = m.At.Sub(real)
	}
	return made
}

// found lays down what replicas share of a new workspace. Without that it counts
// as dropped.
func (s *Sandbox) found(ctx context.Context, made Made, first shared) error {
	if len(first.Targets) > 0 {
		first.Edition = 1
	}
	_, err := s.store.Update(ctx, made.Space, store.Reads{}, func(store.View) (store.Change, error) {
		return store.Change{Puts: []store.Put{{Key: sharedKey, Doc: store.Doc{Value: first}}}}, nil
	})
	return err
}

// attach takes a workspace of the directory up in this process.
func (s *Sandbox) attach(ctx context.Context, made Made) (*Workspace, error) {
	clk := clock.Clock(clock.NewWall(made.Offset))
	if made.Clock == ClockManual {
		clk = clock.NewManual(made.Began)
	}
	ws := s.workspaceOf(WorkspaceConfig{Name: made.Name, Clock: clk, Seed: made.Seed, Run: made.Run})
	ws.made, ws.space, ws.origin = &made, made.Space, made.Origin
	ws.used.Store(made.Used.UnixNano())
	if err := ws.learn(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.workspaces[made.Name]; other != nil {
		if other.space == made.Space { // somebody was faster
			return other, nil
		}
		other.outbox.stop() // it was dropped elsewhere
	}
	s.workspaces[made.Name] = ws
	return ws, nil
}

// errUnknown is told of a name that no workspace has.
var errUnknown = errors.New("no such workspace")

// find is a workspace by its name, which is in use from now on. An error is
// errUnknown, or the store's.
func (s *Sandbox) find(ctx context.Context, name string) (*Workspace, error) {
	ws, err := s.seek(ctx, name)
	return ws.use(), err
}

// seek is a workspace by its name, also one that another replica has made.
func (s *Sandbox) seek(ctx context.Context, name string) (*Workspace, error) {
	ws, ok := s.Workspace(name)
	switch {
	case ok:
		return ws, nil
	case s.config.Replica == "" || !validName(name):
		return nil, errUnknown
	}
	return s.afresh(ctx, name)
}

// afresh is a workspace by its name as the directory has it now.
func (s *Sandbox) afresh(ctx context.Context, name string) (*Workspace, error) {
	doc, ok, err := s.store.Get(ctx, directorySpace, madeKey(name))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errUnknown
	}
	ws, err := s.attach(ctx, doc.Value.(Made))
	if errors.Is(err, errGone) {
		err = errUnknown
	}
	return ws, err
}

// proved is the workspace that a minted credential or token proves, or errUnknown.
// One that is known here may have been dropped and made anew on another replica.
func (s *Sandbox) proved(ctx context.Context, m Minted) (*Workspace, error) {
	ws, err := s.find(ctx, m.Of)
	if err != nil || s.proves(m, ws.space) {
		return ws, err
	}
	if s.config.Replica == "" || ws.made == nil {
		return nil, errUnknown
	}
	if ws, err = s.afresh(ctx, m.Of); err == nil && !s.proves(m, ws.space) {
		err = errUnknown
	}
	return ws, err
}

// use notes that a workspace is in use.
func (ws *Workspace) use() *Workspace {
	if ws != nil && ws.made != nil {
		ws.used.Store(ws.sandbox.patience.Now().UnixNano())
	}
	return ws
}

// tagged is the workspace of a Tag.
func (s *Sandbox) tagged(ctx context.Context, tag string) (*Workspace, error) {
	name, _, _ := strings.Cut(tag, ".")
	ws, err := s.find(ctx, name)
	if other, ok := s.Workspace(tag); ok && errors.Is(err, errUnknown) { // the program itself may use any name
		ws, err = other, nil
	}
	if err == nil && ws.space != tag {
		return nil, errUnknown
	}
	return ws, err
}

// Tag names the workspace in what outlives a call and may be read by strangers:
// links, addresses, ids. Of two workspaces that have the same name one after
// the other it differs.
func (ws *Workspace) Tag() string { return ws.space }

// Origin is what random values hash in the place of the name: an imported
// workspace goes on with those of the one that was exported.
func (ws *Workspace) Origin() string { return ws.origin }

// Made is how the workspace was made over the control API; false when it was not.
func (ws *Workspace) Made() (Made, bool) {
	if ws.made == nil {
		return Made{Name: ws.Name, Seed: ws.Seed}, false
	}
	made := *ws.made
	made.Used = time.Unix(0, ws.used.Load()).UTC()
	return made, true
}

// Made lists what was made over the control API, by name.
func (s *Sandbox) Made(ctx context.Context) ([]Made, error) {
	items, err := s.store.List(ctx, directorySpace, kindMade, "")
	all := make([]Made, len(items))
	for i, item := range items {
		all[i] = item.Value.(Made)
		if ws, ok := s.Workspace(all[i].Name); ok && ws.made != nil {
			all[i].Used = latest(all[i].Used, time.Unix(0, ws.used.Load()).UTC())
		}
	}
	return all, err
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
