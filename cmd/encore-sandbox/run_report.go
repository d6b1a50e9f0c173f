package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// writeReports writes every report that was asked for, and GitHub's own where
// the run takes place in one of its actions. Again is the command that repeats
// the run.
func (p program) writeReports(r report.Report, f *runFlags, again string) error {
	for _, out := range []struct {
		file  string
		write func(io.Writer) error
	}{
		{f.json, func(w io.Writer) error { return writeJSON(w, r) }},
		{f.junit, func(w io.Writer) error { return report.JUnit(w, r, rules.Severity(f.failOn)) }},
		{f.html, func(w io.Writer) error { return report.HTML(w, r, again) }},
	} {
		if err := p.writeTo(out.file, out.write); err != nil {
			return err
		}
	}
	return p.tellGitHub(r, f)
}

func writeJSON(w io.Writer, r any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// writeTo writes a file, or to standard output for "-"; without a name nothing.
func (p program) writeTo(file string, write func(io.Writer) error) error {
	switch file {
	case "":
		return nil
	case "-":
		return write(p.out)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// tellGitHub annotates the run and adds to the step's summary, as the variables
// of GitHub Actions say that it can be done.
func (p program) tellGitHub(r report.Report, f *runFlags) error {
	if on, _ := p.getenv("GITHUB_ACTIONS"); on != "true" {
		return nil
	}
	if f.json != "-" {
		fmt.Fprint(p.out, report.Annotations(r))
	}
	file, _ := p.getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		return nil
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, report.Markdown(r)); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
