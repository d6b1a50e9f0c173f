package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// ConfigFile is looked for in the working directory.
const ConfigFile = "sandbox.yaml"

// Config is sandbox.yaml. Every field may be left out.
type Config struct {
	Seed      uint64          `yaml:"seed"`
	Clock     string          `yaml:"clock"` // wall (default) or manual
	Operators []OperatorEntry `yaml:"operators"`
	Faults    []fault.Fault   `yaml:"faults"`
	Catalog   *encore.Catalog `yaml:"catalog"`
}

// OperatorEntry is an operator with what its integrator is configured to do.
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
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, true))
	}
	return c, c.validate(path)
}

func (c Config) validate(path string) error {
	if c.Clock != "" && c.Clock != "wall" && c.Clock != "manual" {
		return fmt.Errorf("%s: clock is %q; use wall or manual", path, c.Clock)
	}
	seen := map[string]bool{}
	for i, o := range c.Operators {
		if o.ClientID == "" || o.PhoneNumberID == "" {
			return fmt.Errorf("%s: operators[%d] needs a clientId and a phoneNumberId", path, i)
		}
		if seen[o.PhoneNumberID] {
			return fmt.Errorf("%s: operators[%d].phoneNumberId %s is given twice", path, i, o.PhoneNumberID)
		}
		seen[o.PhoneNumberID] = true
		if _, err := o.gap(); err != nil {
			return fmt.Errorf("%s: operators[%d].idleGap: %w", path, i, err)
		}
	}
	return nil
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

// Settings is what the integrator of an operator is configured to do, as far
// as stories and rules depend on it. An empty account means the first operator.
func (c Config) Settings(account string) rules.Settings {
	s := rules.DefaultSettings()
	for _, o := range c.Operators {
		if account != "" && account != o.PhoneNumberID && account != o.ClientID {
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
