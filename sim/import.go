package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// ErrImport is wrapped by errors about a file that is no workspace's.
var ErrImport = errors.New("the file cannot be imported")

// importAtOnce is how many documents and records are written at once.
const importAtOnce = 200

// Import makes a workspace out of an export. It has the same journal, clock,
// outbox and documents, goes on with the same random values, and has credentials
// of its own. Name and owner are those of m; its webhooks, unless nil, take the
// place of the export's. Errors wrap those of Make, or ErrImport.
func (s *Sandbox) Import(ctx context.Context, m Making, x Export) (*Workspace, error) {
	if x.Format != ExportFormat || x.Version != ExportVersion {
		return nil, fmt.Errorf("%w: its format is %q, version %d; want %q, version %d", ErrImport, x.Format, x.Version, ExportFormat, ExportVersion)
	}
	parts, err := s.readExport(x)
	if err != nil {
		return nil, err
	}
	if m.Webhooks == nil {
		m.Webhooks = x.Webhooks
		for _, url := range x.Webhooks {
			if err := s.CheckTarget(url); err != nil {
				return nil, err
			}
		}
	}
	m.Seed, m.Clock, m.At, m.origin, m.run, m.life = x.Seed, x.Clock, x.Now, x.Origin, x.Run, x.Life
	if m.Name == "" {
		m.Name = x.Name
	}
	ws, err := s.Make(ctx, m)
	if err != nil {
		return nil, err
	}
	if err := ws.fill(ctx, x, parts); err != nil {
		return nil, errors.Join(err, s.Drop(ctx, ws))
	}
	return ws, ws.resumeDeliveries(ctx)
}

// exported is what was read of an export.
type exported struct {
	puts    []store.Put
	appends []store.Append
}

// readExport reads everything that has a form, so that nothing is made of a file
// that is damaged, or of another version.
func (s *Sandbox) readExport(x Export) (parts exported, err error) {
	defer func() {
		if v := recover(); v != nil { // bytes that no codec has written
			err = fmt.Errorf("%w: it is damaged: %v", ErrImport, v)
		}
	}()
	forms := s.config.Forms()
	value := func(kind, id string, data []byte) any {
		v, wrong := forms.Read(kind, slices.Clone(data))
		if wrong != nil && err == nil {
			err = fmt.Errorf("%w: %s %q: %w", ErrImport, kind, id, wrong)
		}
		return v
	}
	for _, d := range x.Documents {
		if _, known := forms[d.Kind]; !known || slices.Contains(atHome, d.Kind) {
			return parts, fmt.Errorf("%w: it has a %q, of which this version knows nothing", ErrImport, d.Kind)
		}
		parts.puts = append(parts.puts, store.Put{Key: store.Key{Kind: d.Kind, ID: d.ID}, Doc: store.Doc{Value: value(d.Kind, d.ID, d.Data), Expires: d.Expires}})
	}
	for _, l := range x.Lists {
		if l.Kind != kindTimeline {
			return parts, fmt.Errorf("%w: it has a list %q, of which this version knows nothing", ErrImport, l.Kind)
		}
		lost := l.Lost
		for _, item := range l.Items {
			a := store.Append{Key: store.Key{Kind: l.Kind, ID: l.ID}, Value: value(l.Kind, l.ID, item.Data), N: item.N, Lost: lost}
			parts.appends, lost = append(parts.appends, a), 0
		}
	}
	for i, r := range x.Journal {
		if len(r.Entry) == 0 {
			return parts, fmt.Errorf("%w: exchange %d of its journal is empty", ErrImport, i+1)
		}
		_ = s.codec.entry(store.Record{Entry: r.Entry, End: r.End})
	}
	return parts, err
}

// fill writes what was exported into a new workspace.
func (ws *Workspace) fill(ctx context.Context, x Export, parts exported) error {
	for i, r := range x.Journal {
		n := max(x.First, 1) + int64(i)
		if _, err := ws.append(ctx, store.Change{Entry: r.Entry, First: n}); err != nil {
			return err
		}
		if r.End == nil {
			continue
		}
		if _, err := ws.append(ctx, store.Change{End: r.End, EndOf: n}); err != nil {
			return err
		}
	}
	for puts := range slices.Chunk(parts.puts, importAtOnce) {
		for i := range puts {
			puts[i].Value = ws.unmasked(puts[i].Value)
		}
		if _, err := ws.append(ctx, store.Change{Puts: puts}); err != nil {
			return err
		}
	}
	for appends := range slices.Chunk(parts.appends, importAtOnce) {
		if _, err := ws.append(ctx, store.Change{Appends: appends}); err != nil {
			return err
		}
	}
	var counters []store.Counter
	for name, by := range x.Counters {
		counters = append(counters, store.Counter{Name: name, By: by})
	}
	_, err := ws.append(ctx, store.Change{Counters: counters})
	return err
}

// resumeDeliveries begins to deliver what waited when the workspace was exported.
func (ws *Workspace) resumeDeliveries(ctx context.Context) error {
	queues, err := ws.store.List(ctx, ws.space, kindOutbox, "")
	if err != nil || len(queues) == 0 {
		return err
	}
	if err := ws.remind(ctx); err != nil {
		return err
	}
	for _, q := range queues {
		if t := ws.sandbox.newThread(q.ID, ws.Clock.Now()); ws.hasTarget(t.Channel, t.Account) { // else it waits until one is set
			ws.outbox.kick(q.ID)
		}
	}
	return nil
}
