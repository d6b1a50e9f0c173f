package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// ConfigFile is looked for in the working directory.
const ConfigFile = "sandbox.yaml"

// Config is sandbox.yaml. Every field may be left out.
type Config struct {
	Seed       uint64          `yaml:"seed"`
	Clock      string          `yaml:"clock"` // wall (default) or manual
	Operators  []OperatorEntry `yaml:"operators"`
	Faults     []fault.Fault   `yaml:"faults"`
	Catalog    *encore.Catalog `yaml:"catalog"`
	Apps       []encore.App    `yaml:"apps"`       // what Encore knows of the app behind a key
	Limits     fakes.Limits    `yaml:"limits"`     // of the vendors; off by default, but for Interakt's
	Workspaces Quotas          `yaml:"workspaces"` // what one may hold and use
	Decisions  int             `yaml:"decisions"`  // remembered in a workspace, oldest out first; 0: 100,000
	Templates  fakes.Templates `yaml:"templates"`
	WhatsApp   fakes.WhatsApp  `yaml:"whatsapp"`
	Messenger  MessengerEntry  `yaml:"messenger"`
	Kaleyra    fakes.Kaleyra   `yaml:"kaleyra"`
	Rules      rules.Levels    `yaml:"rules"` // how much duties weigh here, by their ids
	Interakt   fakes.Interakt  `yaml:"interakt"`
	Zoko       fakes.Zoko      `yaml:"zoko"`
	Watchers   fakes.Watchers  `yaml:"watchers"`
}

// MessengerEntry says how Messenger and Instagram differ from their documented
// behaviour, see meta.Messenger.
type MessengerEntry struct {
	AppID          string `yaml:"appId"`
	ThreadIDs      bool   `yaml:"threadIds"`
	Strangers      bool   `yaml:"strangers"`
	TruncateTitles bool   `yaml:"truncateTitles"`
}

// OperatorEntry is an operator with what its integrator is configured to do.
// In a file, what is left out of the entry of a default operator, by its
// clientId, is as in fakes.Operators.
type OperatorEntry struct {
	fakes.Operator `yaml:",inline"`
	Cap            *int              `yaml:"cap"`     // offers per thread, default 3
	IdleGap        string            `yaml:"idleGap"` // default 24h
	Reply          string            `yaml:"reply"`   // the normal reply; learnt when empty
	Webhook        map[string]string `yaml:"webhook"` // URL by channel; * is for every channel
}

// LoadConfig reads a config file. An empty path means ConfigFile, which need
// not exist. Errors name file, line and column.
func LoadConfig(path string) (Config, error) {
	var c Config
	optional := path == ""
	if optional {
		path = ConfigFile
	}
	data, err := os.ReadFile(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	large, isLarge := newLargeFile(data)
	if isLarge {
		data, err = large.decode(&c)
	} else {
		err = yaml.UnmarshalWithOptions(data, &c, yaml.Strict())
	}
	if err != nil {
		return Config{}, misshapen(path, data, err)
	}
	problems, err := fractions(data)
	if err != nil {
		return Config{}, err
	}
	c.complete()
	problems = firstProblems(append(problems, c.problems()...))
	if len(problems) == 0 {
		return c, nil
	}
	if isLarge {
		data = large.about(problems)
	}
	return Config{}, located(path, data, problems)
}

// problemsAtMost is how many problems of a file are told at once.
const problemsAtMost = 50

func firstProblems(problems []encore.Problem) []encore.Problem {
	return problems[:min(len(problems), problemsAtMost)]
}

// complete gives operators that go by the client id of a default one what the
// file leaves out of them, so that cap or reply alone can be changed. Who is in
// the file's list is there, and nobody else.
func (c *Config) complete() {
	for _, known := range fakes.Operators() {
		for i := range c.Operators {
			if o := &c.Operators[i].Operator; o.ClientID == known.ClientID {
				*o = completed(*o, known)
			}
		}
	}
}

// completed fills what is empty of an operator, whatever fields it has.
func completed(o, from fakes.Operator) fakes.Operator {
	into, source := reflect.ValueOf(&o).Elem(), reflect.ValueOf(from)
	for i := range into.NumField() {
		if into.Field(i).IsZero() {
			into.Field(i).Set(source.Field(i))
		}
	}
	return o
}

// problems is everything in the file that cannot be put to use.
func (c Config) problems() []encore.Problem {
	problems := c.operatorProblems()
	if c.Clock != "" && c.Clock != "wall" && c.Clock != "manual" {
		problems = append(problems, encore.Problem{Path: "clock", Text: fmt.Sprintf("%q is neither wall nor manual", c.Clock)})
	}
	if c.Decisions < 0 {
		problems = append(problems, encore.Problem{Path: "decisions", Text: "is negative; leave it out for 100,000 decisions"})
	}
	problems = append(append(problems, c.levelProblems()...), c.Workspaces.problems()...)
	vendors := c.vendors()
	_, graph := vendors.Meta()
	_, reseller := vendors.Kaleyra()
	_, tracker := vendors.Interakt()
	_, chat := vendors.Zoko()
	_, offers := vendors.Watchers()
	for _, err := range []error{vendors.Encore().Validate(), graph, reseller, tracker, chat, offers} {
		problems = append(problems, encore.ProblemsOf(err)...)
	}
	return problems
}

// vendors is what the file says of the vendors.
func (c Config) vendors() fakes.Config {
	return fakes.Config{
		Operators: c.operators(), Catalog: c.Catalog, Apps: c.Apps, Limits: c.Limits, Templates: c.Templates, WhatsApp: c.WhatsApp,
		Messenger: meta.Messenger(c.Messenger), KaleyraSettings: c.Kaleyra, InteraktSettings: c.Interakt, ZokoSettings: c.Zoko, WatchersSettings: c.Watchers,
	}
}

func (c Config) operatorProblems() (problems []encore.Problem) {
	seen := map[string]bool{}
	for i, o := range c.Operators {
		add := func(field, text string) {
			problems = append(problems, encore.Problem{Path: fmt.Sprintf("operators[%d].%s", i, field), Text: text})
		}
		if o.ClientID == "" {
			add("clientId", "is missing; it is Encore's stable id of the operator")
		}
		accounts := o.Accounts()
		if len(accounts) == 0 {
			problems = append(problems, encore.Problem{
				Path: fmt.Sprintf("operators[%d]", i), Text: "has no account; give it one of phoneNumberId, page, instagram, kaleyra, interakt and zoko",
			})
		}
		for _, channel := range slices.Sorted(maps.Keys(accounts)) {
			key := channel + ":" + accounts[channel]
			if seen[key] {
				add(accountField(channel), accounts[channel]+" is given twice; each operator has an account of its own")
			}
			seen[key] = true
		}
		if _, err := o.gap(); err != nil {
			add("idleGap", err.Error())
		}
		if o.Cap != nil && *o.Cap < 0 {
			add("cap", "is negative; write 0 for no offers, or leave it out for 3")
		}
	}
	return problems
}

// accountField is what an operator's account on a channel is called.
func accountField(channel string) string {
	switch channel {
	case "whatsapp":
		return "phoneNumberId"
	case "messenger":
		return "page"
	}
	return channel
}

func (c Config) levelProblems() (problems []encore.Problem) {
	for _, id := range slices.Sorted(maps.Keys(c.Rules)) {
		if field, text := c.Rules[id].Problem(id); text != "" {
			problems = append(problems, encore.Problem{Path: strings.TrimSuffix("rules."+id+"."+field, "."), Text: text})
		}
	}
	return problems
}

// located words problems with the places in the file where they are.
func located(path string, data []byte, problems []encore.Problem) error {
	file, err := parser.ParseBytes(data, 0)
	var all []error
	for _, p := range problems {
		if line, column := place(file, p.Path); err == nil && line > 0 {
			all = append(all, fmt.Errorf("%s:%d:%d: %w", path, line, column, p))
		} else {
			all = append(all, fmt.Errorf("%s: %w", path, p))
		}
	}
	return errors.Join(all...)
}

// place finds the line and column of a field, or of the nearest one around it
// when the field itself is missing; zero when there is none.
func place(file *ast.File, field string) (line, column int) {
	for field != "" {
		if at, err := yaml.PathString("$." + field); err == nil {
			if node, err := at.FilterFile(file); err == nil {
				p := beginning(node).Position
				return p.Line, p.Column
			}
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return 0, 0
}

// beginning is the first token of a value: of a mapping its first key.
func beginning(node ast.Node) *token.Token {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return beginning(n.Values[0])
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return node.GetToken()
}

func (o OperatorEntry) gap() (time.Duration, error) {
	if o.IdleGap == "" {
		return rules.DefaultIdleGap, nil
	}
	return story.ParseDuration(o.IdleGap)
}

// operators are the configured ones, or the two that every sandbox knows.
func (c Config) operators() []fakes.Operator {
	if len(c.Operators) == 0 {
		return fakes.Operators()
	}
	out := make([]fakes.Operator, len(c.Operators))
	for i, o := range c.Operators {
		out[i] = o.Operator
	}
	return out
}

// operatorOf is the clientId of the operator who has an account, or empty.
func (c Config) operatorOf(account string) string {
	for _, o := range c.operators() {
		if slices.Contains(slices.Collect(maps.Values(o.Accounts())), account) {
			return o.ClientID
		}
	}
	return ""
}

// Settings is what the integrator of an operator is configured to do, as far
// as stories and rules depend on it. An empty account means the first operator.
func (c Config) Settings(account string) rules.Settings {
	s := rules.DefaultSettings()
	for _, o := range c.Operators {
		own := slices.Collect(maps.Values(o.Accounts()))
		if account != "" && account != o.ClientID && !slices.Contains(own, account) {
			continue
		}
		if o.Cap != nil {
			s.Cap = *o.Cap
		}
		s.IdleGap, _ = o.gap()
		if o.Reply != "" {
			s.Reply = []rules.ReplyText{{Text: o.Reply}}
		}
		s.Operator = o.ClientID
		return s
	}
	return s
}
