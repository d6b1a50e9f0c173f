package sim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// What comes over an API may be private, and is never where a cloud keeps the
// credentials of its machines.
func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for address, wrong := range map[string]string{
		"https://example.com/hook": "", "http://127.0.0.1:3000/hook": "", "http://10.0.0.5/": "", "http://[::1]/": "", "http://169.253.255.255/": "",
		"http://169.255.0.0/": "", "http://[fec0::1]/": "", "http://metadata.example.com/": "",
		"http://169.254.0.0/": "link-local", "http://169.254.169.254/latest": "link-local", "http://169.254.255.255/": "link-local",
		"http://[fe80::1]/": "link-local", "http://[fe80::1%25eth0]/": "link-local", "http://[febf::1]/": "link-local", "http://[::ffff:169.254.1.1]/": "link-local",
		"http://METADATA.google.internal./": "metadata service", "http://metadata/": "metadata service", "http://[fd00:ec2::254]/": "metadata service",
		"http://100.100.100.200/": "metadata service",
		"ftp://example.com":       "must begin with http", "/hook": "must begin with http", "": "must begin with http", "http:///hook": "names no host",
	} {
		err := sim.CheckEndpoint(address, false)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v, want %q", address, err, wrong)
		}
	}
	if err := sim.CheckWebhook("http://169.254.169.254/"); err != nil {
		t.Errorf("whoever starts the sandbox may not use any address: %v", err)
	}
}

// Where strangers are served, none of them sends webhooks into the networks
// behind the sandbox, in whatever form the address is written.
func TestCheckEndpointWhereStrangersAreServed(t *testing.T) {
	t.Parallel()
	for address, wrong := range map[string]string{
		"https://example.com/hook": "", "http://8.8.8.8/": "", "http://[2606:4700::1111]/": "", "http://172.32.0.1/": "", "http://100.128.0.1/": "",
		"http://localhost:3000/": "private", "http://a.localhost/": "private", "http://LOCALHOST./": "private",
		"http://127.0.0.1/": "private", "http://127.255.0.1/": "private", "http://[::1]/": "private", "http://0.0.0.0/": "private", "http://[::]/": "private",
		"http://10.1.2.3/": "private", "http://172.16.0.1/": "private", "http://172.31.255.255/": "private", "http://192.168.1.1/": "private", "http://100.64.0.1/": "private",
		"http://[fd00::1]/": "private", "http://[fec0::1]/": "private", "http://[::ffff:10.0.0.1]/": "private", "http://[::7f00:1]/": "private",
		"http://[64:ff9b::a00:1]/": "private", "http://[2002:a00:1::]/": "private", "http://224.0.0.1/": "link-local", "http://239.0.0.1/": "private", "http://255.255.255.255/": "private",
		"http://169.254.169.254/": "link-local",
	} {
		err := sim.CheckEndpoint(address, true)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v, want %q", address, err, wrong)
		}
	}
}

// A name that leads into the sandbox's own network is found out when it is called.
func TestTargetsThatTurnOutPrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *sim.Config) {
		config.Strict = true
		config.Webhooks = map[string]sim.Target{"toy": {URL: "http://localhost:9/", Foreign: true}}
	})
	w.write(alice, "Hi")
	w.diff("what the journal says", acked{0, "it leads into a private network, into which this sandbox sends no webhook that was set over an API"}, ackOf(w.delivered(1)[0]))
	w.diff("the control API refuses what it can see", 400, w.call("PUT", "/_sandbox/v1/webhook", `{"channel":"toy","url":"http://10.0.0.1/"}`).Status)
}

// A redirect of the integrator is its answer: nobody follows it.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	reached := false
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reached = r.URL.Path != "/hook"; !reached {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	}))
	defer target.Close()
	w := newWorld(t, func(config *sim.Config) {
		config.Webhooks = map[string]sim.Target{"toy": {URL: target.URL + "/hook", Foreign: true}}
	})
	w.write(alice, "Hi")
	w.diff("the answer", 307, ackOf(w.delivered(1)[0]).Status)
	w.diff("what it leads to was called", false, reached)
}

// A name may lead elsewhere by the time it is called, so addresses are looked at
// once more when a connection is made.
func TestForeignTargets(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://169.254.169.254/", "http://[fe80::1]:9/", "http://[::ffff:169.254.1.1]/"} {
		w := newWorld(t, func(config *sim.Config) {
			config.Webhooks = map[string]sim.Target{"toy": {URL: address, Foreign: true}}
		})
		w.write(alice, "Hi")
		w.diff(address, acked{0, "it leads to a link-local address or a metadata service, to which no webhook that was set over an API is sent"}, ackOf(w.delivered(1)[0]))
	}
}

// A target may be set under the name under which it is listed.
func TestWebhookByItsListedName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, body := range []string{`{"channel":"toy:a2","url":"http://127.0.0.1:9/a2"}`, `{"channel":"toy","account":"a2","url":"http://127.0.0.1:9/a2"}`} {
		w.diff(body, 200, w.call("PUT", "/_sandbox/v1/webhook", body).Status)
		w.diff("set by "+body, sim.Target{URL: "http://127.0.0.1:9/a2", Foreign: true}, w.ws.Webhooks()["toy:a2"])
		w.call("PUT", "/_sandbox/v1/webhook", `{"channel":"toy:a2","url":""}`)
		w.diff("taken away again", sim.Target{}, w.ws.Webhooks()["toy:a2"])
	}
}
