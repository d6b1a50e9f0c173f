package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

func (p program) schemaCommand() *cobra.Command {
	known := map[string]func() []byte{"scenario": story.Schema, "config": scenarios.ConfigSchema}
	return p.documents("schema [scenario|config]", "Print the JSON Schema of a scenario file, or of sandbox.yaml", "schema", known, "scenario")
}

func (p program) openapiCommand() *cobra.Command {
	return p.documents("openapi [encore|advertiser|meta|kaleyra|interakt|zoko|watchers|sandbox|judge]", "Print an OpenAPI document: of a vendor, or of the control API", "document", openapiDocuments(), "encore")
}

// openapiDocuments are the OpenAPI documents by name.
func openapiDocuments() map[string]func() []byte {
	return map[string]func() []byte{
		"encore": sandbox.OpenAPI, "advertiser": encore.AdvertiserOpenAPI, "meta": meta.OpenAPI, "kaleyra": kaleyra.OpenAPI, "interakt": interakt.OpenAPI, "zoko": zoko.OpenAPI,
		"watchers": watchers.OpenAPI, "sandbox": scenarios.OpenAPI, "judge": scenarios.ControlDocument,
	}
}

// documents is a command that prints one of several documents.
func (p program) documents(use, short, kind string, known map[string]func() []byte, first string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			name := strings.Join(append(args, first)[:1], "")
			document, ok := known[name]
			if !ok {
				names := slices.Sorted(maps.Keys(known))
				return misused(meant(name, names, "use "+strings.Join(names, ", ")), "there is no %s %q", kind, name)
			}
			_, err := p.out.Write(document())
			return err
		},
	}
}
