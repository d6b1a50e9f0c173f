package main

// scalePage is the page of the manual about many users. Its figures are those of
// BenchmarkScale and TestRoundTripsOfAnOffer.
const scalePage = `One sandbox keeps everything in memory and is enough for a team. With
--store redis://host any number of sandboxes serve the same workspaces; what each
remembers is only there to save it questions.

A call in round trips to Redis:

    a decided offer              1 where this sandbox was the last to work on the
                                 customer's thread, 2 otherwise
    a repeated offer             1 where this sandbox has decided or repeated it
                                 before, 2 the first time it does
    any other call of a fake     1 or 2
    a message of a customer      6 with the delivery of its webhook; who sent it
                                 waits for 1

One more commits how the answer ended; it is on its way when the last byte goes
out, and nobody waits for it. More than two are needed only while sandboxes are at
odds over one thread. A repeat cannot cost one trip on a sandbox that never saw
the decision: the journal's entry, written in that trip, holds the answer, which
is made from the decision, which the trip fetches. The first webhook of a
workspace after a rest costs two or three more.

Measured with 32 clients beside a Redis that writes everything down at once
(appendfsync always), all on two busy cores:

    Redis                        0.3 ms of its one thread an offer: some 3,000 a
                                 second, repeats included, and no less with 10,000
                                 campaigns in the workspace
    an exchange in the journal   2.8 KB in Redis, the oldest of 10,000 or 64 MiB goes
    a remembered decision        0.6 KB, the oldest of 100,000 goes (decisions: N)
    an idle workspace            1 KB in Redis, and 2.6 KB in a sandbox that has
                                 served it

Every sandbox asks Redis once a second which workspaces have webhooks left behind
by one that is gone, and looks at one in 120 of the workspaces it knows.

Ten thousand workspaces need

    idle                         10 MB in Redis, 26 MB in a sandbox that knows all
    with 100 exchanges each,     3.1 GB in Redis; a million calls a day are 12 a
    half of them decisions       second
    full to their bounds         some 900 GB: bound them with --quota

What breaks first, in this order: Redis's one thread, at some 3,000 calls a second
(a Cluster spreads workspaces over its nodes, a workspace is whole on one); its
disk, which writes every commit down before it is answered; its memory, by the
bounds of the workspaces. Calls of one customer at several sandboxes at once wait
for each other. Whoever reads a whole journal of 10,000 exchanges as JSON makes a
sandbox hold some 100 MB for the moment. A Redis that starts reads all it had
written down; calls get a 503 until it has.

Nothing that was answered is lost with one Redis that runs with appendonly yes and
appendfsync always; a Cluster that fails over loses what its replica did not have
yet. Commands behind the figures, in the sandbox's source:

    go test -run '^$' -bench Scale -benchtime 5000x ./cmd/encore-sandbox
    go test -run RoundTrips -v ./cmd/encore-sandbox
    RELIABILITY=1000000 go test -run TestReliability -v -timeout 2h ./cmd/encore-sandbox
`
