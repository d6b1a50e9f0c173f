package story

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Choice is a story with the word that names it.
type Choice struct {
	Story *Story
	Word  string // its name, or its file
}

// PickError is a word that names no story, or one that cannot be read.
type PickError struct {
	Message string
	Hint    string   // what to write instead
	Word    string   // that names nothing; empty when the file itself is wrong
	Known   []string // names of the shipped stories
}

// Error implements error.
func (e *PickError) Error() string { return e.Message }

// Pick finds the stories that words name: files, which end in .yaml or .yml,
// names of the library, or patterns over these (path.Match). Without words it is
// the whole library. No story comes twice. An error is a PickError.
func Pick(words []string) ([]Choice, error) {
	known, err := Library()
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		words = []string{"*"}
	}
	var all []Choice
	for _, word := range words {
		found, err := pickOne(word, known)
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

// PickShipped is Pick without files, for callers whose files are not this
// machine's.
func PickShipped(words []string) ([]Choice, error) {
	for _, word := range words {
		if ext := path.Ext(word); ext == ".yaml" || ext == ".yml" {
			return nil, &PickError{Message: fmt.Sprintf("%q is a file", word), Hint: "send what it holds, under files"}
		}
	}
	return Pick(words)
}

func pickOne(word string, known []*Story) ([]Choice, error) {
	if ext := path.Ext(word); ext == ".yaml" || ext == ".yml" {
		s, err := ReadFile(word)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			hint := "scenarios of the library are named without " + ext + "; list them with: encore-sandbox scenarios"
			return nil, &PickError{Message: fmt.Sprintf("there is no file %q", word), Hint: hint}
		case err != nil:
			return nil, &PickError{Message: err.Error(), Hint: "the form of a scenario: encore-sandbox schema scenario"}
		}
		return []Choice{{s, word}}, nil
	}
	var found []Choice
	names := make([]string, len(known))
	for i, s := range known {
		names[i] = s.Name
		if ok, err := path.Match(word, s.Name); err != nil {
			return nil, &PickError{Message: fmt.Sprintf("%q is no pattern", word), Hint: "use * for any letters and ? for one"}
		} else if ok {
			found = append(found, Choice{s, s.Name})
		}
	}
	if len(found) == 0 {
		return nil, NoSuch(word, names)
	}
	return found, nil
}

// NoSuch is the error of a word that names no story of the library.
func NoSuch(word string, known []string) *PickError {
	return &PickError{
		Message: fmt.Sprintf("there is no scenario %q", word), Hint: "the scenarios are: " + strings.Join(known, ", "), Word: word, Known: known,
	}
}

// ReadFile reads a story from a file.
func ReadFile(file string) (*Story, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data)
}
