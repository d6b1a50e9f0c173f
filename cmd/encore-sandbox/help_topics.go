package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// topic is a page of the manual that is no command's. Its text is made when it
// is asked for, of the tables that the program itself goes by.
type topic struct {
	name, short string
	text        func(root *cobra.Command) (string, error)
}

// topics are the pages in the order of lists.
func topics() []topic {
	return []topic{
		{"channels", "The channels: accounts, keys, webhooks that can be sent by name", channelsPage},
		{"ci", "In continuous integration: exit codes, reports, GitHub", ciPage},
		{"config", "What sandbox.yaml may say, as an example", plainPage(configIntroduction + exampleConfig)},
		{"environment", "Variables that the integrator is told, and those that set flags", environmentPage},
		{"faults", "How faults are written, the presets, and numbers that decide a customer's fate", plainPage(fault.Grammar())},
		{"fields", "What Encore is sent and what it answers, field by field", fieldsPage},
		{"figures", "What the sandbox costs, beside a bare handler, and how to measure it again", plainPage(figures)},
		{"presets", "Ready-made faults, and how each would be written", presetsPage},
		{"scale", "What many users cost over Redis, what ten thousand workspaces need, where it breaks first", plainPage(scalePage)},
		{"time", "How days pass at once, also for an integrator that goes by its own clock", timePage},
	}
}

func plainPage(text string) func(*cobra.Command) (string, error) {
	return func(*cobra.Command) (string, error) { return text, nil }
}

// addTopics makes the pages known; cobra lists commands that do nothing as
// further topics.
func (p program) addTopics(root *cobra.Command) {
	for _, t := range topics() {
		page := &cobra.Command{Use: t.name, Short: t.short}
		page.SetHelpFunc(func(*cobra.Command, []string) {
			text, err := t.text(root)
			if err != nil {
				text = "error: " + err.Error()
			}
			fmt.Fprintln(p.out, strings.TrimRight(text, "\n"))
		})
		root.AddCommand(page)
	}
}

// table lays rows out in columns, all but the last as wide as their widest cell.
func table(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += fmt.Sprintf("  %-*s", widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func channelsPage(*cobra.Command) (string, error) {
	sb, err := newSandbox(scenarios.Options{})
	if err != nil {
		return "", err
	}
	defer sb.Close()
	var b strings.Builder
	b.WriteString("A thread is one customer with one account of an operator on one channel; its id is\nchannel:account:customer. Encore calls the channel's platform messagingPlatform.\n")
	for _, c := range sb.Channels() {
		fmt.Fprintf(&b, "\n%s, to Encore %s\n", c.Name, c.Platform)
		var rows [][]string
		for _, a := range c.Accounts {
			rows = append(rows, []string{"account", a.ID + ", " + a.ClientID + " " + a.Name})
		}
		rows = append(rows, []string{"customer", c.Customer(1) + ", say"})
		b.WriteString(table(rows) + "  webhooks  " + folded(occasions(c), 12))
	}
	return b.String() + `
Each is written to by "encore-sandbox message --channel NAME", its webhooks are sent
by "encore-sandbox trigger NAME.WEBHOOK", and they go where --webhook NAME=URL says.
Keys and secrets: encore-sandbox env.
`, nil
}

// occasions are the webhooks of a channel that can be sent by name.
func occasions(c sim.Channel) (names []string) {
	for _, o := range c.Events {
		names = append(names, o.Name)
	}
	return names
}

// folded writes words in lines of 88 columns, all but the first indented.
func folded(words []string, indent int) string {
	text, width := "", indent
	for _, word := range words {
		if width+len(word) > 88 {
			text, width = strings.TrimRight(text, " ")+"\n"+strings.Repeat(" ", indent), indent
		}
		text, width = text+word+" ", width+len(word)+1
	}
	return strings.TrimRight(text, " ") + "\n"
}

func environmentPage(root *cobra.Command) (string, error) {
	sb, err := newSandbox(scenarios.Options{})
	if err != nil {
		return "", err
	}
	defer sb.Close()
	var told [][]string
	for _, v := range sb.Environment("http://127.0.0.1:8080") {
		told = append(told, []string{v.Name, v.Value})
	}
	return `What an integrator is told, by "encore-sandbox env" and by "encore-sandbox run" when it
starts the integrator itself:

` + table(told) + `
Every flag is also a variable, which the flag beats and which beats sandbox.yaml:

` + table(flagVariables(root)) + `
ENCORE_SANDBOX_ADDR is also where the commands find a sandbox that runs. NO_COLOR and
TERM=dumb switch colours off, GITHUB_ACTIONS=true and GITHUB_STEP_SUMMARY are those of
GitHub's runners (encore-sandbox help ci).
`, nil
}

// flagVariables are the variables of all flags, each with the commands that have it.
func flagVariables(root *cobra.Command) (rows [][]string) {
	of := map[string][]string{}
	eachCommand(root, func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if name := variableOf(f.Name); !f.Hidden && f.Name != "help" {
				of[name] = append(of[name], strings.TrimPrefix(c.CommandPath(), root.Name()+" "))
			}
		})
	})
	for _, name := range slices.Sorted(maps.Keys(of)) {
		slices.Sort(of[name])
		first := name
		for some := range slices.Chunk(of[name], commandsInLine) {
			rows = append(rows, []string{first, strings.Join(some, ", ")})
			first = ""
		}
	}
	return rows
}

// commandsInLine is how many commands stand in one line of a column.
const commandsInLine = 5

// eachCommand calls f for every command that is shown, below root.
func eachCommand(root *cobra.Command, f func(*cobra.Command)) {
	for _, c := range root.Commands() {
		if !c.Hidden {
			f(c)
			eachCommand(c, f)
		}
	}
}

func presetsPage(*cobra.Command) (string, error) {
	var b strings.Builder
	b.WriteString("A preset is a fault that has a name. It is written preset=NAME, or by its name alone,\nwherever faults are written, and may be followed by parts that change it:\n\n" +
		"  encore-sandbox fault add 'encore-down;customer=15014005001'\n")
	for _, p := range fault.Presets() {
		fmt.Fprintf(&b, "\n%s\n    %s\n    %s\n", p.Name, p.About, p.Fault)
	}
	return b.String() + "\nHow faults are written: encore-sandbox help faults.\n", nil
}

func timePage(root *cobra.Command) (string, error) {
	run, _, err := root.Find([]string{"run"})
	if err != nil {
		return "", err
	}
	var variables [][]string
	example := scenarios.Passing{Channel: "whatsapp", Account: "106540352242922", Customer: "15014005001", Seconds: 93600, Advance: "26h0m0s", Now: time.Date(2026, time.May, 5, 14, 0, 0, 0, time.UTC)}
	for _, v := range hookVariables(example) {
		variables = append(variables, []string{v.Name, v.Value})
	}
	body, err := json.Marshal(example)
	if err != nil {
		return "", err
	}
	return `Time belongs to a thread. What happens in it goes by its clock: timestamps of webhooks,
the window in which Encore repeats itself, the idle gap, statuses. Other threads do
not notice when one moves, so stories with different waits play at once.

  encore-sandbox clock                                       tells the time
  encore-sandbox clock +26h --thread whatsapp:106540352242922:15014005001
  encore-sandbox clock +26h                                  moves everybody
  encore-sandbox serve --clock manual                        stands still until it is moved

In a run, waits pass at once and travel in the timestamps of the webhooks. An
integrator that measures the idle gap by its machine's clock does not see them; the
run finds that out before it judges anything, and says so. Then:

` + table(flagRows(run, "time", "idle-gap", "clock-hook", "drained", "settle")) + `
--time real --idle-gap 2s lets seconds stand for a day. A clock hook is called before
each wait, and moves the integrator's clock. A URL is sent

  ` + string(body) + `

and answers 2xx once the clock has moved; a command finds the same in its environment:

` + table(variables) + `
The examples of the repository show both, timers that can be moved in Node and Go, and
one line of SQL that moves the data instead of the clock: examples/README.md.
`, nil
}

// flagRows are flags of a command as its help words them.
func flagRows(c *cobra.Command, names ...string) (rows [][]string) {
	for _, name := range names {
		if f := c.Flags().Lookup(name); f != nil {
			kind, usage := pflag.UnquoteUsage(f)
			rows = append(rows, []string{strings.TrimSpace("--" + name + " " + kind), usage})
		}
	}
	return rows
}

func ciPage(root *cobra.Command) (string, error) {
	run, _, err := root.Find([]string{"run"})
	if err != nil {
		return "", err
	}
	return `One command starts the integrator, plays every story against it, judges it and stops it:

  encore-sandbox run --webhook http://127.0.0.1:3000/webhook --junit encore.xml -- npm start

It ends with

` + table(exitCodes()) + `
and writes reports, each of which names the duty, its clause and how to mend it:

` + table(flagRows(run, "junit", "html", "json", "fail-on", "parallel")) + `
In GitHub Actions what failed is an annotation too, and the step's summary has a table.
The repository's examples/github-actions.yml has the sandbox as a service container, or
have one that runs already play, from any other machine:

  encore-sandbox serve --webhook http://127.0.0.1:3000/webhook
  encore-sandbox health
  encore-sandbox run --sandbox http://127.0.0.1:8080 --html encore.html

The same seed plays the same (--seed, 1 by default), except that customers of each run
are fresh ones, so that an integrator which remembers the last run can be played again.
A duty that has to wait is waived in sandbox.yaml, with a reason and an end
(encore-sandbox help config). In Go, contract.Integrator plays the stories as subtests.
`, nil
}
