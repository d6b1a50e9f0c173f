package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Media types of the OCI image format, version 1.
const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// descriptor names a blob of the image.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// imageConfig is what the Dockerfile says of the image: a test holds that both
// say the same.
type imageConfig struct {
	platform
	Config runConfig `json:"config"`
	RootFS rootFS    `json:"rootfs"`
}

type runConfig struct {
	User         string
	Env          []string
	Entrypoint   []string
	Cmd          []string
	ExposedPorts map[string]struct{}
	Labels       map[string]string
	Healthcheck  healthcheck
}

// healthcheck is docker's own; other engines leave it out. Times are nanoseconds.
type healthcheck struct {
	Test                           []string
	Interval, Timeout, StartPeriod int64
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

const second = 1_000_000_000

func (p product) config(layer []byte) imageConfig {
	return imageConfig{
		platform: platform{p.goarch, p.goos},
		Config: runConfig{
			User: "65532:65532", Env: []string{"ENCORE_SANDBOX_ADDR=0.0.0.0:8080"},
			Entrypoint: []string{"/encore-sandbox"}, Cmd: []string{"serve"}, ExposedPorts: map[string]struct{}{"8080/tcp": {}},
			Labels: map[string]string{
				"org.opencontainers.image.title":       "Encore Sandbox",
				"org.opencontainers.image.description": "Every outside system that an Encore integrator talks to, on one port",
				"org.opencontainers.image.source":      "https://github.com/encore-sandbox/sandbox",
				"org.opencontainers.image.licenses":    "MIT",
				"org.opencontainers.image.version":     p.version,
				"org.opencontainers.image.revision":    p.revision,
			},
			Healthcheck: healthcheck{[]string{"CMD", "/encore-sandbox", "health"}, 10 * second, 3 * second, 5 * second},
		},
		RootFS: rootFS{"layers", []string{digest(layer)}},
	}
}

// image writes the archive of the image.
func (p product) image(name, roots, dir string, out io.Writer) error {
	layer, err := p.layer(roots)
	if err != nil {
		return err
	}
	packed, err := gzipped(layer)
	if err != nil {
		return err
	}
	config, err := json.Marshal(p.config(layer))
	if err != nil {
		return err
	}
	entries, err := p.layout(name, config, packed)
	if err != nil {
		return err
	}
	data, err := tarred(entries)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "encore-sandbox_image_"+p.goarch+".tar")
	fmt.Fprintf(out, "%s  %d KiB to pull, %d KiB unpacked; load it with: docker load -i %s\n", file, len(packed)>>10, len(layer)>>10, file)
	return os.WriteFile(file, data, 0o644)
}

// layer is the root file system: the binary, and the certificates of the
// authorities that webhooks to https are checked by.
func (p product) layer(roots string) ([]byte, error) {
	certificates, err := authorities(roots)
	if err != nil {
		return nil, err
	}
	binary, err := p.build()
	if err != nil {
		return nil, err
	}
	return tarred([]entry{
		{"etc/", 0o555, nil}, {"etc/ssl/", 0o555, nil}, {"etc/ssl/certs/", 0o555, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o444, certificates},
		{"encore-sandbox", 0o555, binary},
	})
}

// authorities reads the CA certificates of a file, or of the system.
func authorities(file string) ([]byte, error) {
	if file != "" {
		return os.ReadFile(file)
	}
	for _, known := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"} {
		if data, err := os.ReadFile(known); err == nil {
			return data, nil
		}
	}
	return nil, errors.New("this system has no CA certificates; name a file of them with -certificates")
}

// layout is the OCI layout of one image, and beside it the manifest.json by which
// docker load finds its way.
func (p product) layout(name string, config, layer []byte) ([]entry, error) {
	own := []descriptor{{MediaType: mediaConfig, Digest: digest(config), Size: len(config)}, {MediaType: mediaLayer, Digest: digest(layer), Size: len(layer)}}
	manifest, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": mediaManifest, "config": own[0], "layers": own[1:]})
	if err != nil {
		return nil, err
	}
	tag := name + ":" + p.version
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": mediaIndex, "manifests": []descriptor{{
		MediaType: mediaManifest, Digest: digest(manifest), Size: len(manifest), Platform: &platform{p.goarch, p.goos},
		Annotations: map[string]string{"org.opencontainers.image.ref.name": p.version, "io.containerd.image.name": "docker.io/library/" + tag},
	}}})
	if err != nil {
		return nil, err
	}
	docker, err := json.Marshal([]map[string]any{{"Config": blob(config), "RepoTags": []string{tag}, "Layers": []string{blob(layer)}}})
	if err != nil {
		return nil, err
	}
	return []entry{
		{"blobs/", 0o755, nil}, {"blobs/sha256/", 0o755, nil},
		{blob(config), 0o644, config}, {blob(layer), 0o644, layer}, {blob(manifest), 0o644, manifest},
		{"index.json", 0o644, index}, {"manifest.json", 0o644, docker},
		{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)},
	}, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// blob is where a layout keeps data.
func blob(data []byte) string { return "blobs/sha256/" + digest(data)[len("sha256:"):] }
