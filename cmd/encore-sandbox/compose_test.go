package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
)

// deployment is what compose.yaml says, as far as it concerns the sandbox.
type deployment struct {
	Services map[string]struct {
		Image       string            `yaml:"image"`
		Command     string            `yaml:"command"`
		Environment map[string]string `yaml:"environment"`
		Deploy      struct {
			Replicas int `yaml:"replicas"`
		} `yaml:"deploy"`
		ReadOnly bool `yaml:"read_only"`
	} `yaml:"services"`
	Configs map[string]struct {
		Content string `yaml:"content"`
	} `yaml:"configs"`
}

func readComposition(t *testing.T) (c deployment) {
	t.Helper()
	data, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// compose.yaml says nothing that the binary, Redis and the reader would not
// understand: its variables are flags of serve that take these values.
func TestCompose(t *testing.T) {
	t.Parallel()
	c := readComposition(t)
	pinned := regexp.MustCompile(`^[a-z]+:\d+\.\d+\.\d+(-[a-z]+)?$`)
	for name, service := range c.Services {
		if name != "sandbox" && !pinned.MatchString(service.Image) {
			t.Errorf("the image %q of %s is not pinned to a version", service.Image, name)
		}
	}
	sandbox := c.Services["sandbox"]
	if sandbox.Deploy.Replicas != 2 || !sandbox.ReadOnly {
		t.Errorf("the sandbox has %d replicas and read_only is %v, want 2 and true", sandbox.Deploy.Replicas, sandbox.ReadOnly)
	}
	flags := program{}.serveCommand().Flags()
	var environ []string
	for name, value := range sandbox.Environment {
		flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, environmentPrefix), "_", "-"))
		if flags.Lookup(flag) == nil {
			t.Errorf("%s is no flag of serve", name)
		}
		if strings.HasPrefix(value, "${") {
			value = strings.Repeat("0123456789abcdef", 4)
		}
		environ = append(environ, name+"="+value)
	}
	redis := strings.Fields(c.Services["redis"].Command)
	server := redistest.Start(t, redis[1:]...)
	if want := []string{"redis-server", "--appendonly", "yes", "--appendfsync", "always"}; !slices.Equal(want, redis) {
		t.Errorf("Redis is started with %q, want %q", redis, want)
	}
	environ = append([]string{variableOf("store") + "=" + server.URL()}, environ...) // the first one counts
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if o := invoke(ended, append(environ, variableOf("addr")+"=127.0.0.1:0", variableOf("drain")+"=0s"), "serve"); o.code != 0 {
		t.Errorf("serve does not start as compose.yaml has it: %+v", o)
	}
}

// haproxy starts the composition's proxy before some replicas.
func haproxy(t *testing.T, replicas []*replica) (base string) {
	t.Helper()
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	config := readComposition(t).Configs["proxy"].Content
	check := func(config string) string {
		file := filepath.Join(t.TempDir(), "haproxy.cfg")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(binary, "-c", "-f", file).CombinedOutput(); err != nil || strings.Contains(string(out), "WARNING") {
			t.Fatalf("haproxy does not take its configuration: %v\n%s", err, out)
		}
		return file
	}
	check(config)
	addr := freePort(t)
	var servers strings.Builder
	for i, r := range replicas {
		fmt.Fprintf(&servers, "  server sandbox%d %s check inter 1s fall 1 rise 1\n", i, r.addr)
	}
	config = strings.Replace(config, "bind :8080", "bind "+addr, 1)
	config = regexp.MustCompile(`(?m)^ *server-template .*\n`).ReplaceAllLiteralString(config, servers.String())
	cmd := exec.Command(binary, "-db", "-f", check(config))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return "http://" + addr
}

// Behind the composition's proxy webhooks are fetched, calls are answered while a
// replica is told to stop, and again when one has died.
func TestComposedProxy(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	f := newFleet(t, 2)
	base := haproxy(t, f.replicas)
	f.until("the proxy has found the replicas", func() bool {
		resp, err := http.Get(base + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	l := startListen(t, base, hooks(t, http.StatusOK).URL)
	says(t, base, "one")
	l.out.await(t, l.ended, `#1 .*  200\n`)
	f.replicas[0].kill()
	for range 20 {
		if resp, text := offerCall(t, base); resp.StatusCode != http.StatusOK {
			t.Fatalf("a call after a replica died: %d %s", resp.StatusCode, text)
		}
	}
	says(t, base, "two")
	l.out.await(t, l.ended, `(?s)#1 .*  200\n.*  200\n`)
}
