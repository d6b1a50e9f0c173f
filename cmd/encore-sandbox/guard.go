package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// guards are what a sandbox needs that strangers can reach.
type guards struct {
	adminToken string
	strict     bool
	quotas     quotas
}

func (g *guards) bind(flags *pflag.FlagSet) {
	flags.StringVar(&g.adminToken, "admin-token", "", "guard the control API with this `token`; workspaces have tokens of their own")
	flags.BoolVar(&g.strict, "strict-auth", false, "take only credentials that were minted with a workspace")
	g.quotas = quotas{}
	flags.Var(&g.quotas, "quota", "what one workspace may hold and use, as `name=value` with the names of workspaces in sandbox.yaml; may be repeated")
}

// token is what commands need beside the address, without the token itself.
func (g *guards) token() string {
	if g.adminToken == "" {
		return ""
	}
	return " --token …"
}

// shortestToken keeps guessable tokens off addresses that others can reach.
const shortestToken = 12

// check refuses to serve strangers without a lock. An address such as ":8080"
// stands for every interface, so the listener tells.
func (g *guards) check(addr net.Addr) error {
	open := !loopback(addr.String())
	switch {
	case open && g.strict && g.adminToken == "":
		return misused("give it one that nobody guesses: --admin-token or ENCORE_SANDBOX_ADMIN_TOKEN; --addr 127.0.0.1:8080 needs none", "--strict-auth on %s needs an admin token, else whoever reaches it makes workspaces", addr)
	case open && g.adminToken != "" && len(g.adminToken) < shortestToken:
		return misused(fmt.Sprintf("use one of %d characters at least", shortestToken), "the admin token is too easy to guess for %s", addr)
	case strings.ContainsAny(g.adminToken, " ;,\"\\") || !printable(g.adminToken):
		return misused("use letters and digits", "--admin-token has characters that headers and cookies cannot carry")
	}
	return nil
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// quotas is the value of --quota: by the names of sandbox.yaml.
type quotas map[string]string

// setters are the quotas by name; each reads a text into the configuration.
func (quotas) setters() map[string]func(*scenarios.Quotas, string) error {
	number := func(to func(*scenarios.Quotas, int)) func(*scenarios.Quotas, string) error {
		return func(q *scenarios.Quotas, text string) error {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return errors.New("use a whole number, 0 for no bound")
			}
			to(q, n)
			return nil
		}
	}
	return map[string]func(*scenarios.Quotas, string) error{
		"exchanges":         number(func(q *scenarios.Quotas, n int) { q.Exchanges = n }),
		"megabytes":         number(func(q *scenarios.Quotas, n int) { q.Megabytes = n }),
		"perOwner":          number(func(q *scenarios.Quotas, n int) { q.PerOwner = &n }),
		"requestsPerSecond": number(func(q *scenarios.Quotas, n int) { q.RequestsPerSecond = &n }),
		"webhooksPerMinute": number(func(q *scenarios.Quotas, n int) { q.WebhooksPerMinute = &n }),
		"idle": func(q *scenarios.Quotas, text string) error {
			if _, err := duration(text); err != nil && text != "never" {
				return errors.New("use a duration such as 2h or 3d, or never")
			}
			q.Idle = text
			return nil
		},
	}
}

func (q quotas) names() []string { return slices.Sorted(maps.Keys(q.setters())) }

// String implements pflag.Value.
func (q *quotas) String() string { return "" }

// Type implements pflag.Value.
func (q *quotas) Type() string { return "name=value" }

// Set implements pflag.Value. A comma separates quotas.
func (q *quotas) Set(text string) error {
	for one := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		set, known := q.setters()[name]
		if !known {
			return errors.New("use name=value with one of " + strings.Join(q.names(), ", "))
		}
		if err := set(&scenarios.Quotas{}, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		(*q)[name] = value
	}
	return nil
}

// apply puts the flags over what the file says.
func (q quotas) apply(to *scenarios.Quotas) {
	for name, value := range q {
		_ = q.setters()[name](to, value) // Set has tried it
	}
}
