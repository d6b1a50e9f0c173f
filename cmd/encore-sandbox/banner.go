package main

import (
	"cmp"
	"fmt"
	"net"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// welcome says where everything is and what to type next.
func (p program) welcome(addr net.Addr, sb *scenarios.Sandbox, f *serveFlags, further ...[2]string) {
	base := origin(addr)
	var b strings.Builder
	fmt.Fprintf(&b, "encore-sandbox serves on %s\n\n", base)
	rows := append(addresses(base, sb, f.guards.strict), signatures(sb, f)...)
	switch {
	case len(f.webhooks) == 0 && f.store != inMemory:
		rows = append(rows, [2]string{"", "go nowhere yet; say where with --webhook URL or PUT " + base + "/_sandbox/v1/webhook"})
	case len(f.webhooks) == 0:
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
	rows = append(rows, further...)
	rows = append(rows, [2]string{"control API", base + "/_sandbox/v1/"}, [2]string{"seed", fmt.Sprintf("%d (repeat with --seed %d)", f.seed, f.seed)})
	for _, row := range rows {
		fmt.Fprintf(&b, "  %-11s  %s\n", row[0], row[1])
	}
	b.WriteString(next(base, firstChannel(sb), f))
	switch {
	case !loopback(addr.String()) && f.guards.adminToken == "":
		fmt.Fprintf(&b, "\nwarning: whoever reaches %s can use this sandbox; --admin-token guards its control API, --addr 127.0.0.1:8080 keeps it to this machine\n", addr)
	case f.guards.strict:
		fmt.Fprintf(&b, "\nOnly credentials of workspaces are taken; make one: encore-sandbox workspace add --sandbox %s%s\n", base, f.guards.token())
	}
	fmt.Fprintln(p.out, b.String())
}

// addresses are where the first operator's integrator calls whom, with what.
func addresses(base string, sb *scenarios.Sandbox, strict bool) [][2]string {
	env := map[string]string{}
	for _, v := range sb.Environment(base) {
		env[v.Name] = v.Value
	}
	const lax = " (any that does not begin with invalid)"
	rows := [][2]string{{"inspector", base + "/_sandbox/"}}
	for _, a := range []struct{ account, name, path, credential string }{
		{base, "Encore", "/encore/publisher/sdk/v1/offers/message", "X-API-Key: " + scenarios.EncoreKey + " (any pk_test_… is taken)"},
		{graphObject(env), "Graph", "/v22.0/" + graphObject(env) + "/messages", "Authorization: Bearer " + scenarios.GraphToken + " (any that begins with EAA is taken)"},
		{env["KALEYRA_SENDER"], "Kaleyra", "/v2/" + env["KALEYRA_SID"] + "/whatsapp/" + env["KALEYRA_SENDER"] + "/messages", "api-key: " + env["KALEYRA_API_KEY"] + lax},
		{env["INTERAKT_BASE_URL"], "Interakt", "/v1/public/message/", "Authorization: Basic " + cmp.Or(env["INTERAKT_API_KEY"], "sandbox") + lax},
		{env["ZOKO_BASE_URL"], "Zoko", "/v2/message", "apikey: " + cmp.Or(env["ZOKO_API_KEY"], "sandbox") + lax},
		{base, "Watchers", "/external/offer", "x-api-key: sandbox, Authorization: Bearer sandbox" + lax},
	} {
		if a.account != "" {
			rows = append(rows, [2]string{a.name, base + a.path})
		}
		if a.account != "" && !strict { // else each workspace has its own
			rows = append(rows, [2]string{"", a.credential})
		}
	}
	return append(rows, [2]string{"", "its offers in chat rooms: " + base + "/watchers/rooms"})
}

// graphObject is the account by which the operator sends over Graph, empty of
// one who has none.
func graphObject(env map[string]string) string {
	return cmp.Or(env["WHATSAPP_PHONE_NUMBER_ID"], env["MESSENGER_PAGE_ID"], env["INSTAGRAM_ACCOUNT_ID"])
}

// signatures are what webhooks are known by.
func signatures(sb *scenarios.Sandbox, f *serveFlags) [][2]string {
	rows := [][2]string{
		{"webhooks", "signed with " + cmp.Or(f.credentials.appSecret, fakes.AppSecret) + ", verified with " + cmp.Or(f.credentials.verifyToken, fakes.VerifyToken)},
	}
	for _, v := range sb.Environment("") {
		if v.Name == "INTERAKT_WEBHOOK_SECRET" {
			rows = append(rows, [2]string{"", "of Interakt signed with " + v.Value + "; of Kaleyra and Zoko not signed"})
		}
	}
	return rows
}

// rows tell of the ways in besides the plain port.
func (d *doors) rows(f *serveFlags) (rows [][2]string) {
	if f.entrances.tls {
		rows = append(rows, [2]string{"TLS", "https://" + reachable(d.main.Addr().String()) + ", HTTP/2 too"})
	}
	if d.proxy != nil {
		rows = append(rows, [2]string{"proxy", "HTTPS_PROXY=http://" + reachable(d.proxy.Addr().String()) + " leads the vendors' own hosts here, and refuses every other"})
	}
	if d.authority != nil {
		rows = append(rows, [2]string{"CA", d.authority.Path + "; how to trust it: encore-sandbox ca" + dirFlag(f.entrances.caDir)})
	}
	return rows
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
func next(base, channel string, f *serveFlags) string {
	at, flag, member := "", "", ""
	if channel != "whatsapp" {
		flag, member = " --channel "+channel, `"channel":"`+channel+`",`
	}
	if base != "http://127.0.0.1:8080" {
		at = " --sandbox " + base
	}
	settings := at
	for _, own := range [][2]string{{"config", f.config}, {"app-secret", f.credentials.appSecret}, {"verify-token", f.credentials.verifyToken}} {
		if own[1] != "" {
			settings += " --" + own[0] + " " + shellQuote(own[1])
		}
	}
	return fmt.Sprintf(`
Write as a customer, in another terminal:

  encore-sandbox message%s%s --from 15014005001 --text Hi
  curl -s %s/_sandbox/v1/messages -d '{%s"from":"15014005001","text":"Hi"}'

What your integrator needs: encore-sandbox env%s
`, at, flag, base, member, settings)
}

// firstChannel is one on which somebody has an account: WhatsApp, if that is one
// of them.
func firstChannel(sb *scenarios.Sandbox) string {
	there := map[string]bool{}
	for _, c := range sb.Channels() {
		there[c.Name] = len(c.Accounts) > 0
	}
	for _, name := range []string{"whatsapp", "kaleyra", "interakt", "zoko", "messenger", "instagram"} {
		if there[name] {
			return name
		}
	}
	return "whatsapp"
}

// list writes words as prose: a, b and c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
