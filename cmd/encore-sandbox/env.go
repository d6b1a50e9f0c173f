package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// variable is one setting that an integrator needs.
type variable struct{ name, value string }

// environment is what an integrator needs to know to be played by the sandbox
// at base: the names that every example of this repository reads.
func environment(sb *scenarios.Sandbox, base string, c credentials) []variable {
	operator := whatsapp(sb)
	return []variable{
		{"ENCORE_BASE_URL", base},
		{"ENCORE_API_KEY", scenarios.EncoreKey},
		{"GRAPH_BASE_URL", base},
		{"GRAPH_ACCESS_TOKEN", scenarios.GraphToken},
		{"META_APP_SECRET", cmp.Or(c.appSecret, fakes.AppSecret)},
		{"META_VERIFY_TOKEN", cmp.Or(c.verifyToken, fakes.VerifyToken)},
		{"WHATSAPP_PHONE_NUMBER_ID", operator.ID},
		{"OPERATOR_CLIENT_ID", operator.ClientID},
		{"OPERATOR_CLIENT_NAME", operator.Name},
		{"SANDBOX_URL", base},
	}
}

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
			sb, err := newSandbox(scenarios.Options{Config: read})
			if err != nil {
				return err
			}
			defer sb.Close()
			return printVariables(p.out, format, environment(sb, base, secrets))
		},
	}
	choiceFlag(cmd.Flags(), &format, "format", "dotenv", []string{"dotenv", "shell", "json"}, "how to write them")
	sandboxFlag(cmd.Flags(), &base)
	configFlag(cmd.Flags(), &config)
	secrets.bind(cmd.Flags())
	return cmd
}

func printVariables(w io.Writer, format string, variables []variable) error {
	object := map[string]string{}
	for _, v := range variables {
		switch format {
		case "json":
			object[v.name] = v.value
		case "shell":
			fmt.Fprintf(w, "export %s=%s\n", v.name, shellQuote(v.value))
		default:
			fmt.Fprintf(w, "%s=%s\n", v.name, dotenvQuote(v.value))
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
