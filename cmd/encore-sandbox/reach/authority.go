// Package reach lets integrators into the sandbox that do not call its plain
// port: over TLS, and under the vendors' real host names through a proxy.
//
//	https://127.0.0.1:8080 ─▶ Split ─▶ TLS ──────────────────────────────┐
//	http://127.0.0.1:8080  ─▶   └────▶ plain ────────────────────────────┤
//	                                                                     ├─▶ the sandbox
//	HTTPS_PROXY ─▶ Proxy ─▶ CONNECT a vendor's host ─▶ tunnel ─▶ TLS ────┤
//	                 ├────▶ http://a vendor's host/… ────────────────────┘
//	                 └────▶ everything else ─▶ 403, which says why
//
// Certificates come from an Authority, a local CA that the user asked for and
// that can vouch for the vendors' hosts and for this machine only. Nothing here
// ever dials out.
package reach

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Files of an authority in its directory, both in PEM.
const (
	CertificateFile = "ca.pem"     // to be trusted by integrators
	KeyFile         = "ca-key.pem" // to be kept
)

const (
	lifetime     = 3 * 365 * 24 * time.Hour // of the CA
	leafLifetime = 30 * 24 * time.Hour      // of a certificate that it makes; clients take 825 days at most
	slack        = time.Hour                // by which clocks may differ
	leavesKept   = 1000
)

// ErrNoAuthority says that a directory holds no CA.
var ErrNoAuthority = errors.New("there is no CA")

// Authority is a local CA. It may be used by several goroutines at once.
type Authority struct {
	Path        string // of the certificate
	certificate *x509.Certificate
	key         crypto.Signer

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// Create makes a CA in a directory, which it makes too, and replaces one that is
// there. Both files are readable by their owner alone. Name constraints (RFC
// 5280, section 4.2.1.10) bind the CA to the names given, with what is below
// them, and to addresses of this machine and of private networks: who steals the
// key can play no other site.
func Create(dir string, names []string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := certificate("Encore Sandbox local CA", lifetime)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.PermittedDNSDomainsCritical, template.PermittedDNSDomains = true, names
	template.PermittedIPRanges = private()
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name, kind string
		data       []byte
	}{{KeyFile, "PRIVATE KEY", secret}, {CertificateFile, "CERTIFICATE", signed}} {
		if err := replace(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.data})); err != nil {
			return nil, err
		}
	}
	return Open(dir)
}

// replace writes a file as a whole, for its owner alone.
func replace(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // in vain when all went well
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// certificate is what the CA and its certificates have in common.
func certificate(name string, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	now := clock.Real()
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Encore Sandbox"}},
		NotBefore: now.Add(-slack), NotAfter: now.Add(life),
	}, err
}

// private are the addresses that nobody has on the internet.
func private() (ranges []*net.IPNet) {
	for _, r := range []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"} {
		if _, network, err := net.ParseCIDR(r); err == nil {
			ranges = append(ranges, network)
		}
	}
	return ranges
}

// Open reads the CA of a directory. The error wraps ErrNoAuthority when there is
// none; it is also an error when others can read the key, when the two files
// are not a pair, and when the CA is out of date.
func Open(dir string) (*Authority, error) {
	path, keyPath := filepath.Join(dir, CertificateFile), filepath.Join(dir, KeyFile)
	info, err := os.Stat(keyPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w in %s", ErrNoAuthority, dir)
	case err != nil:
		return nil, err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read the key %s; chmod 600 it, or make a new CA with encore-sandbox ca --renew", keyPath)
	}
	pair, err := tls.LoadX509KeyPair(path, keyPath)
	if err != nil {
		return nil, fmt.Errorf("the CA in %s cannot be used (%w); make a new one with encore-sandbox ca --renew", dir, err)
	}
	key, _ := pair.PrivateKey.(crypto.Signer)
	a := &Authority{Path: path, certificate: pair.Leaf, key: key, leaves: map[string]*tls.Certificate{}}
	if now := clock.Real(); now.After(a.Ends()) {
		return nil, fmt.Errorf("the CA in %s ended on %s; make a new one with encore-sandbox ca --renew", dir, a.Ends().Format(time.DateOnly))
	}
	return a, nil
}

// Ends is when the CA's time is over.
func (a *Authority) Ends() time.Time { return a.certificate.NotAfter }

// Fingerprint is the SHA-256 of the certificate in hexadecimal.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// Names are those that the CA is bound to.
func (a *Authority) Names() []string { return slices.Clone(a.certificate.PermittedDNSDomains) }

// TLS is the configuration of a server whose certificate is that of the name
// the client asks for (SNI), or of the address it came in by when it asks for
// none. It speaks HTTP/2.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := hello.ServerName
			if name == "" {
				name, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
			}
			return a.Leaf(name)
		},
	}
}

// Leaf is the certificate of one host name or IP address, made when it is first
// asked for. It is an error to ask for one that the CA may not vouch for.
func (a *Authority) Leaf(name string) (*tls.Certificate, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf := a.leaves[name]; leaf != nil && clock.Real().Before(leaf.Leaf.NotAfter.Add(-slack)) {
		return leaf, nil
	}
	leaf, err := a.sign(name)
	if err != nil {
		return nil, err
	}
	if len(a.leaves) >= leavesKept {
		clear(a.leaves)
	}
	a.leaves[name] = leaf
	return leaf, nil
}

// sign makes a certificate, and holds it against the CA as a client will.
func (a *Authority) sign(name string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := certificate(name, min(leafLifetime, a.Ends().Sub(clock.Real())))
	if err != nil {
		return nil, err
	}
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("no certificate for %q: %w", name, err)
	}
	leaf, err := x509.ParseCertificate(signed)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: clock.Real()}); err != nil {
		return nil, fmt.Errorf("the CA may not vouch for %q; encore-sandbox ca --renew --name %s makes one that may", name, name)
	}
	return &tls.Certificate{Certificate: [][]byte{signed, a.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
