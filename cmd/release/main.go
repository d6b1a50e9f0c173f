// The command release makes what is handed out, with nothing but the go command:
// a container image without a container engine, and archives for every system.
//
//	image     go build ─▶ layer (binary, CA certificates) ─▶ config ─▶ manifest ─▶ one tar: OCI layout, and what docker load reads
//	archives  go build, a target at a time ─▶ .tar.gz or .zip ─▶ SHA256SUMS
//
// The same sources with the same Go make the same bytes: no file has a time, an
// owner or a path of the machine that made it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}

// product is what is built: a version for one system and architecture.
type product struct {
	version, revision string
	goos, goarch      string
	source            string // directory of the module
}

// run is the whole program.
func run(args []string, out io.Writer) error {
	usage := errors.New("use: release image|archives [-version v1.2.3] [-out dist] …")
	if len(args) == 0 {
		return usage
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	p := product{goos: "linux"}
	flags.StringVar(&p.version, "version", "dev", "what `version` prints")
	flags.StringVar(&p.revision, "revision", "", "commit that the image names")
	flags.StringVar(&p.source, "source", ".", "directory of the module")
	dir := flags.String("out", "dist", "directory to write to")
	arch := flags.String("arch", runtime.GOARCH, "architecture of the image")
	name := flags.String("name", "encore-sandbox", "name of the image")
	roots := flags.String("certificates", "", "CA certificates for webhooks to https (default: this system's)")
	only := flags.String("target", "", "only this one of the archives, as linux/amd64")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	switch p.goarch = *arch; args[0] {
	case "image":
		return p.image(*name, *roots, *dir, out)
	case "archives":
		return p.archives(*only, *dir, out)
	}
	return usage
}

// build compiles the static binary and returns it.
func (p product) build() ([]byte, error) {
	scratch, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	file := filepath.Join(scratch, p.binary())
	ldflags := "-s -w -X main.version=" + p.version
	if p.revision != "" {
		ldflags += " -X main.commit=" + p.revision
	}
	// The version is stamped, not what the go command finds out about a checkout.
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", file, "./cmd/encore-sandbox")
	cmd.Dir = p.source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.goos, "GOARCH="+p.goarch)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s/%s: %w\n%s", p.goos, p.goarch, err, strings.TrimSpace(string(text)))
	}
	return os.ReadFile(file)
}

func (p product) binary() string {
	if p.goos == "windows" {
		return "encore-sandbox.exe"
	}
	return "encore-sandbox"
}
