package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// mostAnnotations is how many errors, and how many warnings, of one step GitHub
// shows (GitHub Actions, workflow commands).
const mostAnnotations = 10

// Annotations words a run as GitHub Actions' workflow commands: an error for
// each story that failed and each duty that was broken by the run as a whole, a
// warning for each piece of advice. What is above GitHub's limit of ten each is
// left to the summary.
func Annotations(r Report) string {
	var errors, warnings []string
	for _, result := range r.Results {
		if result.Outcome == Failed || result.Outcome == Errored {
			file, line := place(result)
			errors = append(errors, command("error", file, line, result.Story+" on "+result.Channel, Text{}.Result(result)))
		}
	}
	for _, f := range r.Verdict.Findings {
		rule, _ := rules.Lookup(f.Rule)
		line := command("error", "", 0, f.Rule+" "+rule.Duty, Text{}.Finding(f))
		if f.Severity != rules.Must {
			warnings = append(warnings, strings.Replace(line, "::error", "::warning", 1))
			continue
		}
		errors = append(errors, line)
	}
	return strings.Join(append(first(errors), first(warnings)...), "")
}

func first(lines []string) []string { return lines[:min(len(lines), mostAnnotations)] }

// place is where a story says what did not hold.
func place(r Result) (file string, line int) {
	for _, s := range r.Steps {
		for _, m := range s.Mismatches {
			return s.File, cmp.Or(m.Pos.Line, s.Line)
		}
	}
	return "", 0
}

// command is one workflow command, its values escaped as GitHub reads them.
func command(kind, file string, line int, title, text string) string {
	properties := "title=" + property(title)
	if file != "" {
		properties = fmt.Sprintf("file=%s,line=%d,%s", property(file), line, properties)
	}
	return "::" + kind + " " + properties + "::" + data(strings.TrimRight(text, "\n")) + "\n"
}

func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(text))
}

// Markdown words a run for GitHub's step summary, or for any page that takes
// Markdown: a line of totals, a table of the stories that did not hold, and the
// duties that were broken with how to mend them.
func Markdown(r Report) string {
	var b strings.Builder
	counts := map[string]int{}
	for _, result := range r.Results {
		counts[result.Outcome]++
	}
	verdict := r.Merged()
	fmt.Fprintf(&b, "### Encore Sandbox: %d of %s held\n\n", counts[Passed], plural(len(r.Results), "story", "stories"))
	fmt.Fprintf(&b, "%d failed, %d not played to the end, %d not played, in %v. Duties: %d exercised, %s, %d not judged. Seed %d.\n",
		counts[Failed], counts[Errored], counts[NotPlayed], r.Elapsed.Round(time.Millisecond),
		len(verdict.Judged), plural(len(verdict.Findings), "finding", "findings"), len(verdict.NotJudged), r.Seed)
	failures(&b, r)
	if len(verdict.Findings) > 0 {
		b.WriteString("\n| duty | what happened | how to fix |\n| --- | --- | --- |\n")
	}
	for _, f := range verdict.Findings {
		rule, _ := rules.Lookup(f.Rule)
		fmt.Fprintf(&b, "| **%s** (%s) %s | %s | %s |\n", f.Rule, f.Severity, cell(rule.Duty), cell(f.What+exchanges(f.Exchanges)), cell(rule.Fix))
	}
	for _, w := range verdict.Waived {
		fmt.Fprintf(&b, "\nWaived until %s (%s): **%s** %s\n", w.Until, cell(w.Reason), w.Rule, cell(w.What))
	}
	return b.String()
}

func failures(b *strings.Builder, r Report) {
	headed := false
	for _, result := range r.Results {
		if result.Outcome != Failed && result.Outcome != Errored {
			continue
		}
		if !headed {
			b.WriteString("\n| story | channel | what did not hold |\n| --- | --- | --- |\n")
			headed = true
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", cell(result.Story), result.Channel, cell(headline(result)))
	}
}

// cell is text within a table: on one line, with nothing that Markdown or HTML
// would take for its own. Customers' texts may hold anything.
func cell(text string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "|", "\\|", "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "'", "*", "\\*", "_", "\\_", "[", "\\[", "@", "&#64;").Replace(text)
}
