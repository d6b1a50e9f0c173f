package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/library"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

func (p program) scenariosCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scenarios [NAME]",
		Short:   "Print the shipped scenarios, or one as it is written",
		Example: "  encore-sandbox scenarios cap-reached > mine.yaml\n  encore-sandbox scenarios check mine.yaml",
		Args:    atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return p.printScenario(args[0])
			}
			stories, err := story.Library()
			p.listScenarios(stories)
			return err
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check FILE…",
		Short: "Say what is wrong with scenario files",
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := loadConfig(cmd.Flags(), "")
			if err != nil {
				return err
			}
			return p.checkScenarios(args, config)
		},
	}, p.newScenarioCommand())
	return cmd
}

func (p program) listScenarios(stories []*story.Story) {
	for _, s := range stories {
		fmt.Fprintf(p.out, "%-20s  %s\n", s.Name, s.About)
	}
}

func (p program) printScenario(name string) error {
	stories, err := story.Library()
	if err != nil {
		return err
	}
	names := make([]string, len(stories))
	for i, s := range stories {
		names[i] = s.Name
	}
	i := slices.Index(names, name)
	if i < 0 {
		return unpicked(story.NoSuch(name, names))
	}
	text, err := fs.ReadFile(library.Files, stories[i].File)
	if err != nil {
		return err
	}
	_, err = p.out.Write(text)
	return err
}

func (p program) checkScenarios(files []string, config scenarios.Config) error {
	if len(files) == 0 {
		return misused("for example: encore-sandbox scenarios check mine.yaml", "which file?")
	}
	var problems []error
	for _, file := range files {
		s, err := story.ReadFile(file)
		if err == nil {
			err = scenarios.Check(s, config)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		fmt.Fprintf(p.out, "%s: %s is fine\n", file, s.Name)
	}
	if len(problems) == 0 {
		return nil
	}
	return failed("the form of a scenario: encore-sandbox schema scenario", "%s", errors.Join(problems...))
}

func storiesOf(chosen []story.Choice) (stories []*story.Story) {
	for _, c := range chosen {
		stories = append(stories, c.Story)
	}
	return stories
}

// pick finds the stories that arguments name.
func pick(args []string) ([]story.Choice, error) {
	chosen, err := story.Pick(args)
	var problem *story.PickError
	if errors.As(err, &problem) {
		return nil, unpicked(problem)
	}
	return chosen, err
}

func unpicked(e *story.PickError) error {
	hint := e.Hint
	if near := meant(e.Word, e.Known, ""); near != "" {
		hint = near + " " + hint
	}
	return misused(hint, "%s", e.Message)
}
