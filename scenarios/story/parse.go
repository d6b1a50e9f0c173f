package story

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/encore-sandbox/sandbox/scenarios/library"
)

// Error is one thing wrong with a scenario file.
type Error struct {
	File    string
	Pos     Pos
	Message string // what is wrong and what is allowed
}

// Error gives file:line:column: message, which editors turn into a link.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Pos.Line, e.Pos.Column, e.Message)
}

// Parse reads one scenario file. file is used in errors and in Story.File
// only. The error joins an *Error for everything that is wrong, in the order
// of the file; text that is not YAML at all gives the first problem only.
func Parse(file string, data []byte) (*Story, error) {
	body, problem := document(data)
	if problem != nil {
		problem.File = file
		return nil, problem
	}
	r := &reader{file: file}
	story := r.story(body)
	if err := r.err(); err != nil {
		return nil, err
	}
	return story, nil
}

// ParseFS reads every *.yaml file of a folder, sorted by the stories' names.
// Two stories of one name are an error; errors of all files are joined.
func ParseFS(files fs.FS) ([]*Story, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	var stories []*Story
	var errs []error
	for _, name := range names {
		s, err := parseFile(files, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		stories = append(stories, s)
	}
	slices.SortStableFunc(stories, func(a, b *Story) int { return cmp.Compare(a.Name, b.Name) })
	errs = append(errs, sameNames(stories)...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return stories, nil
}

func parseFile(files fs.FS, name string) (*Story, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	return Parse(path.Clean(name), data)
}

func sameNames(sorted []*Story) (errs []error) {
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; a.Name == b.Name {
			errs = append(errs, fmt.Errorf("%s and %s are both named %q; rename one", a.File, b.File, a.Name))
		}
	}
	return errs
}

// Library gives the shipped stories, sorted by name.
func Library() ([]*Story, error) { return ParseFS(library.Files) }

// maxSize bounds a file: the YAML library takes time with the square of it, and
// stories also come over the control API.
const maxSize = 64 << 10

// document finds the one YAML document of a file. A file with nothing in it
// gives an error without a place.
func document(data []byte) (ast.Node, *Error) {
	if len(data) > maxSize {
		return nil, &Error{Pos: Pos{1, 1}, Message: "larger than 64 KiB; split it into several scenarios"}
	}
	if !utf8.Valid(data) {
		return nil, &Error{Pos: Pos{1, 1}, Message: "not UTF-8; save the file in that encoding"}
	}
	file, err := parseYAML(data)
	if err != nil {
		return nil, syntaxError(err)
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil, &Error{Pos: Pos{1, 1}, Message: "nothing here; a scenario needs at least name and steps"}
	case 1:
		return bodies[0], nil
	}
	return nil, &Error{Pos: place(bodies[1]), Message: "a second document; one file holds one scenario"}
}

// parseYAML turns a panic of the YAML library on damaged input into an error:
// a typing slip in a file must not end a sandbox that reads it.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot be read: %v", p)
		}
	}()
	// Keys written twice are reported by the reader, beside the other errors.
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

func syntaxError(err error) *Error {
	out := &Error{Pos: Pos{1, 1}, Message: "not YAML: " + err.Error()}
	var at yaml.Error
	if !errors.As(err, &at) {
		return out
	}
	out.Message = "not YAML: " + at.GetMessage() + "; compare the quotes and the indentation with the lines around"
	if t := at.GetToken(); t != nil && t.Position != nil {
		out.Pos = Pos{t.Position.Line, t.Position.Column}
	}
	return out
}
