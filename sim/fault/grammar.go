package fault

import (
	"fmt"
	"strings"
)

// Grammar is the manual page of faults, as `encore-sandbox help faults` prints
// it: the text form with every part, the presets and the fates.
func Grammar() string {
	var b strings.Builder
	b.WriteString(grammarHead)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s\n", g)
		for _, row := range g.rows() {
			fmt.Fprintf(&b, "  %-32s  %s\n", row.example, row.about)
		}
	}
	b.WriteString(grammarRules)
	fmt.Fprintf(&b, "\nThe reasons of no-fill are %s.\n", strings.Join(noFills, ", "))
	fmt.Fprintf(&b, "A provider refuses as %s,\n%s.\n", strings.Join(refusals[:4], ", "), strings.Join(refusals[4:], ", "))
	b.WriteString("\npresets\n")
	for _, p := range Presets() {
		fmt.Fprintf(&b, "  %-32s  %s\n", p.Name, p.About)
	}
	b.WriteString(grammarFates)
	for _, row := range Fates() {
		fmt.Fprintf(&b, "  %-32s  %s\n", fmt.Sprintf("15005550%03d", row.Code), row.About)
	}
	return b.String()
}

const grammarHead = `A fault changes an exchange on purpose. It is written the same way in the
request header X-Sandbox-Fault, on the command line and in scenarios, or as
JSON with the same fields in camel case:

  503                               on every call
  429;times=2                       on two calls, then never again
  429,429,ok                        one effect per call
  503;after;customer=15014005001    for one customer, once the work is done
  {"status": 503, "times": 2, "match": {"customer": "15014005001"}}

Parts are joined by semicolons, in any order.
`

const grammarRules = `
A sequence has commas between its steps and plus signs between the effects of
one step: 503+html,latency=2s,ok. A value with ; , + " or with blanks at its
ends goes in double quotes, with \" and \\ inside. Durations are Go's, with
days: 200ms, 1m30s, 3d. The times of from, until and ttl are simulated ones.
Latency and the pause of a drip are 10m at most, a mean 1m.

One fault strikes a call at most: the request's header is asked first, then
the fate of the customer's number, then the armed rules in the order in which
they were armed. A rule that stands behind the one that struck keeps its count.
`

const grammarFates = `
fates
Customers whose number is 1500NNN0XXX (NNN from 200 to 999), or whose PSID or
IGSID ends in 500NNN0XXX, meet a fate:

`
