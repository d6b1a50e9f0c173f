package main

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/postman"
)

func (p program) postmanCommand() *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use:   "postman [FAKE…]",
		Short: "Print a Postman collection of the vendors' requests",
		Long: `Prints a Postman collection (format 2.1.0) of what the OpenAPI documents have: a
folder a vendor, a request for each example, the documented answers beside it. The
variable baseUrl is where requests go, key and its like are what they identify
themselves with; later requests use what earlier ones answered, so that a folder can
be run as a whole. Without a name it has all vendors; "postman sandbox" is the
control API.

  encore-sandbox postman > encore-sandbox.postman_collection.json`,
		RunE: func(_ *cobra.Command, args []string) error { return p.postman(base, args) },
	}
	remoteFlag(cmd.Flags(), &base, "the sandbox that requests go to")
	return cmd
}

func (p program) postman(base string, names []string) error {
	all, known := collected(), openapiDocuments()
	chosen := all
	if len(names) > 0 {
		chosen = nil
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(d postman.Document) bool { return d.Name == name })
		switch {
		case i >= 0:
			chosen = append(chosen, all[i])
		case known[name] != nil: // of the control API
			token := postman.Variable{Key: "token", Description: "Of the admin, an owner or a workspace, where the sandbox asks for one"}
			chosen = append(chosen, postman.Document{Name: name, Credentials: map[string]postman.Variable{"workspace": token, "owner": token, "admin": token}})
		default:
			names := slices.Sorted(maps.Keys(known))
			return misused(meant(name, names, "use "+list(names)), "there is no document %q", name)
		}
	}
	for i := range chosen {
		chosen[i].YAML = known[chosen[i].Name]()
	}
	c, err := postman.New("Encore Sandbox", "The requests of Encore Sandbox's OpenAPI documents.", base, chosen...)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}
