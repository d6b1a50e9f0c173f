package sim

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// ExportFormat and ExportVersion are what the file of a workspace says it is.
const (
	ExportFormat  = "encore-sandbox workspace"
	ExportVersion = 1
)

// Export is a workspace as a file: everything that happened in it and that
// decides what will. Credentials are in it as fingerprints, or as placeholders
// for those that an import mints.
type Export struct {
	Format    string            `json:"format"`
	Version   int               `json:"version"`
	Name      string            `json:"name"`
	Origin    string            `json:"origin"` // see Workspace.Origin
	Seed      uint64            `json:"seed"`
	Run       string            `json:"run,omitempty"`
	Life      int64             `json:"life,omitempty"` // how often it was reset
	Clock     string            `json:"clock"`
	Now       time.Time         `json:"now"` // simulated time
	Webhooks  map[string]string `json:"webhooks"`
	Documents []ExportedDoc     `json:"documents"`
	Lists     []ExportedList    `json:"lists"`
	First     int64             `json:"first"` // number of the first record
	Journal   []ExportedRecord  `json:"journal"`
	Counters  map[string]int64  `json:"counters"`
}

// ExportedDoc is a document in the form of its kind.
type ExportedDoc struct {
	Kind    string    `json:"kind"`
	ID      string    `json:"id"`
	Expires time.Time `json:"expires,omitzero"`
	Data    []byte    `json:"data"`
}

// ExportedList is a list, oldest value first.
type ExportedList struct {
	Kind  string         `json:"kind"`
	ID    string         `json:"id"`
	Lost  int64          `json:"lost,omitempty"`
	Items []ExportedItem `json:"items"`
}

// ExportedItem is a value with the number of its exchange.
type ExportedItem struct {
	N    int64  `json:"n"`
	Data []byte `json:"data"`
}

// ExportedRecord is an exchange of the journal with its end.
type ExportedRecord struct {
	Entry []byte `json:"entry"`
	End   []byte `json:"end,omitempty"`
}

// atHome are kinds that are about this sandbox and not about what happened in it.
var atHome = []string{kindShared, kindMade, kindOwner, kindSerial, kindLease, kindAnswer, kindHint, kindTimeline}

// exportTries is how often a workspace is read that changes while it is.
const exportTries = 5

// Export reads the whole workspace. While something goes on in it, it is read
// again, a few times.
func (ws *Workspace) Export(ctx context.Context) (x Export, err error) {
	for range exportTries {
		before, err := ws.moment(ctx)
		if err != nil {
			return x, err
		}
		if x, err = ws.export(ctx); err != nil {
			return x, err
		}
		if after, err := ws.moment(ctx); err != nil || after.rev == before.rev {
			return x, err
		}
	}
	return x, nil
}

func (ws *Workspace) export(ctx context.Context) (x Export, err error) {
	made, ok := ws.Made()
	if !ok {
		made.Origin, made.Clock = ws.origin, ClockWall
	}
	x = Export{
		Format: ExportFormat, Version: ExportVersion, Name: ws.Name, Origin: made.Origin, Seed: ws.Seed, Run: ws.run, Life: ws.life.Load(),
		Clock: made.Clock, Now: ws.Clock.Now(), Webhooks: map[string]string{},
	}
	for of, t := range ws.Webhooks() {
		if t.Transport == nil { // else it is a program's own
			x.Webhooks[of] = withoutUser(t.URL)
		}
	}
	if x.Counters, err = ws.Counters(ctx); err != nil {
		return x, err
	}
	for _, read := range []func(context.Context, *Export) error{ws.exportJournal, ws.exportDocuments, ws.exportTimelines} {
		if err := read(ctx, &x); err != nil {
			return x, err
		}
	}
	return x, nil
}

func (ws *Workspace) exportJournal(ctx context.Context, x *Export) error {
	records, err := ws.store.Range(ctx, ws.space, 1, 0)
	x.Journal = make([]ExportedRecord, len(records))
	for i, r := range records {
		x.Journal[i] = ExportedRecord{r.Entry, r.End}
	}
	if len(records) > 0 {
		x.First = records[0].N
	}
	return err
}

func (ws *Workspace) exportDocuments(ctx context.Context, x *Export) error {
	forms := ws.sandbox.config.Forms()
	x.Documents = []ExportedDoc{}
	for kind := range forms {
		if slices.Contains(atHome, kind) {
			continue
		}
		items, err := ws.store.List(ctx, ws.space, kind, "")
		if err != nil {
			return err
		}
		for _, item := range items {
			data, err := forms.Append(nil, kind, ws.masked(item.Value))
			if err != nil {
				return err
			}
			x.Documents = append(x.Documents, ExportedDoc{kind, item.ID, item.Expires, redactedDoc(data)})
		}
	}
	slices.SortFunc(x.Documents, func(a, b ExportedDoc) int { return slices.Compare([]string{a.Kind, a.ID}, []string{b.Kind, b.ID}) })
	return nil
}

// exportTimelines reads the lists, which go with threads.
func (ws *Workspace) exportTimelines(ctx context.Context, x *Export) error {
	forms := ws.sandbox.config.Forms()
	threads, err := ws.AllThreads(ctx)
	if err != nil {
		return err
	}
	x.Lists = []ExportedList{}
	for _, t := range threads {
		items, lost, err := ws.store.Items(ctx, ws.space, store.Key{Kind: kindTimeline, ID: t.ID})
		if err != nil {
			return err
		}
		list := ExportedList{Kind: kindTimeline, ID: t.ID, Lost: lost}
		for _, item := range items {
			data, err := forms.Append(nil, kindTimeline, item.Value)
			if err != nil {
				return err
			}
			list.Items = append(list.Items, ExportedItem{item.N, data})
		}
		x.Lists = append(x.Lists, list)
	}
	return nil
}

// masked is a value without the credentials that the engine knows of: those by
// which faults match, and who holds a queue.
func (ws *Workspace) masked(value any) any {
	switch v := value.(type) {
	case outboxQueue:
		v.Holder, v.Until = "", time.Time{}
		return v
	case armedFaults:
		v.Rules = ws.eachMatch(v.Rules, ws.placeholder)
		return v
	}
	return value
}

// unmasked gives placeholders the workspace's own credentials.
func (ws *Workspace) unmasked(value any) any {
	if v, ok := value.(armedFaults); ok {
		v.Rules = ws.eachMatch(v.Rules, ws.filledIn)
		return v
	}
	return value
}

// eachMatch rewrites the credentials by which faults match.
func (ws *Workspace) eachMatch(rules []fault.Armed, rewrite func(string) string) []fault.Armed {
	rules = slices.Clone(rules)
	for i := range rules {
		m := &rules[i].Fault.Match
		m.Key = rewrite(m.Key)
		header := map[string]string{}
		for name, value := range m.Header {
			if redaction(name) != nil && value != "*" {
				value = rewrite(value)
			}
			header[name] = value
		}
		if m.Header != nil {
			m.Header = header
		}
	}
	return rules
}

// placeholders stand for a credential that is minted anew by an import.
var placeholders = regexp.MustCompile(`^(.*)\{minted ([^}]+)\}$`)

// placeholder is what an export has in the place of a credential.
func (ws *Workspace) placeholder(secret string) string {
	if m, ok := parseMinted(secret); ok && ws.sandbox.proves(m, ws.space) {
		return "{minted " + m.Head + "}"
	}
	return Fingerprint(secret)
}

func (ws *Workspace) filledIn(text string) string {
	if m := placeholders.FindStringSubmatch(text); m != nil {
		return m[1] + ws.credential(m[2])
	}
	return text
}

// secretMember is where documents that are JSON hold secrets of the integrator's
// beside those of bodies.
var secretMember = regexp.MustCompile(`("(?:verifyToken|token|secret|password)"\s*:\s*)("(?:[^"\\]|\\.)*")`)

// redactedDoc is a laid down document without those. Forms that are no JSON have
// lengths, and nothing of an integrator's but what the journal has redacted.
func redactedDoc(data []byte) []byte {
	if len(data) < 2 || data[0] != 'f' || data[1] != '{' && data[1] != '[' {
		return data
	}
	body := replaceTokens(secretMember, data[1:], func(found []byte) []byte {
		var secret string
		if json.Unmarshal(found, &secret) != nil || secret == "" {
			return found
		}
		quoted, _ := json.Marshal(Fingerprint(secret)) // a text: cannot fail
		return quoted
	})
	return append([]byte{data[0]}, redactedBody(body)...)
}

// withoutUser is a URL without user and password.
func withoutUser(text string) string { return userOfURL.ReplaceAllString(text, "$1") }
