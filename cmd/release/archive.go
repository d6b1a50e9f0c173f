package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// targets are the systems that archives are made for.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// entry is a file of an archive or of a layer.
type entry struct {
	name string // with a slash at the end: a directory
	mode int64
	data []byte
}

// archives writes one for each target, and the checksums of all.
func (p product) archives(only, dir string, out io.Writer) error {
	var sums strings.Builder
	for _, target := range targets {
		if only != "" && only != target {
			continue
		}
		p.goos, p.goarch, _ = strings.Cut(target, "/")
		name, data, err := p.archive()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(sum[:]), name)
		fmt.Fprintf(out, "%s  %d KiB\n", name, len(data)>>10)
	}
	if sums.Len() == 0 {
		return fmt.Errorf("no target %q; the targets are %s", only, strings.Join(targets, ", "))
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// archive is the one of a target, with the name that it goes by.
func (p product) archive() (string, []byte, error) {
	binary, err := p.build()
	if err != nil {
		return "", nil, err
	}
	top := fmt.Sprintf("encore-sandbox_%s_%s_%s", strings.TrimPrefix(p.version, "v"), p.goos, p.goarch)
	entries := []entry{{top + "/", 0o755, nil}, {top + "/" + p.binary(), 0o755, binary}}
	for _, name := range []string{"LICENSE", "README.md"} {
		data, err := os.ReadFile(filepath.Join(p.source, name))
		if err != nil {
			return "", nil, err
		}
		entries = append(entries, entry{top + "/" + name, 0o644, data})
	}
	if p.goos == "windows" {
		data, err := zipped(entries)
		return top + ".zip", data, err
	}
	data, err := tarred(entries)
	if err != nil {
		return "", nil, err
	}
	data, err = gzipped(data)
	return top + ".tar.gz", data, err
}

// tarred writes a tar whose files belong to root and have no time.
func tarred(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.data)), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func gzipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

func zipped(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(os.FileMode(e.mode))
		if strings.HasSuffix(e.name, "/") {
			h.Method = zip.Store
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
