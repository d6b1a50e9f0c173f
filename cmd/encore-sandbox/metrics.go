package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	processmetrics "github.com/VictoriaMetrics/metrics"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// metrics words what a sandbox counts in Prometheus's text format. The counting
// itself is the engine's, with a few atomic additions a call; here is only what is
// done when somebody asks. Prometheus's own client would say the same: it brings
// the machinery of protocol buffers along, a tenth of an idle sandbox's memory.
type metrics struct {
	measures func(context.Context) sim.Measures // set before the first request
}

// lookFor bounds how long workspaces are looked at for one answer.
const lookFor = time.Second

// ServeHTTP implements http.Handler.
func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(lookFor, cancel)()
	var out bytes.Buffer
	expose(m.measures(ctx)).write(&out)
	processmetrics.WriteProcessMetrics(&out) // go_… and process_…
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(out.Bytes())
}

// Types of metrics.
const (
	isCounter   = "counter"
	isGauge     = "gauge"
	isHistogram = "histogram"
)

// metric describes one of those that a sandbox has, by its name behind the prefix.
type metric struct {
	name, kind, help string
	labels           []string
}

// The metrics, as README and dashboards name them.
var (
	perOperation = []string{"fake", "operation"}

	callsTotal    = metric{"calls_total", isCounter, "Calls of the fakes by the status that was answered; 0 is no answer.", []string{"fake", "operation", "status"}}
	callSeconds   = metric{"call_duration_seconds", isHistogram, "From a call's arrival to its answer, latency faults included.", perOperation}
	faultsTotal   = metric{"faults_total", isCounter, "Calls that a fault struck.", perOperation}
	dedupTotal    = metric{"dedup_hits_total", isCounter, "Calls that were answered as an earlier one was.", perOperation}
	webhooksTotal = metric{"webhook_attempts_total", isCounter, "Attempts to deliver a webhook, by the integrator's status; 0 is no answer.", []string{"fake", "event", "status"}}
	hookSeconds   = metric{"webhook_duration_seconds", isHistogram, "From an attempt's beginning to the integrator's answer.", []string{"fake", "event"}}
	storeErrors   = metric{"store_errors_total", isCounter, "Times that the store did not take a record when it was due.", nil}
	lostTotal     = metric{"lost_exchanges_total", isCounter, "Records that no journal has, since the store was away for too long.", nil}
	owedNow       = metric{"owed_records", isGauge, "Records that wait for the store to come back.", nil}
	arrivingNow   = metric{"calls_in_flight", isGauge, "Calls that are not decided yet.", nil}
	waitingNow    = metric{"outbox_depth", isGauge, "Webhooks that wait for delivery, of the workspaces that could be looked at in time.", nil}
	workspaces    = metric{"workspaces", isGauge, "Workspaces that this process knows and could look at in time.", nil}
	listeners     = metric{"listeners", isGauge, "Listeners that are connected to this process.", nil}
	droppedTotal  = metric{"dropped_total", isCounter, "Documents that went to the bound of their kind: decision is an answer forgotten early.", []string{"kind"}}
	readyNow      = metric{"ready", isGauge, "1 while /readyz says so.", nil}
)

// exposition is what Prometheus reads: the lines of each metric stand together.
type exposition map[string]*family

type family struct {
	metric
	lines []string
}

// expose words everything that was counted.
func expose(all sim.Measures) exposition {
	out := exposition{}
	for _, c := range all.Calls {
		fake, operation := name(c.Fake), name(c.Operation)
		out.statuses(callsTotal, c, fake, operation)
		out.histogram(callSeconds, c, fake, operation)
		out.add(faultsTotal, c.Struck, fake, operation)
		out.add(dedupTotal, c.Repeated, fake, operation)
	}
	for _, w := range all.Webhooks {
		out.statuses(webhooksTotal, w, w.Fake, w.Operation)
		out.histogram(hookSeconds, w, w.Fake, w.Operation)
	}
	dropped := map[string]int64{"decision": 0}
	maps.Copy(dropped, all.Dropped)
	for _, kind := range slices.Sorted(maps.Keys(dropped)) {
		out.add(droppedTotal, dropped[kind], kind)
	}
	ready := int64(0)
	if all.Ready {
		ready = 1
	}
	for _, one := range []struct {
		metric
		n int64
	}{
		{storeErrors, all.StoreErrors}, {lostTotal, all.Lost}, {owedNow, all.Owed}, {arrivingNow, all.Arriving},
		{waitingNow, all.Waiting}, {workspaces, int64(all.Workspaces)}, {listeners, int64(all.Listeners)}, {readyNow, ready},
	} {
		out.add(one.metric, one.n)
	}
	return out
}

// name is a label's value; what no fake or operation takes is called none.
func name(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func (p exposition) add(m metric, n int64, labels ...string) {
	p.line(m, "", m.labels, labels, strconv.FormatInt(n, 10))
}

// line adds a line of a metric; a histogram's have a suffix.
func (p exposition) line(m metric, suffix string, names, values []string, number string) {
	f := p[m.name]
	if f == nil {
		f = &family{metric: m}
		p[m.name] = f
	}
	pairs := make([]string, len(names))
	for i, label := range names {
		pairs[i] = label + `="` + escapeLabel.Replace(values[i]) + `"`
	}
	braced := ""
	if len(pairs) > 0 {
		braced = "{" + strings.Join(pairs, ",") + "}"
	}
	f.lines = append(f.lines, suffix+braced+" "+number)
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (p exposition) statuses(m metric, of sim.Measure, labels ...string) {
	for _, status := range slices.Sorted(maps.Keys(of.Statuses)) {
		p.add(m, of.Statuses[status], append(labels[:len(labels):len(labels)], strconv.Itoa(status))...)
	}
}

// histogram adds up the buckets, which Prometheus wants cumulative.
func (p exposition) histogram(m metric, of sim.Measure, labels ...string) {
	count, bounds := int64(0), sim.LatencyBounds()
	names := slices.Concat(m.labels, []string{"le"})
	for i, n := range of.Buckets {
		count += n
		bound := "+Inf"
		if i < len(bounds) {
			bound = seconds(bounds[i])
		}
		p.line(m, "_bucket", names, append(labels[:len(labels):len(labels)], bound), strconv.FormatInt(count, 10))
	}
	p.line(m, "_sum", m.labels, labels, seconds(of.Took))
	p.line(m, "_count", m.labels, labels, strconv.FormatInt(count, 10))
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', -1, 64) }

func (p exposition) write(out *bytes.Buffer) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		f, full := p[name], "encore_sandbox_"+name
		fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", full, f.help, full, f.kind)
		for _, line := range f.lines {
			fmt.Fprintf(out, "%s%s\n", full, line)
		}
	}
}
