package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// helpCommand prints help of a command or a topic.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Print help about a command or a topic",
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err == nil && len(rest) == 0 {
				if !found.IsAdditionalHelpTopicCommand() {
					found.InitDefaultHelpFlag()
				}
				return found.Help()
			}
			var known []string
			for _, c := range root.Commands() {
				if !c.Hidden {
					known = append(known, c.Name())
				}
			}
			word := strings.Join(args, " ")
			return misused(meant(word, known, "the topics are: "+strings.Join(known, ", ")), "there is no help about %q", word)
		},
	}
}

// usageTemplate is cobra's, with fewer words and the groups' titles as they are.
const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}{{$all := .Commands}}{{range $group := .Groups}}

{{.Title}}:{{range $all}}{{if and (eq .GroupID $group.ID) .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}
{{- if not .AllChildCommandsHaveGroup}}

Commands:{{range $all}}{{if and (eq .GroupID "") .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasHelpSubCommands}}

Topics of help:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}
`
