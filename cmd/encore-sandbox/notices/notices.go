// Package notices holds the licences of what is linked into the binary: every Go
// module on any platform that is released, and Go itself.
//
//	go list -deps, module cache ─▶ test -update ─▶ third-party.txt ─▶ embedded ─▶ encore-sandbox licenses
//
// The file is written by a test and compared by it with what is linked, so that it
// cannot fall behind go.mod.
package notices

import (
	_ "embed"
	"strings"
)

//go:embed third-party.txt
var file string

// mark begins a line that names what the text below it is about.
const mark = "=== "

// Notice is a licence, or a notice that has to go with one, and what it covers:
// "github.com/spf13/cobra v1.10.2", with the name of the file where that is not
// the licence itself.
type Notice struct {
	Covers []string
	Text   string
}

// Text is all of it, as the licences ask that it is passed on.
func Text() string { return file }

// All are the notices in the order of what they cover. Several modules may share
// one text.
func All() (all []Notice) {
	inHead := false
	for line := range strings.Lines(file) {
		covers, head := strings.CutPrefix(line, mark)
		if head && !inHead {
			all = append(all, Notice{})
		}
		if inHead = head; len(all) == 0 {
			continue
		}
		last := &all[len(all)-1]
		if head {
			last.Covers = append(last.Covers, strings.TrimSpace(covers))
		} else {
			last.Text += line
		}
	}
	for i := range all {
		all[i].Text = strings.Trim(all[i].Text, "\n") + "\n"
	}
	return all
}

// Kind names a licence by its words, in SPDX's names; a text that is none of the
// known licences is a notice.
func (n Notice) Kind() string {
	words := strings.Join(strings.Fields(n.Text), " ")
	for _, k := range []struct{ name, says string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"BSD-3-Clause", "Neither the name of"},
		{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
		{"MIT", "Permission is hereby granted, free of charge"},
		{"ISC", "Permission to use, copy, modify, and/or distribute"},
	} {
		if strings.Contains(words, k.says) {
			return k.name
		}
	}
	return "notice"
}
