package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// listenFlags are the flags of listen.
type listenFlags struct {
	to       client
	forward  webhooks
	takeOver bool
}

func (p program) listenCommand() *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{
		Use:   "listen --forward-to URL",
		Short: "Bring the webhooks of a sandbox elsewhere to this machine",
		Long: `Brings the webhooks of a sandbox elsewhere to this machine, which the sandbox
could not call: over a connection that this command opens. Every webhook arrives
as it was signed, byte by byte, and what the integrator answers here counts as if
the sandbox had called it. One line tells of each.

One at a time listens to a workspace; --take-over takes the place of another.
While nobody listens webhooks go to the targets that are set, and where none is
set they wait. When the sandbox restarts, listen connects again.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(f.forward) == 0 {
				return misused("for example --forward-to http://localhost:3000/hooks", "where do the webhooks go?")
			}
			return p.listen(cmd.Context(), &f)
		},
	}
	flags := cmd.Flags()
	f.forward = webhooks{}
	flags.Var(&f.forward, "forward-to", "where the integrator listens on this machine, as `[channel=]URL`; may be repeated")
	sandboxFlag(flags, &f.to)
	flags.BoolVar(&f.takeOver, "take-over", false, "take the place of another listener, if there is one")
	return cmd
}

// Pauses between attempts to connect again, and for how long what answers at the
// sandbox's address may be something else: a proxy whose sandboxes restart.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 3 * time.Second
	// longestSilence is how long a connection may say nothing, since the sandbox
	// asks for a sign of life every few seconds.
	longestSilence = 20 * time.Second
)

// listening is one session of listen.
type listening struct {
	program
	flags   *listenFlags
	client  client
	session string
	talk    *voice
	calls   calls
	ever    bool // it was connected once
}

// listen connects, again and again, until it is interrupted or somebody else
// takes over.
func (p program) listen(ctx context.Context, f *listenFlags) error {
	l := &listening{program: p, flags: f, session: drawSession(), talk: &voice{out: p.out}}
	l.client = f.to
	l.calls = calls{to: f.forward, via: &http.Transport{IdleConnTimeout: 30 * time.Second}, report: l.report, say: l.talk.say, under: map[string]context.CancelFunc{}}
	defer l.calls.wait()
	for pause := firstRetry; ; {
		connected, err := l.connection(ctx)
		switch {
		case ctx.Err() != nil:
			l.goodbye()
			return nil
		case err != nil:
			return err
		case connected:
			pause = firstRetry
		}
		if clock.NewWall(0).Sleep(ctx, pause) != nil {
			l.goodbye()
			return nil
		}
		pause = min(2*pause, lastRetry)
	}
}

// connection is one connection to its end. An error is one that another attempt
// would not mend.
func (l *listening) connection(ctx context.Context) (connected bool, err error) {
	session := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := l.client.send(ctx, &http.Client{}, http.MethodPost, "/_sandbox/v1/listen", map[string]any{
		"session": l.session, "forward": l.forwarding(), "who": whoami(), "take": l.flags.takeOver && !l.ever,
	})
	if err != nil {
		return false, l.unreached(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusConflict:
		return false, l.ask(l.client.refusal(resp))
	case l.ever && resp.StatusCode >= 500:
		return false, nil
	case resp.StatusCode >= 300:
		return false, l.client.refusal(resp)
	}
	l.begin()
	return true, l.follow(session, cancel, resp)
}

// unreached is what to do when nobody answers: the first time to say so, later
// to wait.
func (l *listening) unreached(err error) error {
	if !l.ever {
		return failed("is it the right --sandbox?", "no sandbox answers at %s (%s)", l.client.base, cause(err))
	}
	return nil
}

// ask wants to know whether another listener is to be put out.
func (l *listening) ask(err error) error {
	if l.ever || !l.interactive() {
		return failed("--take-over takes its place", "%s", err)
	}
	if !l.confirmed(err.Error() + "; take its place?") {
		return errSilent
	}
	l.flags.takeOver = true
	return nil
}

// confirmed asks a question of yes or no.
func (p program) confirmed(question string) bool {
	fmt.Fprint(p.out, question+" [y/N] ")
	answer, _ := bufio.NewReader(p.in).ReadString('\n')
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
}

// interactive tells whether somebody can be asked. The null device is of a
// terminal's kind, under whatever name it was opened.
func (p program) interactive() bool {
	file, ok := p.in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	null, _ := os.Stat(os.DevNull)
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !os.SameFile(info, null)
}

// begin tells that the connection stands.
func (l *listening) begin() {
	if l.ever {
		l.talk.say("connected again")
		return
	}
	l.ever = true
	at := ""
	if name := l.client.header.Get(sim.HeaderWorkspace); name != "" {
		at = "workspace " + name + " of "
	}
	l.talk.say("listening to " + at + l.client.base + "; webhooks go to " + list(targetLines(l.flags.forward)))
}

// follow does what the sandbox asks for until the connection ends.
func (l *listening) follow(ctx context.Context, cancel func(), resp *http.Response) error {
	events := bufio.NewScanner(resp.Body)
	events.Buffer(nil, 64<<20)
	real, name := clock.NewWall(0), ""
	watch := real.AfterFunc(longestSilence, cancel)
	defer func() { watch() }()
	for events.Scan() {
		watch()
		watch = real.AfterFunc(longestSilence, cancel)
		member, value, _ := strings.Cut(events.Text(), ": ")
		switch {
		case member == "event":
			name = value
		case member == "data" && name == "ping":
			go l.report(ctx)
		case member == "data" && name == "ended":
			return l.ended([]byte(value))
		case member == "data":
			l.calls.handle(ctx, name, []byte(value))
		}
	}
	if ctx.Err() == nil {
		l.talk.say("the connection broke; connecting again")
	}
	return nil
}

// forwarding are the targets as the sandbox wants them named.
func (l *listening) forwarding() map[string]string {
	out := map[string]string{}
	for of, target := range l.flags.forward {
		if of == "" {
			of = "*"
		}
		out[of] = target.URL
	}
	return out
}

// goodbye ends the session, so that nothing waits for it to come back.
func (l *listening) goodbye() {
	if !l.ever {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(grace, cancel)()
	if resp, err := l.client.send(ctx, &http.Client{}, http.MethodDelete, "/_sandbox/v1/listen/"+l.session, nil); err == nil {
		_ = resp.Body.Close()
	}
}

// drawSession is a secret that nobody else has.
func drawSession() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// whoami is what others are told of this listener.
func whoami() string {
	name := "somebody"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

// hosts are those that the sandbox may ask to call.
func (w webhooks) hosts() map[string]bool {
	out := map[string]bool{}
	for target := range maps.Values(w) {
		if u, err := url.Parse(target.URL); err == nil {
			out[u.Scheme+"://"+u.Host] = true
		}
	}
	return out
}

var errElsewhere = errors.New("the sandbox asks for a call to a host that --forward-to does not name")
