package contract_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// The image itself is built where a container engine runs. What it promises is
// held here without one: the Dockerfile is read, and its build command is run.

// dockerStep is one instruction of a Dockerfile, continued lines joined.
type dockerStep struct{ stage, word, args string }

// dockerSteps reads a Dockerfile. A stage is named after its AS, else after its base.
func dockerSteps(text string) (steps []dockerStep) {
	var stage string
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", " "), "\n") {
		word, args, _ := strings.Cut(line, " ")
		fields := strings.Fields(args)
		if word == "FROM" {
			stage = fields[len(fields)-1]
		}
		steps = append(steps, dockerStep{stage, word, strings.Join(fields, " ")})
	}
	return steps
}

func readDockerfile(t *testing.T) []dockerStep {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	return dockerSteps(string(text))
}

func TestDockerSteps(t *testing.T) {
	t.Parallel()
	got := dockerSteps("# a comment\nFROM go:1 AS build\nRUN a \\\n    -b\n\nFROM scratch\nCMD [\"x\"]\n")
	want := []dockerStep{
		{"build", "FROM", "go:1 AS build"},
		{"build", "RUN", "a -b"},
		{"scratch", "FROM", "scratch"},
		{"scratch", "CMD", `["x"]`},
	}
	if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(dockerStep{})); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestImagePromises(t *testing.T) {
	t.Parallel()
	steps := readDockerfile(t)
	for _, tc := range []struct {
		reason string
		step   dockerStep
	}{
		{"the toolchain is that of the module", dockerStep{"build", "FROM", "--platform=$BUILDPLATFORM golang:1.26 AS build"}},
		{"nothing but the binary is shipped", dockerStep{"scratch", "FROM", "scratch"}},
		{"webhooks go to https targets too", dockerStep{"scratch", "COPY", "--from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/"}},
		{"the binary is at a fixed place", dockerStep{"scratch", "COPY", "--from=build /out/encore-sandbox /encore-sandbox"}},
		{"it does not run as root, and clusters check a number", dockerStep{"scratch", "USER", "65532:65532"}},
		{"loopback cannot be published", dockerStep{"scratch", "ENV", "ENCORE_SANDBOX_ADDR=0.0.0.0:8080"}},
		{"the port is documented", dockerStep{"scratch", "EXPOSE", "8080"}},
		{"compose can wait for it; without a shell only the exec form runs", dockerStep{"scratch", "HEALTHCHECK", `--interval=10s --timeout=3s --start-period=5s CMD ["/encore-sandbox", "health"]`}},
		{"every subcommand can be run from the image", dockerStep{"scratch", "ENTRYPOINT", `["/encore-sandbox"]`}},
		{"and serve is the default", dockerStep{"scratch", "CMD", `["serve"]`}},
	} {
		if !slices.Contains(steps, tc.step) {
			t.Errorf("the Dockerfile has no step %+v; %s", tc.step, tc.reason)
		}
	}
	for _, step := range steps {
		if step.stage == "scratch" && step.word == "RUN" {
			t.Errorf("RUN %s: there is no shell in the last stage; do it in the stage build", step.args)
		}
	}
}

func TestImageLabels(t *testing.T) {
	t.Parallel()
	var labels string
	for _, step := range readDockerfile(t) {
		if step.stage == "scratch" && step.word == "LABEL" {
			labels += step.args
		}
	}
	for _, name := range []string{"title", "description", "source", "licenses", "version", "revision"} {
		if key := "org.opencontainers.image." + name + "="; !strings.Contains(labels, key) {
			t.Errorf("the image has no label %s", key)
		}
	}
}

// TestImageContextHoldsTheSources: .dockerignore lets in what it names only, and
// without a container engine nobody would notice a floor that it forgot.
func TestImageContextHoldsTheSources(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(moduleRoot, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	needed := []string{"go.mod", "go.sum", "openapi.go", "openapi.yaml"}
	for _, floor := range floors() {
		if floor.dir == "cmd" {
			needed = append(needed, slices.DeleteFunc(slices.Clone(floor.may), func(dir string) bool { return dir == "." })...)
		}
	}
	lines := strings.Split(string(text), "\n")
	for _, name := range needed {
		if !slices.Contains(lines, "!"+name) {
			t.Errorf(".dockerignore has no line !%s; the image is built from it", name)
		}
	}
}

// TestImageBinaryIsStatic runs the Dockerfile's own build command: a binary
// that needs a loader or a C library would not start from scratch.
func TestImageBinaryIsStatic(t *testing.T) {
	t.Parallel()
	binary := buildAsDockerfile(t, "v1.2.3-test")
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, prog := range f.Progs {
		if prog.Type == elf.PT_INTERP {
			t.Error("the binary asks for a dynamic loader; build it with CGO_ENABLED=0")
		}
	}
	libraries, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string(nil), libraries); diff != "" {
		t.Errorf("shared libraries (-want +got):\n%s", diff)
	}
	if f.Section(".debug_info") != nil {
		t.Error("the binary carries debug information; link it with -s -w")
	}
	if runtime.GOOS != "linux" {
		return
	}
	out, err := exec.CommandContext(t.Context(), binary, "version").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "v1.2.3-test") {
		t.Errorf("version printed %q (%v), want the version that the Dockerfile stamps by -X main.version", out, err)
	}
}

func buildAsDockerfile(t *testing.T, version string) (binary string) {
	t.Helper()
	steps := readDockerfile(t)
	i := slices.IndexFunc(steps, func(s dockerStep) bool { return s.stage == "build" && strings.Contains(s.args, "go build") })
	if i < 0 {
		t.Fatal("the Dockerfile builds nothing in its stage build")
	}
	binary = filepath.Join(t.TempDir(), "encore-sandbox")
	command := strings.ReplaceAll(steps[i].args, "/out/encore-sandbox", `"$OUT"`)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = moduleRoot
	cmd.Env = append(os.Environ(), "OUT="+binary, "VERSION="+version, "TARGETOS=linux", "TARGETARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return binary
}
