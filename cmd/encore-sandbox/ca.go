package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/reach"
	"github.com/encore-sandbox/sandbox/scenarios"
)

type caFlags struct {
	dir   string
	names []string
	renew bool
}

func (p program) caCommand() *cobra.Command {
	var f caFlags
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Make a local CA for serve --proxy and --tls, and say how to trust it",
		Long: `Makes a local certificate authority, unless there is one, and prints how
programs learn to trust it. It can vouch for the vendors' hosts, this machine and
private addresses only, and nothing trusts it until you say so.

  encore-sandbox ca
  encore-sandbox serve --proxy 127.0.0.1:8081 --webhook URL`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return p.ca(f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "", "`directory` to keep it in (default: encore-sandbox in your configuration directory)")
	flags.StringSliceVar(&f.names, "name", nil, "further host `name` that the CA may vouch for, such as a container's; may be repeated")
	flags.BoolVar(&f.renew, "renew", false, "replace the CA that is there; programs have to trust the new one")
	return cmd
}

// ca makes the CA or finds it, and tells about it.
func (p program) ca(f caFlags) error {
	dir, err := caDirectory(f.dir)
	if err != nil {
		return err
	}
	names, err := vouchedFor(f.names)
	if err != nil {
		return err
	}
	how := "there already"
	a, err := reach.Open(dir)
	switch {
	case f.renew || errors.Is(err, reach.ErrNoAuthority):
		how = "made now"
		if a, err = reach.Create(dir, names); err != nil {
			return failed("choose another place with --dir", "the CA cannot be made: %s", err)
		}
	case err != nil:
		return failed("", "%s", err)
	}
	if missing := without(names, a.Names()); len(missing) > 0 {
		return failed("encore-sandbox ca --renew"+dirFlag(f.dir)+" makes one that may", "the CA in %s may not vouch for %s", dir, list(missing))
	}
	return trust.Execute(p.out, map[string]string{
		"How": how, "File": a.Path, "Key": filepath.Join(dir, reach.KeyFile), "Quoted": shellQuote(a.Path), "Store": shellQuote(filepath.Join(dir, "truststore.p12")),
		"Ends": a.Ends().Format(time.DateOnly), "Fingerprint": a.Fingerprint(), "Names": strings.Join(a.Names(), ", "), "Serve": caDirFlag(f.dir),
	})
}

func caDirFlag(dir string) string { return strings.Replace(dirFlag(dir), "--dir", "--ca-dir", 1) }

// vouchedFor are the names that a CA is bound to.
func vouchedFor(further []string) ([]string, error) {
	sb, err := newSandbox(scenarios.Options{})
	if err != nil {
		return nil, err
	}
	defer sb.Close()
	names := append(sb.Hosts(), "localhost", "host.docker.internal", "gateway.docker.internal")
	for _, name := range further {
		if strings.ContainsAny(name, " \t/:@*") || strings.Trim(name, ".") != name || name == "" {
			return nil, misused("use a host name such as sandbox or sandbox.test, without scheme and port", "--name: %q is no host name", name)
		}
		if name = strings.ToLower(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// without are the words that are not among the others.
func without(words, others []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(others, w) })
}

// trust is what the command prints.
var trust = template.Must(template.New("trust").Parse(`CA           {{.File}} ({{.How}}, valid until {{.Ends}})
key          {{.Key}} (readable by you alone; give it to nobody)
fingerprint  SHA-256 {{.Fingerprint}}
vouches for  {{.Names}},
             this machine's and private addresses; no program accepts it for anything else

Trust it in the process that needs it, not on the whole machine:

  Node    export NODE_EXTRA_CA_CERTS={{.Quoted}} NODE_USE_ENV_PROXY=1
          (proxy variables: Node 22.21 and 24 or newer; before, the HTTP client has to be told of the proxy)
  Python  export SSL_CERT_FILE={{.Quoted}} REQUESTS_CA_BUNDLE={{.Quoted}}
          (the first for urllib and httpx, the second for requests)
  Go      export SSL_CERT_FILE={{.Quoted}}
          (Linux and BSD; on macOS add it to a keychain: security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {{.Quoted}})
  Java    keytool -importcert -noprompt -alias encore-sandbox -file {{.Quoted}} -keystore {{.Store}} -storepass changeit
          java -Djavax.net.ssl.trustStore={{.Store}} -Djavax.net.ssl.trustStorePassword=changeit -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8081 …
  PHP     php -d curl.cainfo={{.Quoted}} -d openssl.cafile={{.Quoted}} …
          (ext/curl reads the proxy variables; streams want the context options http.proxy and request_fulluri)
  curl    export CURL_CA_BUNDLE={{.Quoted}}

Python, Go, Java, PHP and curl then trust this CA and no other: that is enough where
everything goes through the proxy.

  encore-sandbox serve --proxy 127.0.0.1:8081{{.Serve}} --webhook URL
  export HTTPS_PROXY=http://127.0.0.1:8081 NO_PROXY=localhost,127.0.0.1

Done with it? Delete both files.
`))
