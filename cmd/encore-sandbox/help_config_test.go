package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// TestExampleConfigIsOne: what the manual shows can be copied, and shows every
// section that people change.
func TestExampleConfigIsOne(t *testing.T) {
	t.Parallel()
	if o := invoke(t.Context(), nil, "help", "config"); o.code != 0 || !strings.HasSuffix(o.out, exampleConfig) {
		t.Errorf("help config does not print the example: %+v", o)
	}
	file := filepath.Join(t.TempDir(), scenarios.ConfigFile)
	write(t, file, exampleConfig)
	c, err := scenarios.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	sb, err := newSandbox(scenarios.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	if c.Catalog == nil || len(c.Apps) == 0 || c.Limits.Encore.Trial == 0 || c.Limits.Meta.PerSecond == 0 || len(c.Faults) == 0 || len(c.Operators) != 2 {
		t.Errorf("a section of the example says nothing: %+v", c)
	}
	var sections map[string]any
	if err := yaml.Unmarshal([]byte(exampleConfig), &sections); err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"seed", "clock", "operators", "apps", "limits", "catalog", "whatsapp", "messenger", "kaleyra", "interakt", "zoko", "watchers", "templates", "faults"} {
		if _, shown := sections[section]; !shown {
			t.Errorf("the example has no %s", section)
		}
	}
}
