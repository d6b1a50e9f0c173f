package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitFailed      = 1   // a scenario failed, or a command could not do its work
	exitUsage       = 2   // wrong arguments, or an integrator whose set-up cannot be judged
	exitUnreachable = 3   // the integrator's webhook does not answer
	exitInterrupted = 130 // as shells count a Ctrl-C
)

// exitCodes says what they mean, for the manual.
func exitCodes() [][]string {
	rows := [][]string{{"0", "every duty was kept"}}
	for _, c := range []struct {
		code  int
		means string
	}{
		{exitFailed, "a duty was broken, or a command could not do its work"},
		{exitUsage, "wrong usage, or an integrator whose set-up cannot be judged: it says why"},
		{exitUnreachable, "the integrator's webhook does not answer"},
		{exitInterrupted, "Ctrl-C"},
	} {
		rows = append(rows, []string{strconv.Itoa(c.code), c.means})
	}
	return rows
}

// failure is an error with its exit code and, on a line of its own, what to do.
type failure struct {
	code    int
	message string // lower case, no full stop
	hint    string
}

// Error implements error.
func (f *failure) Error() string { return f.message }

func failed(hint, format string, args ...any) error {
	return &failure{exitFailed, fmt.Sprintf(format, args...), hint}
}

func misused(hint, format string, args ...any) error {
	return &failure{exitUsage, fmt.Sprintf(format, args...), hint}
}

// errSilent ends a command that has said everything already.
var errSilent = &failure{code: exitFailed}

// conclude prints what a command ended with and returns the exit code.
func conclude(w io.Writer, err error) int {
	var f *failure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f):
	case errors.Is(err, context.Canceled):
		f = &failure{code: exitInterrupted, message: "interrupted"}
	default:
		f = &failure{code: exitFailed, message: err.Error()}
	}
	if f.message != "" {
		fmt.Fprintln(w, "error: "+strings.TrimRight(f.message, "\n"))
	}
	if f.hint != "" {
		fmt.Fprintln(w, "hint: "+f.hint)
	}
	return f.code
}

// flagProblem words what pflag has against the command line.
func flagProblem(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var lacking *pflag.ValueRequiredError
	help := "see: " + cmd.CommandPath() + " --help"
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return misused(help, "unknown flag -%s", unknown.GetSpecifiedShortnames())
	case errors.As(err, &unknown):
		return misused(meant("--"+unknown.GetSpecifiedName(), flagNames(cmd), help), "unknown flag --%s", unknown.GetSpecifiedName())
	case errors.As(err, &invalid):
		return badValue("--"+invalid.GetFlag().Name, invalid)
	case errors.As(err, &lacking):
		return misused(help, "--%s needs a value", lacking.GetFlag().Name)
	}
	return misused(help, "%s", err)
}

// badValue names where a value came from and says what is allowed.
func badValue(source string, err *pflag.InvalidValueError) error {
	hint := errors.Unwrap(err).Error()
	if err.GetFlag().Value.Type() == "bool" {
		hint = "use true or false" // pflag's own words are those of strconv
	}
	return misused(hint, "%s: %q is not allowed", source, err.GetValue())
}

func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return names
}

// noSuchCommand refuses arguments of a command that only has subcommands.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return misused(meant(args[0], known, "the commands are: "+strings.Join(known, ", ")), "unknown command %q", strings.TrimSpace(cmd.CommandPath()+" "+args[0]))
}

// noArguments refuses arguments where none are taken.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return misused("see: "+cmd.CommandPath()+" --help", "%s takes no argument, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// atMostOne refuses a second argument.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misused("see: "+cmd.CommandPath()+" --help", "%s takes one argument, got also %q", cmd.CommandPath(), args[1])
	}
	return nil
}

// exactlyOne wants an argument.
func exactlyOne(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return misused("see: "+cmd.CommandPath()+" --help", "%s takes one argument, got none", cmd.CommandPath())
	}
	return atMostOne(cmd, args)
}

// meant is a hint at the known word that is most like a mistyped one, or
// otherwise the fallback.
func meant(word string, known []string, fallback string) string {
	for slips := 1; slips <= 2; slips++ {
		words := &cobra.Command{SuggestionsMinimumDistance: slips}
		for _, k := range known {
			words.AddCommand(&cobra.Command{Use: k, Run: func(*cobra.Command, []string) {}})
		}
		if near := words.SuggestionsFor(word); len(near) > 0 {
			return "did you mean " + near[0] + "?"
		}
	}
	return fallback
}
