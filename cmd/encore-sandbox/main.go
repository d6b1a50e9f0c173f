// The command encore-sandbox: one file a subcommand, and what they share.
//
//	arguments ─▶ root ─▶ flags: command line, environment, sandbox.yaml, default ─▶ subcommand
//	                                                     serve, run ─▶ scenarios (a sandbox in this process)
//	                                       message, journal, clock … ─▶ client (a running sandbox, over HTTP)
//
// Whatever a subcommand needs of the machine reaches it through program, so
// that tests run commands in process. What it prints of results and exchanges
// is worded by report.Text.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// program is what one invocation is given by its surroundings.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  []string // NAME=value
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal finds the default again and kills
	os.Exit(run(ctx, os.Args[1:], program{os.Stdin, os.Stdout, os.Stderr, surroundings()}))
}

// run is the whole program: it returns the exit code. Cancelling the context is
// what Ctrl-C does.
func run(ctx context.Context, args []string, p program) int {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	return conclude(p.err, root.ExecuteContext(ctx))
}

// root builds the tree of commands. Groups order the help.
func (p program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "encore-sandbox",
		Short: "Plays every outside system that an Encore integrator talks to, and judges the integrator",
		Long: `Plays every outside system that an Encore integrator talks to, and judges the
integrator against the documents.

  encore-sandbox serve                               look around; a built-in integrator answers
  encore-sandbox serve --webhook URL                 play against yours
  encore-sandbox run --webhook URL -- npm start      have it started, played and judged

Every flag is also an environment variable: --idle-gap is ENCORE_SANDBOX_IDLE_GAP.
Flags beat the environment, which beats sandbox.yaml.`,
		Args:              noSuchCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return p.fromEnvironment(cmd.Flags()) },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(flagProblem)
	root.AddGroup(&cobra.Group{ID: "play", Title: "Play"}, &cobra.Group{ID: "drive", Title: "Speak to a running sandbox"}, &cobra.Group{ID: "read", Title: "Look up"})
	group(root, "play", p.serveCommand(), p.runCommand(), p.defectsCommand(), p.checkCommand(), p.judgeCommand(), p.envCommand(), p.caCommand())
	group(root, "drive", p.messageCommand(), p.triggerCommand(), p.outboxCommand(), p.listenCommand(), p.exchangeCommand(), p.journalCommand(), p.faultCommand(), p.clockCommand(), p.workspaceCommand(), p.resetCommand(), p.healthCommand())
	group(root, "read", p.rulesCommand(), p.scenariosCommand(), p.schemaCommand(), p.openapiCommand(), p.postmanCommand(), p.licensesCommand(), p.versionCommand())
	p.addTopics(root)
	root.SetHelpCommand(helpCommand(root))
	root.SetHelpCommandGroupID("read")
	root.SetUsageTemplate(usageTemplate)
	return root
}

func group(root *cobra.Command, id string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = id
		c.Flags().SortFlags = false
		root.AddCommand(c)
	}
}

// colored tells whether a writer is a terminal that wants colours
// (no-color.org).
func (p program) colored(w io.Writer) bool {
	if no, set := p.getenv("NO_COLOR"); (set && no != "") || p.is("TERM", "dumb") {
		return false
	}
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p program) is(name, value string) bool {
	got, _ := p.getenv(name)
	return got == value
}
