package main

import (
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// machine is a reader's: a directory with the examples, and commands that are
// looked up in a directory of its own first. Documents speak of the ports 8080 of
// the sandbox and 3000 of the integrator; here they are other ones.
type machine struct {
	*testing.T
	dir   string // where commands are run
	tools string // commands of its own
	env   []string
	moved []string // what documents say and what it is here, in turn
}

// asProgram makes this test's binary the program itself.
const asProgram = "ENCORE_SANDBOX_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	waitTogether()
	os.Exit(m.Run())
}

// waitTogether lets more tests run at once than there are processors, unless the
// command line says how many: most of them wait for programs that they started.
func waitTogether() {
	const atLeast = 4
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said && runtime.GOMAXPROCS(0) < atLeast {
		_ = flag.Set("test.parallel", strconv.Itoa(atLeast))
	}
}

// ownProgram is how a script of bash runs encore-sandbox, without compiling it again.
func ownProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return "env " + asProgram + "=1 " + self
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	if testing.Short() {
		t.Skip("plays real programs")
	}
	m := &machine{T: t, dir: t.TempDir(), tools: t.TempDir()}
	if err := os.Symlink(m.repository("examples"), filepath.Join(m.dir, "examples")); err != nil {
		t.Fatal(err)
	}
	integrator := freePort(t)
	_, port, _ := net.SplitHostPort(integrator)
	m.move("127.0.0.1:3000", integrator)
	m.move("PORT=3000", "PORT="+port)
	m.env = []string{"PATH=" + m.tools + ":" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PORT=" + port, "STATE_DIR=" + t.TempDir(), "PYTHONDONTWRITEBYTECODE=1"}
	return m
}

// repository is a file of the repository.
func (m *machine) repository(name string) string {
	m.Helper()
	path, err := filepath.Abs(filepath.Join("../..", name))
	if err != nil {
		m.Fatal(err)
	}
	return path
}

// tool is a command of the machine's own, as a script of bash.
func (m *machine) tool(name, script string) {
	m.Helper()
	file := filepath.Join(m.tools, name)
	write(m.T, file, "#!/usr/bin/env bash\n"+script+"\n")
	if err := os.Chmod(file, 0o755); err != nil {
		m.Fatal(err)
	}
}

// move says where something is here that documents have elsewhere.
func (m *machine) move(there, here string) { m.moved = append(m.moved, there, here) }

// place is a text with the addresses of this machine.
func (m *machine) place(text string) string { return strings.NewReplacer(m.moved...).Replace(text) }

// bash runs a script until its first failure, as GitHub's runner does. What it
// starts in the background goes on until the test ends.
func (m *machine) bash(script string) (string, error) {
	m.Helper()
	env := m.env
	if added, err := os.ReadFile(filepath.Join(m.dir, "path")); err == nil {
		env = append(env[:len(env):len(env)], "PATH="+strings.TrimSpace(string(added))+":"+strings.TrimPrefix(env[0], "PATH="))
	}
	c := exec.CommandContext(m.Context(), "bash", "-e", "-o", "pipefail", "-c", m.place(script))
	c.Env, c.Dir = env, m.dir
	ownGroup(c)
	m.Cleanup(func() { kill(c) })
	out, err := c.CombinedOutput()
	return string(out), err
}
