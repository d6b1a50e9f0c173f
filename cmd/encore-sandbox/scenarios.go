package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

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
	})
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
	i := slices.IndexFunc(stories, func(s *story.Story) bool { return s.Name == name })
	if i < 0 {
		return noScenario(name, stories)
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
		s, err := readStory(file)
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

func readStory(file string) (*story.Story, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return story.Parse(file, data)
}

// choice is a story with the argument that names it alone.
type choice struct {
	story *story.Story
	word  string
}

func storiesOf(chosen []choice) (stories []*story.Story) {
	for _, c := range chosen {
		stories = append(stories, c.story)
	}
	return stories
}

// pick finds the stories that arguments name: files, names of the library, or
// patterns over these. Without arguments it is the whole library.
func pick(args []string) ([]choice, error) {
	known, err := story.Library()
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		args = []string{"*"}
	}
	var all []choice
	for _, arg := range args {
		found, err := pickOne(arg, known)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

func pickOne(arg string, known []*story.Story) ([]choice, error) {
	if ext := path.Ext(arg); ext == ".yaml" || ext == ".yml" {
		s, err := readStory(arg)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, misused("scenarios of the library are named without "+ext+"; list them with: encore-sandbox scenarios", "there is no file %q", arg)
		}
		if err != nil {
			return nil, misused("the form of a scenario: encore-sandbox schema scenario", "%s", err)
		}
		return []choice{{s, arg}}, nil
	}
	var found []choice
	for _, s := range known {
		if ok, err := path.Match(arg, s.Name); err != nil {
			return nil, misused("use * for any letters and ? for one", "%q is no pattern", arg)
		} else if ok {
			found = append(found, choice{s, s.Name})
		}
	}
	if len(found) == 0 {
		return nil, noScenario(arg, known)
	}
	return found, nil
}

func noScenario(name string, known []*story.Story) error {
	var names []string
	for _, s := range known {
		names = append(names, s.Name)
	}
	all := "the scenarios are: " + strings.Join(names, ", ")
	hint := meant(name, names, "")
	if hint != "" {
		hint += " "
	}
	return misused(hint+all, "there is no scenario %q", name)
}
