package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

// environmentPrefix begins the environment variable of every flag.
const environmentPrefix = "ENCORE_SANDBOX_"

// source gives values to flags that nobody has given one so far. Sources are
// asked in order, so that an earlier one beats a later one; after the last one
// the default of the flag stands.
type source struct {
	label func(flag string) string // names the value in errors
	value func(flag string) (string, bool)
}

// fromKey marks a flag's source other than the command line.
const fromKey = "from"

// fill asks a source for every flag that is still open.
func fill(flags *pflag.FlagSet, s source) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := s.value(f.Name)
		if f.Changed || f.Name == "help" || !ok {
			return
		}
		var invalid *pflag.InvalidValueError
		if err := flags.Set(f.Name, value); errors.As(err, &invalid) {
			problems = append(problems, badValue(s.label(f.Name), invalid))
		} else if err != nil {
			problems = append(problems, err)
		}
		_ = flags.SetAnnotation(f.Name, fromKey, []string{s.label(f.Name)})
	})
	if len(problems) == 0 {
		return nil
	}
	return problems[0]
}

// variableOf is the environment variable of a flag.
func variableOf(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment fills flags by their variables. The address that serve was
// given is also where the other commands find it.
func (p program) fromEnvironment(flags *pflag.FlagSet) error {
	own := source{variableOf, func(flag string) (string, bool) {
		value, set := p.getenv(variableOf(flag))
		return value, set && value != ""
	}}
	if err := fill(flags, own); err != nil {
		return err
	}
	address := variableOf("addr")
	return fill(flags, source{func(string) string { return address }, func(flag string) (string, bool) {
		addr, set := p.getenv(address)
		own := flags.Lookup("addr") != nil // a sandbox of the command's own is there
		return "http://" + reachable(addr), flag == "sandbox" && set && addr != "" && !own
	}})
}

func (p program) getenv(name string) (string, bool) {
	for _, pair := range p.environ {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// fromConfig fills flags by what sandbox.yaml says of the sandbox and of its
// first operator.
func fromConfig(flags *pflag.FlagSet, path string, c scenarios.Config) error {
	values := map[string]string{"clock": c.Clock}
	if c.Seed != 0 {
		values["seed"] = strconv.FormatUint(c.Seed, 10)
	}
	if len(c.Operators) > 0 {
		first := c.Operators[0]
		values["idle-gap"] = first.IdleGap
		if first.Cap != nil {
			values["cap"] = strconv.Itoa(*first.Cap)
		}
		values["webhook"] = strings.Join(webhookList(targets(c.Operators)), ",")
	}
	if path == "" {
		path = scenarios.ConfigFile
	}
	return fill(flags, source{
		label: func(flag string) string { return path + ": " + flag },
		value: func(flag string) (string, bool) { return values[flag], values[flag] != "" },
	})
}

// targets are those of the operators: the first one's by channel, for all who
// have none of their own, the others' by channel and account.
func targets(operators []scenarios.OperatorEntry) map[string]string {
	all := maps.Clone(operators[0].Webhook)
	for _, o := range operators[1:] {
		for channel, account := range o.Accounts() {
			if url := cmp.Or(o.Webhook[channel], o.Webhook["*"]); url != "" {
				if all == nil {
					all = map[string]string{}
				}
				all[channel+":"+account] = url
			}
		}
	}
	return all
}

// webhookList writes targets by channel as --webhook reads them.
func webhookList(byChannel map[string]string) (list []string) {
	for _, channel := range slices.Sorted(maps.Keys(byChannel)) {
		if channel == "*" || channel == "" {
			list = append(list, byChannel[channel])
		} else {
			list = append(list, channel+"="+byChannel[channel])
		}
	}
	return list
}

// loadConfig reads the config file and fills the flags that it speaks of.
func loadConfig(flags *pflag.FlagSet, path string) (scenarios.Config, error) {
	config, err := scenarios.LoadConfig(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return config, misused("give the path of a sandbox.yaml, or leave --config out; what it may say: encore-sandbox help config", "--config: there is no file %q", path)
	case err != nil:
		return config, misused("what the file may say: encore-sandbox help config", "%s", err)
	}
	return config, fromConfig(flags, path, config)
}

// parsed is a flag's value that is read from text with words of our own.
type parsed[T any] struct {
	target *T
	kind   string // shown in help
	parse  func(string) (T, error)
	write  func(T) string
}

// String implements pflag.Value.
func (v *parsed[T]) String() string {
	if v.target == nil {
		return ""
	}
	return v.write(*v.target)
}

// Set implements pflag.Value.
func (v *parsed[T]) Set(text string) error {
	value, err := v.parse(text)
	if err == nil {
		*v.target = value
	}
	return err
}

// Type implements pflag.Value.
func (v *parsed[T]) Type() string { return v.kind }

func durationFlag(flags *pflag.FlagSet, target *time.Duration, name string, value time.Duration, about string) {
	*target = value
	flags.Var(&parsed[time.Duration]{target, "duration", duration, brief}, name, about)
}

// duration allows days, and zero.
func duration(text string) (time.Duration, error) {
	if text == "0" || text == "0s" {
		return 0, nil
	}
	d, err := story.ParseDuration(text)
	if err != nil {
		return 0, errors.New("use a duration such as 90s, 26h or 3d")
	}
	return d, nil
}

// brief writes a duration without its zero parts.
func brief(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func numberFlag(flags *pflag.FlagSet, target *int, name string, value, least int, about string) {
	*target = value
	flags.Var(&parsed[int]{target, "number", func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least {
			return 0, fmt.Errorf("use a whole number from %d", least)
		}
		return n, nil
	}, strconv.Itoa}, name, about)
}

func seedFlag(flags *pflag.FlagSet, target *uint64, about string) {
	flags.Var(&parsed[uint64]{target, "number", func(text string) (uint64, error) {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n == 0 { // 0 is how the engine is told that there is none
			return 0, errors.New("use a whole number from 1, such as 42, or leave it out")
		}
		return n, nil
	}, func(n uint64) string {
		if n == 0 {
			return "" // no default to show
		}
		return strconv.FormatUint(n, 10)
	}}, "seed", about)
}

func choiceFlag(flags *pflag.FlagSet, target *string, name, value string, choices []string, about string) {
	*target = value
	flags.Var(&parsed[string]{target, strings.Join(choices, "|"), func(text string) (string, error) {
		for _, c := range choices {
			if c == text {
				return text, nil
			}
		}
		return "", errors.New("use " + strings.Join(choices, " or "))
	}, func(s string) string { return s }}, name, about)
}

func configFlag(flags *pflag.FlagSet, target *string) {
	flags.StringVar(target, "config", "", "`file` to read instead of sandbox.yaml")
}

// webhooks is the value of --webhook: targets by channel, or by channel:account,
// "" for every other.
type webhooks map[string]sim.Target

func webhookFlag(flags *pflag.FlagSet, target *webhooks) {
	*target = webhooks{}
	flags.Var(target, "webhook", "where the integrator listens, as `[channel=]URL` or channel:account=URL; may be repeated")
}

// String implements pflag.Value.
func (w *webhooks) String() string { return "" }

// Type implements pflag.Value.
func (w *webhooks) Type() string { return "[channel=]URL" }

// Set implements pflag.Value. A comma separates targets.
func (w *webhooks) Set(text string) error {
	for one := range strings.SplitSeq(text, ",") {
		channel, target, found := strings.Cut(strings.TrimSpace(one), "=")
		if !found || strings.Contains(channel, "/") {
			channel, target = "", strings.TrimSpace(one)
		}
		if err := sim.CheckWebhook(target); err != nil {
			return errors.New("use a URL such as http://127.0.0.1:3000/webhook, or whatsapp=http://…")
		}
		(*w)[channel] = sim.Target{URL: target}
	}
	return nil
}

// list writes the targets as they are read.
func (w *webhooks) list() []string {
	plain := map[string]string{}
	for channel, target := range *w {
		plain[channel] = target.URL
	}
	return webhookList(plain)
}

// defaultSandbox is where serve serves when nobody says otherwise.
const defaultSandbox = "http://127.0.0.1:8080"

// sandboxFlag names the running sandbox that a command speaks to, and what it
// shows there.
func sandboxFlag(flags *pflag.FlagSet, to *client) {
	to.base = defaultSandbox
	remoteFlag(flags, &to.base, "the running sandbox")
	insideFlags(flags, to)
}

// insideFlags name the workspace, and the token by which one comes in.
func insideFlags(flags *pflag.FlagSet, to *client) {
	to.header = http.Header{}
	header := func(flag, kind, about, name, before string) {
		var value string
		flags.Var(&parsed[string]{&value, kind, func(text string) (string, error) {
			if text == "" || !printable(text) {
				return "", errors.New("use letters and digits")
			}
			to.header.Set(name, before+text)
			return text, nil
		}, func(s string) string { return s }}, flag, about)
	}
	header("workspace", "name", "the workspace (default that of the token, else default)", sim.HeaderWorkspace, "")
	header("token", "token", "the admin's, an owner's or a workspace's, where the sandbox asks for one", "Authorization", "Bearer ")
}

// remoteFlag is --sandbox with a meaning and a default of its own.
func remoteFlag(flags *pflag.FlagSet, target *string, usage string) {
	flags.Var(&parsed[string]{target, "URL", func(text string) (string, error) {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "", errors.New("use a URL such as http://127.0.0.1:8080")
		}
		return strings.TrimRight(text, "/"), nil
	}, func(s string) string { return s }}, "sandbox", usage)
}
