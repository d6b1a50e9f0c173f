package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by the linker: -X main.version=v1.2.3 -X main.commit=abcdef0.
var version, commit string

func (p program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version and commit",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			name, revision := built(info, version, commit)
			fmt.Fprintf(p.out, "encore-sandbox %s\n", name)
			if revision != "" {
				fmt.Fprintf(p.out, "commit %s\n", revision)
			}
			fmt.Fprintln(p.out, runtime.Version())
			return nil
		},
	}
}

// built is version and commit, of the linker or else of the go command.
func built(info *debug.BuildInfo, version, commit string) (string, string) {
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if version == "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	if version == "" {
		version = "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && commit == "" {
			commit = s.Value
		}
	}
	return version, commit
}
