package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

func TestHelpTexts(t *testing.T) {
	t.Parallel()
	golden(t, "help.txt", transcript(t.Context(), nil, [][]string{
		{}, {"help", "serve"}, {"run", "--help"}, {"help", "env"}, {"help", "message"}, {"help", "journal"}, {"help", "judge"}, {"help", "fault"}, {"help", "fault", "add"},
		{"help", "trigger"}, {"help", "outbox"}, {"help", "outbox", "flush"}, {"help", "exchange"}, {"help", "exchange", "redeliver"},
		{"help", "clock"}, {"help", "workspace"}, {"help", "workspace", "add"}, {"help", "reset"}, {"help", "health"}, {"help", "rules"}, {"help", "scenarios"}, {"help", "openapi"}, {"help", "postman"}, {"help", "licenses"}, {"help", "help"},
	}))
}

func TestErrorsSayHowToMendThem(t *testing.T) {
	t.Parallel()
	golden(t, "errors.txt", steady(transcript(t.Context(), nil, [][]string{
		{"serv"}, {"frobnicate"}, {"fault", "ad"}, {"help", "falts"},
		{"run", "--chanel", "whatsapp"}, {"run", "-x"}, {"run", "--cap"},
		{"run", "--cap", "many"}, {"run", "--cap", "-1"}, {"run", "--idle-gap", "soon"}, {"run", "--seed", "-1"}, {"run", "--fail-on", "may"},
		{"run", "firstmessage"}, {"run", "x*"}, {"run", "[x"}, {"run", "missing.yaml"},
		{"run", "--defect", "cap-ignore"}, {"run", "--channel", "whatsap"}, {"run", "--", "npm", "start"},
		{"run", "--webhook", "localhost:3000"}, {"run", "--webhook", "whatsap=http://127.0.0.1:1/", "--addr", "127.0.0.1:0"},
		{"run", "--webhook", "zoko:tony=http://127.0.0.1:1/", "--addr", "127.0.0.1:0"},
		{"run", "--webhook", "http://127.0.0.1:1/", "--defect", "cap-ignored"},
		{"serve", "now"}, {"serve", "--addr", "nowhere"}, {"serve", "--clock", "sundial"},
		{"env", "--format", "xml"}, {"message", "--from", "15014005001"}, {"clock", "yesterday"}, {"clock", "+1h", "+2h"}, {"clock", "-1h"}, {"clock", "-x"}, {"fault", "add"},
		{"fault", "add", "77"}, {"serve", "--addr", "1.2.3.4:8080"}, {"serve", "--addr", "127.0.0.1:99999"}, {"serve", "--config", "nofile.yaml"}, {"run", "--seed", "0"},
		{"serve", "--vendor-retry=maybe"},
		{"trigger"}, {"trigger", "whatsapp.text", "--set", "x"}, {"trigger", "x", "--print", "xml"}, {"trigger", "--raw", "@missing.json"},
		{"outbox", "flsh"}, {"exchange", "redeliver"}, {"exchange", "redeliver", "first"},
		{"health", "--sandbox", "127.0.0.1"}, {"health", "--sandbox", "http://127.0.0.1:1"},
		{"rules", "R99"}, {"defects", "cap-ignore"}, {"defects", "R5"}, {"defects", "--channel", "sms"}, {"scenarios", "capreached"}, {"scenarios", "check"}, {"schema", "konfig"}, {"openapi", "mta"}, {"postman", "mta"}, {"licenses", "leftpad"},
	})))
}

func TestRunTellsWhatItPlayed(t *testing.T) {
	t.Parallel()
	golden(t, "run.txt", steady(transcript(t.Context(), []string{"ENCORE_SANDBOX_CHANNEL=whatsapp"}, [][]string{
		{"run", "first-message", "mid-thread", "cap-reached", "outage-503", "re-engagement"},
		{"run", "outage-*", "first-message", "--defect", "no-reply-on-outage", "--seed", "7"},
		{"run", "re-engagement", "first-message", "--cap", "1"},
		{"run", "--list", "*-*ge*"},
	})))
}

func TestServeWelcomes(t *testing.T) {
	t.Parallel()
	c, _ := startServe(t)
	c.stop()
	golden(t, "serve.txt", steady(c.out.String())+c.err.String())
	c, _ = startServe(t, "--seed", "7", "--webhook", "http://127.0.0.1:1/webhook", "--app-secret", "s3", "--verify-token", "v3")
	c.out.await(t, c.ended, "warning: the webhook")
	c.stop()
	golden(t, "serve-webhook.txt", steady(c.out.String())+c.err.String())
}

func TestLookUps(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"rules"}, "R36   must    "},
		{[]string{"rules", "r44"}, "compares the threads of a run"},
		{[]string{"rules", "R5"}, "reported by R6"},
		{[]string{"scenarios"}, "cap-reached  "},
		{[]string{"scenarios", "cap-reached"}, "name: cap-reached\n"},
		{[]string{"schema"}, `"$schema"`},
		{[]string{"schema", "config"}, `"operators"`},
		{[]string{"openapi"}, "offersMessage"},
		{[]string{"openapi", "advertiser"}, "creativeImage"},
		{[]string{"openapi", "meta"}, "whatsapp"},
		{[]string{"openapi", "sandbox"}, "/_sandbox/v1/journal"},
		{[]string{"openapi", "sandbox"}, "/_sandbox/v1/findings"},
		{[]string{"openapi", "judge"}, "/_sandbox/v1/findings"},
		{[]string{"version"}, "encore-sandbox "},
		{[]string{"licenses"}, "=== github.com/spf13/cobra v"},
		{[]string{"licenses", "--list"}, "Apache-2.0    github.com/redis/rueidis v"},
		{[]string{"licenses", "pflag"}, "Redistribution and use in source and binary forms"},
		{[]string{"help", "faults"}, fault.Grammar()},
		{[]string{"faults"}, fault.Grammar()},
		{[]string{"fault", "presets"}, "encore-down  "},
		{[]string{"env"}, "OPERATOR_CLIENT_NAME=\"Tony's Pizza\"\n"},
		{[]string{"env", "--format", "shell"}, `export OPERATOR_CLIENT_NAME='Tony'\''s Pizza'` + "\n"},
		{[]string{"env", "--sandbox", "http://10.0.0.1:9", "--app-secret", "a b"}, "GRAPH_BASE_URL=http://10.0.0.1:9\n"},
	} {
		t.Run(strings.Join(tc.args, " "), func(t *testing.T) {
			t.Parallel()
			o := invoke(t.Context(), nil, tc.args...)
			if o.code != 0 || o.err != "" || !strings.Contains(o.out, tc.want) {
				t.Errorf("exit code %d, no %q in:\n%s%s", o.code, tc.want, o.out, o.err)
			}
		})
	}
}

// settings are what env prints for an integrator.
func settings(t *testing.T, flags ...string) (named map[string]string) {
	t.Helper()
	o := invoke(t.Context(), nil, append([]string{"env", "--format", "json"}, flags...)...)
	if err := json.Unmarshal([]byte(o.out), &named); err != nil {
		t.Fatal(err)
	}
	return named
}

func TestEnvAsJSON(t *testing.T) {
	t.Parallel()
	got := settings(t, "--verify-token", "v3")
	const base = "http://127.0.0.1:8080"
	want := map[string]string{
		"ENCORE_BASE_URL": base, "ENCORE_API_KEY": "pk_test_sandbox", "GRAPH_BASE_URL": base, "GRAPH_ACCESS_TOKEN": "EAAsandbox",
		"META_APP_SECRET": "sandbox-app-secret", "META_VERIFY_TOKEN": "v3", "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
		"MESSENGER_PAGE_ID": "104895545712345", "INSTAGRAM_ACCOUNT_ID": "17841405793187218",
		"KALEYRA_BASE_URL": base, "KALEYRA_SID": "HXAP1691385017IN", "KALEYRA_API_KEY": "sandbox-kaleyra-key", "KALEYRA_SENDER": "+15550783881",
		"INTERAKT_BASE_URL": base, "INTERAKT_API_KEY": "sandbox-interakt-tonys", "INTERAKT_WEBHOOK_SECRET": "sandbox-interakt-secret",
		"ZOKO_BASE_URL": base, "ZOKO_API_KEY": "sandbox-zoko-tonys",
		"OPERATOR_CLIENT_ID": "client-42", "OPERATOR_CLIENT_NAME": "Tony's Pizza", "SANDBOX_URL": base,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the names that every example reads (-want +got):\n%s", diff)
	}
}

func TestQuoting(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, shell, dotenv string }{
		{"http://a:1/b?c=d", "'http://a:1/b?c=d'", `"http://a:1/b?c=d"`},
		{"plain-1_2.3", "plain-1_2.3", "plain-1_2.3"},
		{"", "''", `""`},
		{`it's $5 "x" \`, `'it'\''s $5 "x" \'`, `"it's \$5 \"x\" \\"`},
	} {
		if diff := cmp.Diff([]string{tc.shell, tc.dotenv}, []string{shellQuote(tc.text), dotenvQuote(tc.text)}); diff != "" {
			t.Errorf("%q for a shell and for dotenv (-want +got):\n%s", tc.text, diff)
		}
	}
}

func TestScenariosCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	write(t, good, "name: good\nsteps:\n  - customer: Hi\n")
	write(t, bad, "name: bad\nsteps:\n  - custmer: Hi\n")
	o := invoke(t.Context(), nil, "scenarios", "check", good, bad)
	if o.code != exitFailed || o.out != good+": good is fine\n" || !strings.Contains(o.err, bad+":3:5: ") {
		t.Errorf("a good and a bad file: %+v", o)
	}
	o = invoke(t.Context(), nil, "run", good, "--channel", "whatsapp", "--list")
	if o.code != 0 || !strings.HasPrefix(o.out, "good ") {
		t.Errorf("a file can be played: %+v", o)
	}
	if o = invoke(t.Context(), nil, "run", bad); o.code != exitUsage || !strings.Contains(o.err, bad+":3:5: ") {
		t.Errorf("a bad file is not played: %+v", o)
	}
	unplayable := filepath.Join(dir, "unplayable.yaml")
	write(t, unplayable, "name: unplayable\nfault: 999x\nsteps:\n  - customer: Hi\n    operator: 3\n")
	o = invoke(t.Context(), nil, "scenarios", "check", unplayable)
	if o.code != exitFailed || !strings.Contains(o.err, unplayable+":2:8: fault: ") || !strings.Contains(o.err, unplayable+":4:5: there is no operator 3") {
		t.Errorf("a file that cannot be played: %+v", o)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVersionOfTheBuild(t *testing.T) {
	t.Parallel()
	vcs := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}}
	devel := &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}
	for _, tc := range []struct {
		name            string
		info            *debug.BuildInfo
		version, commit string
		want            [2]string
	}{
		{"the linker's word counts", vcs, "v9", "fff", [2]string{"v9", "fff"}},
		{"else the go command's", vcs, "", "", [2]string{"v1.2.3", "abc"}},
		{"a working copy has none", devel, "", "", [2]string{"dev", ""}},
		{"nor a build without information", nil, "", "", [2]string{"dev", ""}},
	} {
		version, commit := built(tc.info, tc.version, tc.commit)
		if diff := cmp.Diff(tc.want, [2]string{version, commit}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
