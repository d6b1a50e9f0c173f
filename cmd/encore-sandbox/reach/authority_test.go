package reach_test

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/reach"
)

// vendors are the hosts of these tests; localhost is none, but the CA vouches for it.
func vendors() []string { return []string{"api.encorekit.com", "graph.facebook.com"} }

func newAuthority(t *testing.T) (a *reach.Authority, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "ca")
	a, err := reach.Create(dir, append(vendors(), "localhost"))
	if err != nil {
		t.Fatal(err)
	}
	return a, dir
}

// trusted is a pool with nothing but the CA in it, read as an integrator does.
func trusted(t *testing.T, a *reach.Authority) *x509.CertPool {
	t.Helper()
	data, err := os.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		t.Fatalf("no certificate in %s:\n%s", a.Path, data)
	}
	return pool
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	a, dir := newAuthority(t)
	want, got := map[string]os.FileMode{dir: 0o700 | os.ModeDir, reach.CertificateFile: 0o600, reach.KeyFile: 0o600}, map[string]os.FileMode{}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	got[dir] = info.Mode()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			got[e.Name()] = info.Mode()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" && runtime.GOOS != "windows" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := reach.Open(dir)
	if err != nil || again.Fingerprint() != a.Fingerprint() {
		t.Errorf("opened again it is another: %v", err)
	}
	renewed, err := reach.Create(dir, vendors())
	if err != nil || renewed.Fingerprint() == a.Fingerprint() {
		t.Errorf("renewed it is the same: %v", err)
	}
}

// What a stolen key could sign is what matters: the constraint is in the CA's
// certificate, and every client checks it.
func TestAuthorityVouchesForFewNames(t *testing.T) {
	t.Parallel()
	a, _ := newAuthority(t)
	roots := trusted(t, a)
	for name, allowed := range map[string]bool{
		"api.encorekit.com": true, "GRAPH.facebook.com": true, "graph.facebook.com.": true, "localhost": true, "app.localhost": true,
		"127.0.0.1": true, "::1": true, "192.168.1.20": true, "172.17.0.1": true,
		"encorekit.com": false, "www.facebook.com": false, "graph.facebook.com.evil.example": false, "example.com": false, "8.8.8.8": false, "": false,
	} {
		leaf, err := a.Leaf(name)
		if !allowed {
			if err == nil {
				t.Errorf("%q: it gets a certificate", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: strings.TrimSuffix(name, ".")}); err != nil {
			t.Errorf("%q: a client refuses it: %v", name, err)
		}
		if again, _ := a.Leaf(strings.ToUpper(name)); again != leaf {
			t.Errorf("%q: it is made anew for every connection", name)
		}
	}
	_, err := a.Leaf("shop.example")
	want := `the CA may not vouch for "shop.example"; encore-sandbox ca --renew --name shop.example makes one that may`
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

func TestAuthorityThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		spoil func(dir string) error
		want  string
	}{
		{"others may read the key", func(dir string) error { return os.Chmod(filepath.Join(dir, reach.KeyFile), 0o640) }, "others may read the key"},
		{"the certificate is gone", func(dir string) error { return os.Remove(filepath.Join(dir, reach.CertificateFile)) }, "cannot be used"},
		{"the key is another's", func(dir string) error {
			other := filepath.Join(dir, "other")
			if _, err := reach.Create(other, vendors()); err != nil {
				return err
			}
			return os.Rename(filepath.Join(other, reach.KeyFile), filepath.Join(dir, reach.KeyFile))
		}, "private key does not match public key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, dir := newAuthority(t)
			if err := tc.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := reach.Open(dir); err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "encore-sandbox ca --renew") {
				t.Errorf("the error is %v, want %q and how to mend it", err, tc.want)
			}
		})
	}
	if _, err := reach.Open(t.TempDir()); !errors.Is(err, reach.ErrNoAuthority) {
		t.Errorf("an empty directory: %v, want ErrNoAuthority", err)
	}
}
