package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// variable is one setting that an integrator needs.
type variable = scenarios.Variable

func (p program) envCommand() *cobra.Command {
	var format, config, base string
	var secrets credentials
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print base URLs, ids, keys and secrets for the integrator",
		Long: `Prints what an integrator needs to be played by a sandbox, under the names that
every example reads. No sandbox has to run.

  encore-sandbox env > .env
  eval "$(encore-sandbox env --format shell)"`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			read, err := loadConfig(cmd.Flags(), config)
			if err != nil {
				return err
			}
			sb, err := newSandbox(scenarios.Options{Config: read, AppSecret: secrets.appSecret, VerifyToken: secrets.verifyToken})
			if err != nil {
				return err
			}
			defer sb.Close()
			return printVariables(p.out, format, sb.Environment(base))
		},
	}
	formatFlag(cmd.Flags(), &format)
	base = defaultSandbox
	remoteFlag(cmd.Flags(), &base, "the running sandbox")
	configFlag(cmd.Flags(), &config)
	secrets.bind(cmd.Flags())
	return cmd
}

// formatFlag says how variables are written.
func formatFlag(flags *pflag.FlagSet, format *string) {
	choiceFlag(flags, format, "format", "dotenv", []string{"dotenv", "shell", "json"}, "how to write them")
}

func printVariables(w io.Writer, format string, variables []variable) error {
	object := map[string]string{}
	for _, v := range variables {
		switch format {
		case "json":
			object[v.Name] = v.Value
		case "shell":
			fmt.Fprintf(w, "export %s=%s\n", v.Name, shellQuote(v.Value))
		default:
			fmt.Fprintf(w, "%s=%s\n", v.Name, dotenvQuote(v.Value))
		}
	}
	if format != "json" {
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(object)
}

// plain tells a text that no reader of settings takes for something else.
func plain(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-_./:=,@%+", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func shellQuote(text string) string {
	if plain(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func dotenvQuote(text string) string {
	if plain(text) {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\n", `\n`).Replace(text) + `"`
}
