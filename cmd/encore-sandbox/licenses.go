package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/notices"
)

func (p program) licensesCommand() *cobra.Command {
	var short bool
	cmd := &cobra.Command{
		Use:   "licenses [MODULE]",
		Short: "Print the licences of everything that is linked in",
		Long: `Prints the licences and notices of the Go modules that are linked into this
binary, and of Go itself; with a part of its name those of a module alone.`,
		Args: atMostOne,
		RunE: func(_ *cobra.Command, args []string) error { return p.licenses(strings.Join(args, ""), short) },
	}
	cmd.Flags().BoolVar(&short, "list", false, "print what is linked and under which licence, without the texts")
	return cmd
}

func (p program) licenses(module string, short bool) error {
	if module == "" && !short {
		fmt.Fprint(p.out, notices.Text())
		return nil
	}
	found := false
	for _, n := range notices.All() {
		if !strings.Contains(strings.ToLower(strings.Join(n.Covers, "\n")), strings.ToLower(module)) {
			continue
		}
		found = true
		for _, name := range n.Covers {
			if !short {
				fmt.Fprintln(p.out, name)
			} else if strings.Contains(strings.ToLower(name), strings.ToLower(module)) {
				fmt.Fprintf(p.out, "%-12s  %s\n", n.Kind(), name)
			}
		}
		if !short {
			fmt.Fprint(p.out, "\n"+n.Text+"\n")
		}
	}
	if !found {
		return misused("see what is: encore-sandbox licenses --list", "nothing called %q is linked in", module)
	}
	return nil
}
