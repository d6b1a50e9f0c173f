// Package contract brings the sandbox into `go test`: every outside system that
// an Encore integration talks to, started by a test and gone with it.
//
//	test ─▶ Customer.Writes ─▶ Sandbox ─▶ signed webhook ─▶ your handler
//	  ▲                          │  ▲                           │
//	  │                          │  └── Encore, Graph: calls ◀──┘
//	  └─ Received · Quiet · RequireNoFindings ◀─ journal
//
// A test takes four lines:
//
//	sb := contract.Start(t, contract.Options{})
//	sb.Handle(mypackage.NewIntegration(sb.EncoreURL(), sb.GraphURL(), sb.Credentials))
//	pat := sb.Customer(t)
//	pat.Writes("Hi")
//	pat.Received("offer requested", "offer sent", "reply sent")
//	sb.RequireNoFindings(t)
//
// Nothing here sleeps: a wait looks again whenever the journal changes and fails
// with the closest near miss and the timeline when [Options.Within] has passed.
// Days pass with [Customer.Advance], in one thread, and no other notices.
//
// [Integrator] plays the sandbox's stories instead of tests written by hand, and
// [Server] holds a server of one's own to Encore's contract. Exchanges can be
// waited for in the words of stories ([Customer.Received]) or by operation, notes
// and values of their bodies ([Sandbox.Expect]).
//
// By default the sandbox listens on a loopback port. With [Options.InMemory] it
// opens no socket, so that the whole test runs inside testing/synctest.Test:
// clients come from [Sandbox.Client], and time is the bubble's, so a backoff of
// seven seconds takes none. Outside a bubble an in-memory sandbox is real time.
//
// What the sandbox costs is measured beside a bare net/http handler that decodes
// and encodes the same JSON, in processes of their own and one run (requests a
// second, CPU of the server for a request, memory), and in this process call by
// call. A start is measured from the process's start to its first 200:
//
//	go test -run '^$' -bench Load -benchtime 50000x ./contract
//	go test -run '^$' -bench Load/filling/unique -benchtime 1000000x ./contract
//	go test -run '^$' -bench 'Offers|WhatsApp' -benchmem ./contract
//	go test -run '^$' -bench Start -benchtime 20x ./contract
//
// Every Start is a sandbox of its own; tests with one each run in parallel.
// Subtests that share one are kept apart by customers, since every customer has
// a thread of their own, or have a workspace each ([Sandbox.Apart]). A handler that
// nothing serves gets the vendor's signed request ([Sandbox.Webhook]), and what was
// said can be compared with a file ([Sandbox.Golden]).
package contract
