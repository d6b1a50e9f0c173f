package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	addr, config, clock, store string
	credentials                credentials
	webhooks                   webhooks
	hosts                      []string
	seed                       uint64
	vendorRetry                bool
	log                        string
	lame                       time.Duration // how long it answers on after it was told to stop
	guards                     guards
	entrances                  entrances
}

// credentials are the secrets that an integrator is configured with.
type credentials struct{ appSecret, verifyToken string }

func (c *credentials) bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.appSecret, "app-secret", "", "key of the webhooks' signatures (default sandbox-app-secret)")
	flags.StringVar(&c.verifyToken, "verify-token", "", "token of Meta's webhook verification (default sandbox-verify-token)")
}

// retryRefused is when a webhook is delivered again to a port that was closed:
// whoever restarts a program does not want to wait for the vendor's schedule.
const retryRefused = 500 * time.Millisecond

func (p program) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve every fake and the control API on one port",
		Long: `Serves every fake and the control API on one port, and logs what is said.

Without --webhook a built-in integrator answers the customers. A finding is
printed as soon as what happened proves it.

With --store redis://host:6379 any number of sandboxes serve the same state, a
Cluster's included. Nothing that was answered is lost if that Redis runs with
appendonly yes and appendfsync always (a Cluster that fails over loses what its
replica did not have yet). While Redis is away, calls get a 503 of the sandbox's
own; they are journalled when it is back. Runs belong to the sandbox that plays
them, and the built-in integrator, which remembers in one process, is not there.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), cmd.Flags(), &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	webhookFlag(flags, &f.webhooks)
	configFlag(flags, &f.config)
	seedFlag(flags, &f.seed, "repeat ids and offers of an earlier start (default random, printed)")
	choiceFlag(flags, &f.clock, "clock", "wall", []string{"wall", "manual"}, "real time, or time that stands still until it is advanced")
	storeFlag(flags, &f.store)
	f.credentials.bind(flags)
	f.guards.bind(flags)
	flags.StringSliceVar(&f.hosts, "allow-host", nil, "further host `name` of the control API; may be repeated")
	flags.BoolVar(&f.vendorRetry, "vendor-retry", false, "redeliver webhooks on the vendor's schedule even when the port was closed")
	choiceFlag(flags, &f.log, "log", logLines, []string{logLines, logText, logJSON}, "what to tell: lines for people, or on standard error a record of each exchange")
	durationFlag(flags, &f.lame, "drain", 0, "how long to answer on, with /readyz saying 503, after the signal to stop: time for a proxy to send calls elsewhere")
	f.entrances.bind(flags)
	return cmd
}

// serve runs until the context ends.
func (p program) serve(ctx context.Context, flags *pflag.FlagSet, f *serveFlags) error {
	config, err := loadConfig(flags, f.config)
	if err != nil {
		return err
	}
	doors, err := f.open(ctx)
	if err != nil {
		return err
	}
	if err := f.guards.check(doors.main.Addr()); err != nil {
		doors.close()
		return err
	}
	memory := tuneMemory(p.environ)
	sb, err := p.assemble(config, f, memory)
	if err != nil {
		doors.close()
		return err
	}
	defer sb.Close()
	talk := f.voice(p)
	server := doors.serve(f, sb, p.logger(f.log), talk.say)
	if talk.records == nil {
		p.welcome(doors.main.Addr(), sb, f, doors.rows(f)...)
	} else {
		talk.records.Info("serving", "address", doors.main.Addr().String(), "seed", f.seed, "store", redactedStore(f.store))
	}
	defer memory.begin()()
	var group sync.WaitGroup
	defer group.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if talk.records == nil {
		group.Go(func() { follow(ctx, sb, talk) })
	}
	group.Go(func() { verify(ctx, sb, f.webhooks, talk) })
	select {
	case err = <-server.ended:
		return failed("", "the server ended: %s", err)
	case <-ctx.Done():
	}
	talk.say("stopping")
	f.drain(sb)
	return server.stop()
}

// drain gives proxies time to see that the sandbox is not ready any more, and
// deliveries under way time to end. Meanwhile it answers.
func (f *serveFlags) drain(sb *scenarios.Sandbox) {
	real, began := clock.NewWall(0), clock.Real()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer real.AfterFunc(max(grace, f.lame), cancel)()
	sb.Drain(ctx)
	_ = real.Sleep(ctx, f.lame-clock.Since(began))
}

// assemble makes the sandbox, with the built-in integrator when nobody brings one.
func (p program) assemble(config scenarios.Config, f *serveFlags, m *memory) (*scenarios.Sandbox, error) {
	config.Clock = f.clock
	f.guards.quotas.apply(&config.Workspaces)
	counts := &metrics{}
	o := scenarios.Options{
		Config: config, Webhooks: f.webhooks, Hosts: f.hosts, Log: p.logger(f.log), Metrics: counts, Contained: p.contained(),
		Offered: m.carry, AppSecret: f.credentials.appSecret, VerifyToken: f.credentials.verifyToken,
		Strict: f.guards.strict, AdminToken: f.guards.adminToken,
	}
	if err := p.place(f, &o); err != nil {
		return nil, err
	}
	if !f.vendorRetry {
		o.RetryRefused = retryRefused
	}
	sb, err := newSandbox(o)
	if err == nil {
		counts.measures = sb.Measures
	}
	if err != nil || len(f.webhooks) > 0 || f.store != inMemory {
		return sb, err
	}
	return sb, sb.BuiltIn(sb.Default(), nil, nil)
}

// newSandbox makes a sandbox and checks what only it can know.
func newSandbox(o scenarios.Options) (*scenarios.Sandbox, error) {
	sb, err := scenarios.New(o)
	if err != nil {
		return nil, misused("", "%s", err)
	}
	known := channelNames(sb)
	for of := range o.Webhooks {
		channel, account, one := strings.Cut(of, ":")
		err := error(nil)
		switch {
		case channel != "" && !slices.Contains(known, channel):
			err = noChannel(channel, known)
		case one && !slices.Contains(accounts(sb, channel), account):
			err = noAccount(channel, account, accounts(sb, channel))
		}
		if err != nil {
			_ = sb.Close()
			return nil, err
		}
	}
	return sb, nil
}

// accounts are the ids of a channel's accounts.
func accounts(sb *scenarios.Sandbox, channel string) (ids []string) {
	for _, c := range sb.Channels() {
		for _, a := range c.Accounts {
			if c.Name == channel {
				ids = append(ids, a.ID)
			}
		}
	}
	return ids
}

func noAccount(channel, account string, known []string) error {
	return misused(meant(account, known, "the accounts are: "+list(known)), "channel %s has no account %q", channel, account)
}

func channelNames(sb *scenarios.Sandbox) (names []string) {
	for _, c := range sb.Channels() {
		names = append(names, c.Name)
	}
	return names
}

func noChannel(channel string, known []string) error {
	return misused(meant(channel, known, "the channels are: "+list(known)), "no channel %q", channel)
}

// verify does for every channel what its vendor does before it uses a webhook,
// if it does anything, and tells once what came of each target.
func verify(ctx context.Context, sb *scenarios.Sandbox, targets webhooks, talk *voice) {
	if len(targets) == 0 {
		return
	}
	var warned []string
	verified := map[string][]string{} // channels by URL
	all := sb.Default().Webhooks()
	for _, channel := range channelNames(sb) {
		target, ok := all[channel]
		if !ok {
			target, ok = all[""]
		}
		if !ok || !sb.Verifies(channel) {
			continue
		}
		err := sb.Default().Verify(ctx, channel)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			verified[target.URL] = append(verified[target.URL], channel)
		case !slices.Contains(warned, err.Error()):
			warned = append(warned, err.Error())
			talk.say("warning: " + err.Error())
		}
	}
	for _, url := range slices.Sorted(maps.Keys(verified)) {
		talk.say("webhook " + url + " is verified for " + list(verified[url]))
	}
}

// log is where the engine tells of its own trouble.
func (p program) log() *slog.Logger { return p.logger(logLines) }

// Ways to tell what happens: lines for people with only trouble beside them, or
// records, one an exchange.
const (
	logLines = "lines"
	logText  = "text"
	logJSON  = "json"
)

// logger writes records to standard error.
func (p program) logger(how string) *slog.Logger {
	switch how {
	case logText:
		return slog.New(slog.NewTextHandler(p.err, nil))
	case logJSON:
		return slog.New(slog.NewJSONHandler(p.err, nil))
	}
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// voice tells of what happens around the calls.
func (f *serveFlags) voice(p program) *voice {
	v := &voice{out: p.out, colored: p.colored(p.out)}
	if f.log != logLines {
		v.records = p.logger(f.log)
	}
	return v
}

// redactedStore is --store without a password.
func redactedStore(store string) string {
	if u, err := url.Parse(store); err == nil {
		return u.Redacted()
	}
	return "redis"
}

// voice lets several goroutines print whole lines.
type voice struct {
	mu      sync.Mutex
	out     io.Writer
	colored bool
	records *slog.Logger // instead of lines
}

func (v *voice) say(line string) {
	if v.records != nil {
		v.records.Info(line)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Fprintln(v.out, line)
}

// origin is how the sandbox is called from this machine.
func origin(addr net.Addr) string { return "http://" + reachable(addr.String()) }

// targetLines lists webhook targets by channel.
func targetLines(targets map[string]sim.Target) (lines []string) {
	for _, channel := range slices.Sorted(maps.Keys(targets)) {
		line := targets[channel].URL
		if channel != "" {
			line += " (" + channel + ")"
		}
		lines = append(lines, line)
	}
	return lines
}
