package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// madeCA makes a CA with the command and returns its directory and certificate.
func madeCA(t *testing.T) (dir, file string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "ca")
	if o := invoke(t.Context(), nil, "ca", "--dir", dir); o.code != 0 || o.err != "" {
		t.Fatalf("ca: %+v", o)
	}
	return dir, filepath.Join(dir, "ca.pem")
}

// startProxied starts a sandbox with a proxy and TLS.
func startProxied(t *testing.T, args ...string) (serve *command, base, proxy, ca string) {
	t.Helper()
	dir, ca := madeCA(t)
	serve, base = startServe(t, append([]string{"--proxy", "127.0.0.1:0", "--tls", "--ca-dir", dir}, args...)...)
	proxy = regexp.MustCompile(`HTTPS_PROXY=(\S+)`).FindStringSubmatch(serve.out.String())[1]
	return serve, base, proxy, ca
}

// trusting is a client that goes through a proxy, if one is named, and trusts a
// CA alone.
func trusting(t *testing.T, ca, proxy string) *http.Client {
	t.Helper()
	data, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(data)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	if proxy != "" {
		through, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		transport.Proxy = http.ProxyURL(through)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

const (
	offersURL = "https://api.encorekit.com/encore/publisher/sdk/v1/offers/message"
	graphURL  = "https://graph.facebook.com/v22.0/106540352242922/messages"
	offerBody = `{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":"whatsapp","recipient":"15014005001","inboundMessageId":"own-1","chatId":"c-1"}`
	graphBody = `{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"Hello"}}`
)

// post calls a vendor as its documents say.
func post(t *testing.T, client *http.Client, target, body string, header ...string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

// journalURLs are the URLs of the calls that a sandbox has had, with the status
// of each answer.
func journalURLs(t *testing.T, base string) (lines []string) {
	t.Helper()
	o := invoke(t.Context(), nil, "journal", "--json", "--sandbox", base)
	dec := json.NewDecoder(strings.NewReader(o.out))
	for dec.More() {
		var e struct {
			Direction string
			Request   struct{ URL string }
			Response  struct{ Status int }
		}
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%v:\n%s", err, o.out)
		}
		if e.Direction == "in" {
			lines = append(lines, http.StatusText(e.Response.Status)+" "+e.Request.URL)
		}
	}
	return lines
}

// TestProxyTakesVendorsHosts calls Encore and Meta under their real names, with
// a client that knows of the sandbox by the proxy and the CA alone.
func TestProxyTakesVendorsHosts(t *testing.T) {
	t.Parallel()
	serve, base, proxy, ca := startProxied(t, "--seed", "7")
	client := trusting(t, ca, proxy)
	resp, body, err := post(t, client, offersURL, offerBody, "X-API-Key", "pk_test_me")
	if err != nil || resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || !strings.Contains(body, `"impressionId"`) {
		t.Fatalf("Encore over HTTP/2: %v, %+v\n%s", err, resp, body)
	}
	resp, body, err = post(t, client, graphURL, graphBody, "Authorization", "Bearer EAAsandbox")
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(body, `"wamid.`) {
		t.Fatalf("Graph: %v, %+v\n%s", err, resp, body)
	}
	plain := strings.Replace(graphURL, "https://", "http://", 1)
	if resp, body, err = post(t, client, plain, graphBody, "Authorization", "Bearer nobody's"); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("Graph in plain, with a wrong token: %v, %+v\n%s", err, resp, body)
	}
	want := []string{"OK " + offersURL, "OK " + graphURL, "Unauthorized " + plain}
	if diff := cmp.Diff(want, journalURLs(t, base)); diff != "" {
		t.Errorf("the journal (-want +got):\n%s", diff)
	}
	for _, target := range []string{"https://example.com/", strings.Replace(base, "http:", "https:", 1) + "/_sandbox/v1/health"} {
		if _, _, err = post(t, client, target, ""); err == nil || !strings.Contains(err.Error(), "the sandbox's proxy leads to vendors' hosts only, not to ") {
			t.Errorf("%s: %v, want a refusal that says why", target, err)
		}
	}
	serve.out.await(t, serve.ended, `proxy: refused CONNECT "example.com:443", which is no vendor's host`)
	for _, fault := range []string{"reset", "truncate=40"} {
		one := trusting(t, ca, proxy)
		one.Transport.(*http.Transport).ForceAttemptHTTP2 = false // so that there is a connection of its own to break
		_, _, err = post(t, one, offersURL, offerBody, "X-API-Key", "pk_test_me", "X-Sandbox-Fault", fault)
		if !errors.Is(err, map[string]error{"reset": syscall.ECONNRESET, "truncate=40": io.ErrUnexpectedEOF}[fault]) {
			t.Errorf("%s through the proxy: %v", fault, err)
		}
	}
	if code := serve.stop(); code != 0 || serve.err.String() != "" {
		t.Errorf("serve ends with %d:\n%s", code, serve.err)
	}
}

func TestTLSOnTheSamePort(t *testing.T) {
	t.Parallel()
	_, base, _, ca := startProxied(t)
	secure := strings.Replace(base, "http:", "https:", 1)
	resp, err := trusting(t, ca, "").Get(secure + "/_sandbox/v1/health")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
		t.Errorf("HTTPS: %s %s", resp.Proto, resp.Status)
	}
	if o := invoke(t.Context(), nil, "health", "--sandbox", base); o.code != 0 {
		t.Errorf("plain HTTP, on the same port: %+v", o)
	}
	for _, name := range []string{"api.encorekit.com", "graph.facebook.com", "chat.zoko.io", "localhost"} {
		config := trusting(t, ca, "").Transport.(*http.Transport).TLSClientConfig.Clone()
		config.ServerName = name
		conn, err := tls.Dial("tcp", strings.TrimPrefix(base, "http://"), config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = conn.Close()
	}
}

// TestUnmodifiedIntegrator plays the example without the addresses of the
// sandbox, as it is in production: what leads it here is its environment.
func TestUnmodifiedIntegrator(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("Go reads SSL_CERT_FILE on Linux")
	}
	binary, addr := example(t), freePort(t)
	_, port, _ := strings.Cut(addr, ":")
	serve, base, proxy, ca := startProxied(t, "--webhook", "http://"+addr+"/webhook")
	integrator := exec.CommandContext(t.Context(), binary)
	integrator.Env = append(os.Environ(), "PORT="+port, "HTTPS_PROXY="+proxy, "SSL_CERT_FILE="+ca)
	for name, value := range settings(t) {
		if !strings.HasSuffix(name, "_URL") {
			integrator.Env = append(integrator.Env, name+"="+value)
		}
	}
	log := newScreen()
	integrator.Stdout, integrator.Stderr = log, log
	if err := integrator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = integrator.Process.Kill(), integrator.Wait() })
	started := &process{name: binary, ended: make(chan struct{}), output: &tail{}, quiet: true}
	if err := started.opens(t.Context(), []string{addr}); err != nil {
		t.Fatal(err)
	}
	if o := invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", "Hi"); o.code != 0 {
		t.Fatalf("message: %+v", o)
	}
	serve.out.await(t, serve.ended, `reply delivered`)
	want := []string{"OK " + offersURL, "OK " + graphURL, "OK " + graphURL}
	if got := journalURLs(t, base); len(got) < len(want) || cmp.Diff(want, got[:len(want)]) != "" {
		t.Errorf("(-want +got):\n%s\n%s", cmp.Diff(want, got), log)
	}
}

// TestEveryLanguageGetsIn calls Encore's real name from programs of other
// languages, with what ca says of each.
func TestEveryLanguageGetsIn(t *testing.T) {
	t.Parallel()
	_, base, proxy, ca := startProxied(t)
	through, _ := url.Parse(proxy)
	for _, tc := range []struct {
		runtime string
		env     []string
		args    []string
	}{
		{"curl", []string{"CURL_CA_BUNDLE=" + ca}, []string{"-sS", "-H", "X-API-Key: pk_test_curl", "-H", "Content-Type: application/json", "-d", offerBody, offersURL}},
		{"python3", []string{"SSL_CERT_FILE=" + ca}, []string{"-c", `
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"X-API-Key": "pk_test_python", "Content-Type": "application/json"})
print(urllib.request.urlopen(request).read().decode())`, offersURL, offerBody}},
		// Node reads proxy variables from 22.21 on, so the tunnel is asked for by hand.
		{"node", []string{"NODE_EXTRA_CA_CERTS=" + ca}, []string{"-e", `
const [target, body] = process.argv.slice(1), { hostname, pathname } = new URL(target), proxy = new URL(process.env.HTTPS_PROXY);
const headers = { "X-API-Key": "pk_test_node", "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
require("http").request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: hostname + ":443" }).on("connect", (_, socket) => {
  require("https").request({ hostname, path: pathname, method: "POST", headers, createConnection: () => require("tls").connect({ socket, servername: hostname }) },
    (answer) => answer.pipe(process.stdout).on("finish", () => socket.destroy())).end(body);
}).end();`, offersURL, offerBody}},
		{"php", nil, []string{"-d", "openssl.cafile=" + ca, "-r", `
echo file_get_contents($argv[1], false, stream_context_create(["http" => ["method" => "POST", "content" => $argv[2], "proxy" => $argv[3], "request_fulluri" => true,
  "header" => ["X-API-Key: pk_test_php", "Content-Type: application/json"]]]));`, "--", offersURL, offerBody, "tcp://" + through.Host}},
	} {
		t.Run(tc.runtime, func(t *testing.T) {
			t.Parallel()
			installed(t, tc.runtime)
			cmd := exec.CommandContext(t.Context(), tc.runtime, tc.args...)
			cmd.Env = append(append(os.Environ(), "HTTPS_PROXY="+proxy, "https_proxy="+proxy, "NO_PROXY=", "no_proxy="), tc.env...)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), `"impressionId"`) {
				t.Errorf("%v:\n%s", err, out)
			}
			if got := strings.Join(journalURLs(t, base), "\n"); !strings.Contains(got, "OK "+offersURL) {
				t.Errorf("the journal:\n%s", got)
			}
		})
	}
}

// installed skips a test whose runtime is missing, except in CI, which installs
// it (.ci/run, tools).
func installed(t *testing.T, runtime string) {
	t.Helper()
	if _, err := exec.LookPath(runtime); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: CI has to play what is written for it", runtime)
	}
	t.Skipf("%s is missing, so what is written for it is not played", runtime)
}

func TestCA(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a place")
	first := invoke(t.Context(), nil, "ca", "--dir", dir)
	again := invoke(t.Context(), nil, "ca", "--dir", dir)
	if diff := cmp.Diff(strings.Replace(first.out, "made now", "there already", 1), again.out); diff != "" || first.code+again.code != 0 {
		t.Errorf("asked again, it is another (-want +got):\n%s", diff)
	}
	settled := strings.ReplaceAll(first.out, dir, "/home/me/a place")
	settled = regexp.MustCompile(`valid until \S+\)`).ReplaceAllString(settled, "valid until DATE)")
	golden(t, "ca.txt", regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(settled, "FINGERPRINT"))
	named := invoke(t.Context(), nil, "ca", "--dir", dir, "--name", "sandbox")
	want := outcome{exitFailed, "", "error: the CA in " + dir + " may not vouch for sandbox\nhint: encore-sandbox ca --renew --dir '" + dir + "' makes one that may\n"}
	if diff := cmp.Diff(want, named, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("a further name (-want +got):\n%s", diff)
	}
	renewed := invoke(t.Context(), nil, "ca", "--renew", "--dir", dir, "--name", "Sandbox")
	if renewed.code != 0 || !strings.Contains(renewed.out, "gateway.docker.internal, sandbox,\n") {
		t.Errorf("renewed: %+v", renewed)
	}
	if o := invoke(t.Context(), nil, "ca", "--dir", dir, "--name", "https://x"); o.code != exitUsage {
		t.Errorf("no host name: %+v", o)
	}
}

func TestEntrancesThatStayShut(t *testing.T) {
	t.Parallel()
	dir, _ := madeCA(t)
	nothing := t.TempDir()
	for _, tc := range []struct {
		name string
		args []string
		want outcome
	}{
		{"no CA was made", []string{"--tls", "--ca-dir", nothing}, outcome{exitUsage, "", "error: --proxy and --tls need a CA, and there is no CA in " + nothing +
			"\nhint: make one first, it is yours alone: encore-sandbox ca --dir " + nothing + "\n"}},
		{"the proxy would be open to others", []string{"--proxy", "0.0.0.0:0", "--ca-dir", dir}, outcome{exitUsage, "", "error: --proxy 0.0.0.0:0 would be open to other machines\n" +
			"hint: use --proxy 127.0.0.1:8081; only where --addr is open to others too, as in a container, may the proxy be\n"}},
		{"so it would without a host", []string{"--proxy", ":0", "--ca-dir", dir}, outcome{exitUsage, "", "error: --proxy :0 would be open to other machines\n" +
			"hint: use --proxy 127.0.0.1:8081; only where --addr is open to others too, as in a container, may the proxy be\n"}},
		{"no address", []string{"--proxy", "8081", "--ca-dir", dir}, outcome{exitFailed, "", "error: cannot listen on 8081: address 8081: missing port in address\n" +
			"hint: give host and port, such as --proxy 127.0.0.1:8080\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := invoke(t.Context(), nil, append([]string{"serve", "--addr", "127.0.0.1:0"}, tc.args...)...)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
