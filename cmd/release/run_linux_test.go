package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runsAsRoot starts what is in the image as an engine would: as the user that it
// names, in its root file system and nothing else, which nobody can write. Only
// root may change its root; others run the binary where it was unpacked.
func runsAsRoot(t *testing.T, u unpacked) {
	t.Helper()
	root := unpack(t, u)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	env := slices.Concat(u.config.Config.Env, []string{"ENCORE_SANDBOX_ADDR=" + addr}) // the later one counts
	began := time.Now()
	if out, err := inside(t.Context(), root, u, env, "version").CombinedOutput(); err != nil || !strings.Contains(string(out), "encore-sandbox v1.2.3") {
		t.Fatalf("version: %v\n%s", err, out)
	}
	version := time.Since(began)
	var said bytes.Buffer
	serve := inside(context.Background(), root, u, env, u.config.Config.Cmd...)
	serve.Stdout, serve.Stderr = &said, &said
	began = time.Now()
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = serve.Process.Kill() }()
	if !answers(t.Context(), "http://"+addr+"/healthz") {
		t.Fatalf("no answer; it said:\n%s", said.String())
	}
	start := time.Since(began)
	t.Logf("version in %v, serve answers after %v", version.Round(time.Millisecond), start.Round(time.Millisecond))
	if most := 10*version + time.Second; start > most { // generous: the machine may be busy
		t.Errorf("serve answers after %v, more than ten times version's %v", start, version)
	}
	if out, err := inside(t.Context(), root, u, env, u.config.Config.Healthcheck.Test[2:]...).CombinedOutput(); err != nil {
		t.Errorf("the health check: %v\n%s", err, out)
	}
	_ = serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Errorf("serve ended with %v after SIGTERM:\n%s", err, said.String())
	}
}

// unpack writes the layer to a directory that only its owner could change.
func unpack(t *testing.T, u unpacked) string {
	t.Helper()
	root, err := os.MkdirTemp("", "image") // t.TempDir lies in a directory that others may not enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.Walk(root, func(path string, _ os.FileInfo, _ error) error { return os.Chmod(path, 0o700) })
		_ = os.RemoveAll(root)
	})
	files, modes := readTar(t, u.layer)
	for name, mode := range modes {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if data, ok := files[name]; ok {
			if err := os.WriteFile(path, data, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	return root
}

// inside is a command of the image.
func inside(ctx context.Context, root string, u unpacked, env []string, args ...string) *exec.Cmd {
	entry := u.config.Config.Entrypoint[0]
	if os.Getuid() != 0 {
		cmd := exec.CommandContext(ctx, filepath.Join(root, entry), args...)
		cmd.Env = env
		return cmd
	}
	cmd := exec.CommandContext(ctx, entry, args...)
	cmd.Env, cmd.Dir = env, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	return cmd
}

// answers waits until an address answers, for as long as a busy machine may need.
func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if resp, err := http.Get(url); err == nil {
			_ = resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return false
}
