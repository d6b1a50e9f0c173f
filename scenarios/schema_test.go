package scenarios

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiledConfig is the schema of sandbox.yaml as an editor has it.
func compiledConfig(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(ConfigSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	if s.DraftVersion != 2020 {
		t.Errorf("draft %d, want 2020", s.DraftVersion)
	}
	return s
}

// tree is a file as an editor sees it.
func treeOf(t *testing.T, file string) any {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(file), &tree); err != nil {
		t.Fatal(err)
	}
	return treeAgain(t, tree)
}

// treeAgain is a copy in the form that the validator wants.
func treeAgain(t *testing.T, tree any) any {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// load is what LoadConfig says of a file.
func load(t *testing.T, file string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), ConfigFile)
	if err := os.WriteFile(path, []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := LoadConfig(path)
	return err
}

// everyField is a file with every field there is, in every form.
const everyField = `
seed: 1
clock: manual
operators:
  - {clientId: client-42, name: Tony, phoneNumberId: "1", number: "2", waba: "3", page: "4", instagram: "5", kaleyra: "+15550783881", interakt: a, zoko: b,
     interaktKey: c, zokoKey: d, pageToken: e, instagramToken: f, cap: 0, idleGap: 1d12h, reply: Hi, webhook: {"*": "http://127.0.0.1:3000"}}
faults:
  - 503
  - 429;times=2
  - {id: a, name: b, match: {fake: encore, operation: offersMessage, thread: t, clientId: c, recipient: r, customer: u, key: k, header: {A: b},
     body: {a.b: 1, c: true, d: "*", e: null}, wellFormed: true, offerMessage: true}, status: 503, body: "{}", contentType: text/plain, latency: 1s, after: true,
     times: 1, skip: 1, probability: 0.5, seed: 1, from: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z", ttl: 1h}
  - {status: 502, html: true, every: 2}
  - {status: 502, match: {nth: 2}}
  - {drip: 16/100ms, garbled: true}
  - {hang: true}
  - {reset: headers}
  - {truncate: 10}
  - {duplicate: true}
  - {noFill: geo}
  - {provider: window-closed}
  - {preset: encore-503-twice}
  - {sequence: "429,ok"}
  - {sequence: [429, 503+html, {latency: 1s, status: 500}]}
catalog:
  organizations: [{id: 00000000-0000-4000-8000-000000000001, name: a, url: "https://a.example"}]
  campaigns:
    - {id: 00000000-0000-4000-8000-000000000002, organizationId: 00000000-0000-4000-8000-000000000001, name: a, status: active, startDate: "2026-01-01T00:00:00Z",
       endDate: "2027-01-01T00:00:00Z", targetingMode: blacklist, targetCountries: [DE], targetCities: [Rome], targetRegions: [Ohio], weight: 0.5, demo: true,
       destinationUrl: "https://a.example", creatives: [{id: 00000000-0000-4000-8000-000000000003, name: a, status: active, supportedPlatforms: [ios], messagingPlatforms: [facebook],
       languages: [de], title: a, subtitle: b, body: c, cta: d, image: "https://a.example/a.png", weight: 2}]}
decisions: 5
workspaces: {exchanges: 1, megabytes: 1, perOwner: 1, idle: never, requestsPerSecond: 1, webhooksPerMinute: 1}
apps: [{key: pk_test_a, platform: ios, country: DE}]
limits:
  encore: {trial: 1, rate: {perSecond: 0.5, burst: 1}, queue: {concurrency: 1, waiting: 1, serviceTime: 20ms}, retryAfter: true}
  meta: {documented: true, perSecond: 1, pairEvery: 6s, pairBurst: 1, callsPerHour: 1, pagePerSecond: 1, pageMediaPerSecond: 1, conversationsPerSecond: 1, privateRepliesPerHour: 1}
  kaleyra: {perDay: 1}
  interakt: {plan: growth, perMinute: 1}
  zoko: {customerList: 300s}
templates:
  learn: true
  meta:
    - {id: "1", name: a, language: en_US, category: UTILITY, status: PAUSED, header: {format: TEXT, text: a}, body: "{{1}}", bodyKinds: [currency], footer: a,
       limitedTimeOffer: {text: a, hasExpiration: true}, buttons: [{type: URL, text: a, url: "https://a.example/{{1}}", example: b, phone: "1"}]}
  kaleyra: [{name: a, language: en_US, body: b}]
  interakt: [{name: a, language: en_US, body: b}]
  zoko: [{name: a, language: en_US, body: b}]
whatsapp: {failures: sync, bsuid: true, noWindow: true, refusePastExpiry: true, approveAfter: never, countryCode: "49", ipLinks: true, delays: {sent: 1s, delivered: 2s, read: never},
  newestVersion: v26.0, webhookVersion: v23.0, mediaFile: 1, mediaBytes: 2}
messenger: {appId: "1", threadIds: true, strangers: true, truncateTitles: true}
rules: {R36: {level: should, reason: a, until: 2026-12-31}}
kaleyra: {sid: a, balance: 1, unavailable: true, v1: ["+15550783881"], refusePastExpiry: true, noWindow: true, messageIds: short, delays: {sent: 1s, delivered: 2s, read: never}}
interakt: {secret: a, profile: live-2026, strictKeys: true, strictSlash: true, legacyTrack200: true, noWindow: true, failures: async, delays: {sent: 1s, delivered: 2s, read: never}}
zoko: {profile: docs, expired: fail, seen: true, customerId: true, lenient: true, delays: {sent: 1s, delivered: 2s, read: never}}
watchers: {profile: current, strict: true, tap: postMessage, rooms: [{id: a, name: b}], users: [{id: c, name: d}]}
`

// named is a field of sandbox.yaml: its name in the file, and its key in
// configWords.
type named struct {
	name, key string
	typ       reflect.Type
}

// fieldsOf are the fields of a struct, those of structs within it included.
func fieldsOf(typ reflect.Type) (all []named) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(options, "inline"):
			all = append(all, fieldsOf(f.Type)...)
		case name != "" && name != "-":
			all = append(all, named{name, typ.String() + "." + name, f.Type})
		}
	}
	return all
}

// elem is what a list, a map or a pointer holds in the end.
func elem(typ reflect.Type) reflect.Type {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	return typ
}

// visit tells of every field of a type and of the types of its fields.
func visit(typ reflect.Type, seen map[reflect.Type]bool, tell func(of reflect.Type, f named)) {
	typ = elem(typ)
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	for _, f := range fieldsOf(typ) {
		tell(typ, f)
		visit(f.typ, seen, tell)
	}
}

// Every field is described, and no description is of a field that is gone: this
// is the test that a new field has to pass.
func TestConfigSchemaIsComplete(t *testing.T) {
	t.Parallel()
	var missing []string
	known, required := map[string]bool{}, requiredFields()
	visit(reflect.TypeFor[Config](), map[reflect.Type]bool{}, func(of reflect.Type, f named) {
		known[f.key], known[of.String()+"."+f.name] = true, true
		if !strings.HasSuffix(configWords()[f.key].about, ".") {
			missing = append(missing, f.key)
		}
	})
	if len(missing) > 0 {
		t.Errorf("fields of sandbox.yaml that nothing is said of; add a sentence to configWords for each:\n%s", strings.Join(missing, "\n"))
	}
	for key := range configWords() {
		if !known[key] {
			t.Errorf("configWords describes %s, which is no field of sandbox.yaml", key)
		}
	}
	for typ, fields := range required {
		for _, name := range fields {
			if !known[typ+"."+name] {
				t.Errorf("requiredFields names %s.%s, which is no field of sandbox.yaml", typ, name)
			}
		}
	}
}

// What people have as examples is accepted, and each file by LoadConfig too.
func TestConfigSchemaAccepts(t *testing.T) {
	t.Parallel()
	s := compiledConfig(t)
	example, err := os.ReadFile("../cmd/encore-sandbox/sandbox.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"nothing": "{}", "the manual's example": string(example), "every field": everyField,
		"one field of an operator": "operators: [{clientId: client-43, cap: 2}]",
	} {
		if err := load(t, file); err != nil {
			t.Errorf("%s: LoadConfig: %v", name, err)
		}
		if err := s.Validate(treeOf(t, file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The sample with every field has every field, so that what is tried with it is
// tried everywhere.
func TestEveryFieldIsThere(t *testing.T) {
	t.Parallel()
	present := map[string]bool{}
	var look func(reflect.Type, any)
	look = func(typ reflect.Type, tree any) {
		switch tree := tree.(type) {
		case []any:
			for _, item := range tree {
				look(typ, item)
			}
		case map[string]any:
			if elem(typ) == typ && typ.Kind() == reflect.Struct {
				for _, f := range fieldsOf(typ) {
					if inner, ok := tree[f.name]; ok {
						present[f.key] = true
						look(f.typ, inner)
					}
				}
				return
			}
			if typ.Kind() != reflect.Map {
				look(elem(typ), tree)
				return
			}
			for _, inner := range tree {
				look(elem(typ), inner)
			}
		}
	}
	look(reflect.TypeFor[Config](), treeOf(t, everyField))
	for key := range configWords() {
		if !present[key] {
			t.Errorf("everyField has no %s", key)
		}
	}
}

// A name that is mistyped is refused wherever it stands.
func TestConfigSchemaRefusesTypos(t *testing.T) {
	t.Parallel()
	s := compiledConfig(t)
	file := treeOf(t, everyField)
	var objects []string
	var visit func(path string, node any)
	visit = func(path string, node any) {
		switch node := node.(type) {
		case map[string]any:
			free := strings.HasSuffix(path, ".webhook") || strings.HasSuffix(path, ".header") && strings.Contains(path, ".match") || strings.HasSuffix(path, ".body")
			if !free {
				node["tpyo"] = true
				if s.Validate(treeAgain(t, file)) == nil {
					t.Errorf("%s.tpyo is accepted", path)
				}
				delete(node, "tpyo")
				objects = append(objects, path)
			}
			for _, name := range slices.Sorted(maps.Keys(node)) {
				visit(path+"."+name, node[name])
			}
		case []any:
			for _, item := range node {
				visit(path, item)
			}
		}
	}
	visit("", file)
	if err := s.Validate(file); err != nil || len(objects) < 30 {
		t.Errorf("%d objects were tried; without typos: %v", len(objects), err)
	}
}

// Mistakes that one value shows are seen in the editor already.
func TestConfigSchemaRefusesWhatLoadConfigRefuses(t *testing.T) {
	t.Parallel()
	s := compiledConfig(t)
	var accepted []string
	for _, file := range []string{
		"seed: many", "seed: -1", "seed: [1]", "clock: [a]", "clock: broken", "whatsapp: {ipLinks: maybe}", "operators: {a: 1}", "operators: [7]", "operatrs: []",
		"operators: [{clientId: client-42, cap: -1}]", "operators: [{name: Tony's Pizza}]", "operators: [{clientId: client-42, idleGap: soon}]",
		"faults: [{status: 503, tims: 2}]", "faults: [77]", "faults: [{}]", "faults: [{status: 99}]", "faults: [{reset: later}]", "faults: [{sequence: [{stats: 1}, ok]}]",
		"apps: [{key: pk_live_x}]", "apps: [{key: pk_test_x, platform: iphone}]", "apps: [{key: pk_test_x, country: de}]",
		"limits: {encore: {trial: -5}}", "limits: {encore: {trial: many}}", "limits: {encore: {queue: {concurrency: 1, serviceTime: soon}}}", "limits: {meta: {perSecond: -1}}",
		"limits: {meta: {pairEvery: often}}", "catalog: {campaigns: [{id: a, organizationId: b, status: lost, destinationUrl: c}]}", "catalog: {organizations: [{id: a}]}",
		"templates: {meta: [{name: a, language: en_US}]}", "templates: {meta: [{language: en_US, body: a}]}", "templates: {zoko: [{name: a, body: b}]}",
		"whatsapp: {failures: both}", "whatsapp: {approveAfter: soon}", "whatsapp: {countryCode: DE}", "whatsapp: {delays: {sent: soon}}",
		"rules: {R36: {level: hint, reason: a, until: 2026-12-31}}", "rules: {R36: {level: off, until: 2026-12-31}}", "rules: {R36: {level: off, reason: a, until: soon}}",
		"rules: {seven: {level: off, reason: a, until: 2026-12-31}}", "zoko: {profile: old}", "zoko: {expired: never}", "watchers: {profile: old}", "watchers: {tap: twice}",
		"watchers: {rooms: [{name: a}]}", "decisions: -1", "decisions: many",
	} {
		if load(t, file) == nil {
			t.Errorf("LoadConfig accepts %s", file)
		}
		if s.Validate(treeOf(t, file)) == nil {
			accepted = append(accepted, file)
		}
	}
	if diff := cmp.Diff([]string(nil), accepted); diff != "" {
		t.Errorf("what the schema accepts (-want +got):\n%s", diff)
	}
}
