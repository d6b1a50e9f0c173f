package main

import (
	"cmp"
	"fmt"
	"net"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

// welcome says where everything is and what to type next.
func (p program) welcome(addr net.Addr, sb *scenarios.Sandbox, f *serveFlags) {
	base := origin(addr)
	var b strings.Builder
	fmt.Fprintf(&b, "encore-sandbox serves on %s\n\n", base)
	rows := [][2]string{
		{"inspector", base + "/_sandbox/"},
		{"Encore", base + "/encore/publisher/sdk/v1/offers/message"},
		{"", "X-API-Key: " + scenarios.EncoreKey + " (any pk_test_… is taken)"},
		{"Graph", base + "/v22.0/" + whatsapp(sb).ID + "/messages"},
		{"", "Authorization: Bearer " + scenarios.GraphToken + " (any that begins with EAA is taken)"},
		{"webhooks", "signed with " + cmp.Or(f.credentials.appSecret, fakes.AppSecret) + ", verified with " + cmp.Or(f.credentials.verifyToken, fakes.VerifyToken)},
	}
	if len(f.webhooks) == 0 {
		rows = append(rows, [2]string{"", "answered by the built-in integrator; bring yours with --webhook URL"})
	}
	for _, target := range targetLines(f.webhooks) {
		rows = append(rows, [2]string{"", "go to " + target})
	}
	for i, operator := range operators(sb) {
		name := ""
		if i == 0 {
			name = "operators"
		}
		rows = append(rows, [2]string{name, operator})
	}
	rows = append(rows, [2]string{"control API", base + "/_sandbox/v1/"}, [2]string{"seed", fmt.Sprintf("%d (repeat with --seed %d)", f.seed, f.seed)})
	for _, row := range rows {
		fmt.Fprintf(&b, "  %-11s  %s\n", row[0], row[1])
	}
	b.WriteString(next(base, f))
	if !loopback(addr.String()) {
		fmt.Fprintf(&b, "\nwarning: whoever reaches %s can use this sandbox; --addr 127.0.0.1:8080 keeps it to this machine\n", addr)
	}
	fmt.Fprintln(p.out, b.String())
}

// whatsapp is the first operator's account on WhatsApp.
func whatsapp(sb *scenarios.Sandbox) sim.Account {
	for _, c := range sb.Channels() {
		if c.Name == "whatsapp" {
			return c.Accounts[0]
		}
	}
	return sim.Account{}
}

// operators lists who has which account on which channel.
func operators(sb *scenarios.Sandbox) (lines []string) {
	at := map[string]int{}
	for _, c := range sb.Channels() {
		for _, a := range c.Accounts {
			i, known := at[a.ClientID]
			if !known {
				i, at[a.ClientID] = len(lines), len(lines)
				lines = append(lines, a.ClientID+"  "+a.Name)
			}
			lines[i] += ", " + c.Name + " " + a.ID
			if a.Number != "" {
				lines[i] += " (" + a.Number + ")"
			}
		}
	}
	return lines
}

// next is what to type in another terminal. What env prints depends on flags
// of this one, so it gets them too.
func next(base string, f *serveFlags) string {
	at := ""
	if base != "http://127.0.0.1:8080" {
		at = " --sandbox " + base
	}
	settings := at
	for _, flag := range [][2]string{{"config", f.config}, {"app-secret", f.credentials.appSecret}, {"verify-token", f.credentials.verifyToken}} {
		if flag[1] != "" {
			settings += " --" + flag[0] + " " + shellQuote(flag[1])
		}
	}
	return fmt.Sprintf(`
Write as a customer, in another terminal:

  encore-sandbox message%s --from 15014005001 --text Hi
  curl -s %s/_sandbox/v1/messages -d '{"from":"15014005001","text":"Hi"}'

What your integrator needs: encore-sandbox env%s
`, at, base, settings)
}

// list writes words as prose: a, b and c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
