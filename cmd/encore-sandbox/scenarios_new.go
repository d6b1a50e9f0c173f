package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// schemaFile is where a new scenario has its editor look for the language.
const schemaFile = "scenario.schema.json"

func (p program) newScenarioCommand() *cobra.Command {
	var print bool
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write a scenario to begin with",
		Long: `Writes NAME.yaml into the working directory: a scenario that can be played as it
is, with all that may be said in its comments. Beside it goes ` + schemaFile + `,
by which editors complete and check it (yaml-language-server, in VS Code the
extension YAML).`,
		Example: "  encore-sandbox scenarios new closed-on-sunday\n  encore-sandbox run closed-on-sunday.yaml",
		Args:    atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused("for example: encore-sandbox scenarios new closed-on-sunday", "what shall it be called?")
			}
			return p.newScenario(args[0], print)
		},
	}
	cmd.Flags().BoolVar(&print, "print", false, "print it instead of writing files")
	return cmd
}

func (p program) newScenario(name string, print bool) error {
	text, err := story.Skeleton(name, schemaFile)
	if err != nil {
		return misused("the name is also that of its file, without .yaml", "%q cannot be: %s", name, err)
	}
	known, err := story.Library()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(known, func(s *story.Story) bool { return s.Name == name }) {
		return misused("choose another name, or copy it: encore-sandbox scenarios "+name+" > mine.yaml", "there is a scenario %s already", name)
	}
	if print {
		_, err := p.out.Write(text)
		return err
	}
	file := name + ".yaml"
	if err := writeNew(file, text); errors.Is(err, fs.ErrExist) {
		return misused("choose another name, or delete the file", "there is a file %s already", file)
	} else if err != nil {
		return err
	}
	if err := os.WriteFile(schemaFile, story.Schema(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "wrote %s, and %s for editors\nplay it: encore-sandbox run %s\n", file, schemaFile, file)
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
