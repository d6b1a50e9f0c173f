package reach_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/reach"
)

// stand is a proxy before a handler that says how it was called.
type stand struct {
	addr      string
	authority *reach.Authority

	mu   sync.Mutex
	said []string
}

func (s *stand) say(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, line)
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{}
	s.authority, _ = newAuthority(t)
	l := listen(t)
	s.addr = l.Addr().String()
	quiet := log.New(io.Discard, "", 0)
	p := reach.NewProxy(reach.ProxyConfig{Hosts: vendors(), Sandbox: http.HandlerFunc(answer), Addr: l.Addr(), Say: s.say, Log: quiet})
	outer := &http.Server{Handler: p, ErrorLog: quiet}
	inner := &http.Server{Handler: p.Inner(), TLSConfig: s.authority.TLS(), ErrorLog: quiet}
	go func() { _ = outer.Serve(l) }()
	go func() { _ = inner.Serve(p.Plain) }()
	go func() { _ = inner.ServeTLS(p.Secure, "", "") }()
	t.Cleanup(func() { _, _ = outer.Close(), inner.Close() })
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// answer tells what arrived.
func answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/broken" {
		panic(http.ErrAbortHandler)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s://%s%s %s %q%s", r.Method, scheme, r.Host, r.URL.RequestURI(), r.Proto, body, strings.Join(r.Header["Proxy-Authorization"], ""))
}

// client goes through the proxy and trusts the CA alone.
func (s *stand) client(t *testing.T, http2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{
		Proxy:             http.ProxyURL(&url.URL{Scheme: "http", Host: s.addr, User: url.UserPassword("me", "secret")}),
		TLSClientConfig:   &tls.Config{RootCAs: trusted(t, s.authority)},
		ForceAttemptHTTP2: http2,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestVendorsHostsLeadIn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, tc := range []struct {
		name, target string
		http2        bool
		want         string
	}{
		{"HTTPS", "https://api.encorekit.com/encore/x?y=1", false, `POST https://api.encorekit.com/encore/x?y=1 HTTP/1.1 "hi"`},
		{"HTTP/2", "https://graph.facebook.com/v22.0/1/messages", true, `POST https://graph.facebook.com/v22.0/1/messages HTTP/2.0 "hi"`},
		{"the port named", "https://graph.facebook.com:443/", false, `POST https://graph.facebook.com:443/ HTTP/1.1 "hi"`},
		{"plain HTTP, for which no tunnel is asked", "http://graph.facebook.com/me", false, `POST http://graph.facebook.com/me HTTP/1.1 "hi"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, err := s.client(t, tc.http2).Post(tc.target, "text/plain", strings.NewReader("hi"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if diff := cmp.Diff(tc.want, string(got)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// raw sends bytes to the proxy and reads the answer's head and body.
func (s *stand) raw(t *testing.T, text string) (status, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return resp.Status, string(data)
}

// TestEverythingElseIsRefused holds that the proxy is no way to anywhere: not to
// the internet, not to this machine's own ports, and that it says so.
func TestEverythingElseIsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	victim := listen(t)
	reached := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := victim.Accept()
			if err != nil {
				return
			}
			reached <- struct{}{}
			_ = conn.Close()
		}
	}()
	local := victim.Addr().String()
	for _, tc := range []struct{ name, method, address string }{
		{"another site", "CONNECT", "example.com:443"},
		{"a port of this machine", "CONNECT", local},
		{"a vendor's host, on a port of its own", "CONNECT", "api.encorekit.com:22"},
		{"a name that begins like a vendor's", "CONNECT", "graph.facebook.com.evil.example:443"},
		{"a name that ends like a vendor's", "CONNECT", "evil-graph.facebook.com:443"},
		{"another site in plain", "GET", "example.com"},
		{"this machine in plain", "GET", local},
		{"a vendor's host in plain, on another port", "GET", "api.encorekit.com:8080"},
	} {
		target := tc.address
		if tc.method != "CONNECT" {
			target = "http://" + tc.address + "/"
		}
		status, body := s.raw(t, tc.method+" "+target+" HTTP/1.1\r\nHost: "+tc.address+"\r\n\r\n")
		reason := "the sandbox's proxy leads to vendors' hosts only, not to " + tc.address + "; put it into NO_PROXY"
		if tc.method == "CONNECT" && status != "403 "+reason || !strings.HasPrefix(status, "403 ") || !strings.HasPrefix(body, reason) || !strings.Contains(body, "api.encorekit.com, graph.facebook.com") {
			t.Errorf("%s: %s\n%s", tc.name, status, body)
		}
	}
	if len(reached) > 0 {
		t.Error("the proxy called a port of this machine")
	}
	_, _ = s.raw(t, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(slices.DeleteFunc(s.said, func(line string) bool { return !strings.Contains(line, `refused CONNECT "example.com:443"`) })); n != 1 {
		t.Errorf("the refusal of a host is told %d times, want once", n)
	}
}

// A client names the host twice, to the proxy and inside the tunnel.
func TestTunnelLeadsToNoOtherHost(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.encorekit.com/_sandbox/v1/health", http.NoBody)
	r.Host = "localhost"
	resp, err := s.client(t, false).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("status %d, want 421", resp.StatusCode)
	}
	if status, body := s.raw(t, "GET / HTTP/1.1\r\nHost: "+s.addr+"\r\n\r\n"); status != "400 Bad Request" || !strings.Contains(body, "HTTPS_PROXY=http://"+s.addr) {
		t.Errorf("called as a web server: %s %s", status, body)
	}
}

// TestNothingOfATunnelIsLost sends the request together with the CONNECT.
func TestNothingOfATunnelIsLost(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "CONNECT graph.facebook.com:80 HTTP/1.1\r\nHost: graph.facebook.com:80\r\n\r\nGET /me HTTP/1.1\r\nHost: graph.facebook.com\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(got, []byte("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n")) || !bytes.HasSuffix(got, []byte(`GET http://graph.facebook.com/me HTTP/1.1 ""`)) {
		t.Errorf("%v:\n%s", err, got)
	}
}

// A fault that breaks a connection must not come out of the proxy as an answer.
func TestBrokenConnectionsStayBroken(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, target := range []string{"https://api.encorekit.com/broken", "http://api.encorekit.com/broken"} {
		resp, err := s.client(t, false).Get(target)
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s: answered with %s", target, resp.Status)
		} else if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v, want a broken connection", target, err)
		}
	}
}

// TestOnePortForBoth speaks both protocols with one port, and says nothing to a third.
func TestOnePortForBoth(t *testing.T) {
	t.Parallel()
	a, _ := newAuthority(t)
	l := listen(t)
	plain, secure := reach.Split(l)
	server := &http.Server{Handler: http.HandlerFunc(answer), TLSConfig: a.TLS(), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(plain) }()
	go func() { _ = server.ServeTLS(secure, "", "") }()
	silent, err := net.Dial("tcp", l.Addr().String()) // keeps nobody waiting
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted(t, a)}, ForceAttemptHTTP2: true}
	for target, want := range map[string]string{
		"http://" + l.Addr().String() + "/": "GET http://" + l.Addr().String() + `/ HTTP/1.1 ""`, "https://" + l.Addr().String() + "/": "GET https://" + l.Addr().String() + `/ HTTP/2.0 ""`,
	} {
		resp, err := (&http.Client{Transport: transport}).Get(target)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", target, err, diff)
		}
	}
	for name, known := range map[string]bool{"graph.facebook.com": true, "api.encorekit.com": true, "example.com": false} {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: trusted(t, a), ServerName: name})
		if (err == nil) != known {
			t.Errorf("SNI %s: %v, want a certificate: %v", name, err, known)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	transport.CloseIdleConnections()
	_ = server.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the port stays open: %v", err)
	}
}
