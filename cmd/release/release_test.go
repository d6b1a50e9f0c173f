package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const moduleRoot = "../.."

// readTar returns the files of a tar, and all names with their modes.
func readTar(t *testing.T, data []byte) (files map[string][]byte, modes map[string]fs.FileMode) {
	t.Helper()
	files, modes = map[string][]byte{}, map[string]fs.FileMode{}
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return files, modes
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname+h.Gname != "" || h.ModTime.Unix() != 0 {
			t.Errorf("%s tells of who made it, or when: %+v", h.Name, h)
		}
		modes[h.Name] = fs.FileMode(h.Mode)
		if h.Typeflag != tar.TypeDir {
			if files[h.Name], err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func gunzip(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parse[T any](t *testing.T, data []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

// unpacked is an image as an engine sees it.
type unpacked struct {
	config imageConfig
	layer  []byte // unpacked
	pull   int    // bytes of the layer as it is pulled
}

// pulled follows the archive from its index to the config and the layer, and
// holds every digest on the way, as engines do.
func pulled(t *testing.T, archive []byte) unpacked {
	t.Helper()
	files, _ := readTar(t, archive)
	get := func(d descriptor) []byte {
		data := files["blobs/sha256/"+strings.TrimPrefix(d.Digest, "sha256:")]
		if digest(data) != d.Digest || len(data) != d.Size {
			t.Fatalf("the blob of %+v has %d bytes and digest %s", d, len(data), digest(data))
		}
		return data
	}
	index := parse[struct{ Manifests []descriptor }](t, files["index.json"])
	manifest := parse[struct {
		Config descriptor
		Layers []descriptor
	}](t, get(index.Manifests[0]))
	if len(index.Manifests) != 1 || len(manifest.Layers) != 1 {
		t.Fatalf("%d manifests and %d layers, want one of each", len(index.Manifests), len(manifest.Layers))
	}
	u := unpacked{config: parse[imageConfig](t, get(manifest.Config)), pull: manifest.Layers[0].Size}
	u.layer = gunzip(t, get(manifest.Layers[0]))
	if diff := cmp.Diff([]string{digest(u.layer)}, u.config.RootFS.DiffIDs); diff != "" {
		t.Errorf("diff_ids (-want +got):\n%s", diff)
	}
	docker := parse[[]struct {
		Config   string
		RepoTags []string
		Layers   []string
	}](t, files["manifest.json"])
	if files[docker[0].Config] == nil || files[docker[0].Layers[0]] == nil || docker[0].RepoTags[0] != "encore-sandbox:v1.2.3" {
		t.Errorf("docker load does not find what manifest.json names: %+v", docker)
	}
	return u
}

// makeImage makes the image of this machine's architecture.
func makeImage(t *testing.T) unpacked {
	t.Helper()
	dir, roots := t.TempDir(), filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, []byte("certificates\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"image", "-version", "v1.2.3", "-source", moduleRoot, "-out", dir, "-certificates", roots}, &out); err != nil {
		t.Fatal(err)
	}
	t.Log(strings.TrimSpace(out.String()))
	archive, err := os.ReadFile(filepath.Join(dir, "encore-sandbox_image_"+runtime.GOARCH+".tar"))
	if err != nil {
		t.Fatal(err)
	}
	return pulled(t, archive)
}

// The image is what the Dockerfile says: one binary and certificates, no user but
// a number, nothing that anybody may write.
func TestImage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	t.Parallel()
	u := makeImage(t)
	const most = 25 << 20
	if u.pull > most {
		t.Errorf("the image has %d bytes to pull, want at most %d", u.pull, most)
	}
	_, modes := readTar(t, u.layer)
	want := map[string]fs.FileMode{
		"etc/": 0o555, "etc/ssl/": 0o555, "etc/ssl/certs/": 0o555, "etc/ssl/certs/ca-certificates.crt": 0o444, "encore-sandbox": 0o555,
	}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("files and modes (-want +got):\n%s", diff)
	}
	dockerfile, err := os.ReadFile(filepath.Join(moduleRoot, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	c := u.config.Config
	for _, line := range []string{
		"USER " + c.User, "ENV " + c.Env[0], `ENTRYPOINT ["` + c.Entrypoint[0] + `"]`, `CMD ["` + c.Cmd[0] + `"]`, "EXPOSE 8080",
		`HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/encore-sandbox", "health"]`,
		`org.opencontainers.image.title="` + c.Labels["org.opencontainers.image.title"] + `"`,
		`org.opencontainers.image.description="` + c.Labels["org.opencontainers.image.description"] + `"`,
	} {
		if !strings.Contains(string(dockerfile), line) {
			t.Errorf("the Dockerfile does not say %s, as the image without an engine does", line)
		}
	}
	runsAsRoot(t, u)
}

// Two builds of the same sources are the same, byte by byte, and the checksums
// are theirs.
func TestArchiveIsTheSameAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	t.Parallel()
	var archives, sums []string
	target := runtime.GOOS + "/" + runtime.GOARCH
	for range 2 {
		dir := t.TempDir()
		if err := run([]string{"archives", "-version", "v1.2.3", "-source", moduleRoot, "-out", dir, "-target", target}, io.Discard); err != nil {
			t.Fatal(err)
		}
		name := "encore-sandbox_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sum, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimPrefix(digest(data), "sha256:") + "  " + name + "\n"; string(sum) != want {
			t.Errorf("SHA256SUMS is %q, want %q", sum, want)
		}
		archives, sums = append(archives, string(data)), append(sums, string(sum))
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds differ: %q and %q", sums[0], sums[1])
	}
	files, _ := readTar(t, gunzip(t, []byte(archives[0])))
	top := "encore-sandbox_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + "/"
	for _, name := range []string{"encore-sandbox", "LICENSE", "README.md"} {
		if len(files[top+name]) == 0 {
			t.Errorf("the archive lacks %s", top+name)
		}
	}
}

// Archives for Windows are what Windows opens.
func TestArchivesOfEverySystem(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"} {
		if !strings.Contains(strings.Join(targets, " "), target) {
			t.Errorf("no archive is made for %s", target)
		}
	}
	one, err := zipped([]entry{{"a/", 0o755, nil}, {"a/x.exe", 0o755, []byte("x")}})
	if err != nil || !bytes.HasPrefix(one, []byte("PK\x03\x04")) {
		t.Errorf("the zip begins with %q, %v", one[:4], err)
	}
	if err := run([]string{"archives", "-target", "plan9/mips", "-out", t.TempDir()}, io.Discard); err == nil || !strings.Contains(err.Error(), "the targets are linux/amd64") {
		t.Errorf("a target that is not made: %v", err)
	}
}
