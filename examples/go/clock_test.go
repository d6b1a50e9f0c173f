package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/encore-sandbox/sandbox/contract"
)

// An application that goes by time.Now, and a sandbox, in a bubble whose clock
// both go by: a day passes for both at once, and takes none.
func TestADayPassesForBoth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb := contract.Start(t, contract.Options{InMemory: true, Settle: 10 * time.Second})
		sb.Handle(inBubble(t, sb))

		anna := sb.Customer(t)
		anna.Writes("Hi")
		anna.Only("offer requested", "offer sent", "reply sent")

		time.Sleep(time.Hour)
		anna.Writes("Are you open?")
		anna.Only("reply sent")

		time.Sleep(26 * time.Hour)
		anna.Writes("Hi again")
		anna.Only("offer requested", "offer sent", "reply sent")
		sb.RequireNoFindings(t)
	})
}

// inBubble is the integration over the sandbox's own transport, gone with the test.
func inBubble(t *testing.T, sb *contract.Sandbox) *app {
	t.Helper()
	env := map[string]string{
		"ENCORE_API_KEY": sb.EncoreKey, "GRAPH_ACCESS_TOKEN": sb.GraphToken, "META_APP_SECRET": sb.AppSecret, "META_VERIFY_TOKEN": sb.VerifyToken,
		"WHATSAPP_PHONE_NUMBER_ID": sb.PhoneNumberID, "OPERATOR_CLIENT_ID": sb.ClientID, "OPERATOR_CLIENT_NAME": sb.ClientName, "CLOCK": "own",
	}
	a, err := fromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	a.transport = sb.Client().Transport
	t.Cleanup(func() {
		for _, thread := range a.threads {
			close(thread.inbox) // a bubble waits for the goroutines that were started in it
		}
	})
	return a
}
