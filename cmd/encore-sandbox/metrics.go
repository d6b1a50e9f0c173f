package main

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// metrics words what a sandbox counts for Prometheus. The counting itself is the
// engine's, with a few atomic additions a call; here is only what is done when
// somebody asks, so that a start without scrapes costs nothing.
type metrics struct {
	measures func(context.Context) sim.Measures // set before the first request

	once    sync.Once
	handler http.Handler
}

// lookFor bounds how long workspaces are looked at for one answer.
const lookFor = time.Second

// ServeHTTP implements http.Handler.
func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.once.Do(func() {
		registry := prometheus.NewRegistry()
		registry.MustRegister(m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	})
	m.handler.ServeHTTP(w, r)
}

// metric describes one of those that a sandbox has, by its name behind the prefix.
type metric struct {
	name, help string
	labels     []string
}

func (m metric) desc() *prometheus.Desc {
	return prometheus.NewDesc("encore_sandbox_"+m.name, m.help, m.labels, nil)
}

// The metrics, as README and dashboards name them.
var (
	perOperation = []string{"fake", "operation"}

	callsTotal    = metric{"calls_total", "Calls of the fakes by the status that was answered; 0 is no answer.", []string{"fake", "operation", "status"}}
	callSeconds   = metric{"call_duration_seconds", "From a call's arrival to its answer, latency faults included.", perOperation}
	faultsTotal   = metric{"faults_total", "Calls that a fault struck.", perOperation}
	dedupTotal    = metric{"dedup_hits_total", "Calls that were answered as an earlier one was.", perOperation}
	webhooksTotal = metric{"webhook_attempts_total", "Attempts to deliver a webhook, by the integrator's status; 0 is no answer.", []string{"fake", "event", "status"}}
	hookSeconds   = metric{"webhook_duration_seconds", "From an attempt's beginning to the integrator's answer.", []string{"fake", "event"}}
	storeErrors   = metric{"store_errors_total", "Times that the store did not take a record when it was due.", nil}
	lostTotal     = metric{"lost_exchanges_total", "Records that no journal has, since the store was away for too long.", nil}
	owedNow       = metric{"owed_records", "Records that wait for the store to come back.", nil}
	arrivingNow   = metric{"calls_in_flight", "Calls that are not decided yet.", nil}
	waitingNow    = metric{"outbox_depth", "Webhooks that wait for delivery, of the workspaces that could be looked at in time.", nil}
	workspaces    = metric{"workspaces", "Workspaces that this process knows and could look at in time.", nil}
	listeners     = metric{"listeners", "Listeners that are connected to this process.", nil}
	droppedTotal  = metric{"dropped_total", "Documents that went to the bound of their kind: decision is an answer forgotten early.", []string{"kind"}}
	readyNow      = metric{"ready", "1 while /readyz says so.", nil}
)

// Describe implements prometheus.Collector: what there is depends on the calls.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(lookFor, cancel)()
	all := m.measures(ctx)
	for _, c := range all.Calls {
		fake, operation := name(c.Fake), name(c.Operation)
		statuses(out, callsTotal, c, fake, operation)
		histogram(out, callSeconds, c, fake, operation)
		counter(out, faultsTotal, c.Struck, fake, operation)
		counter(out, dedupTotal, c.Repeated, fake, operation)
	}
	for _, w := range all.Webhooks {
		statuses(out, webhooksTotal, w, w.Fake, w.Operation)
		histogram(out, hookSeconds, w, w.Fake, w.Operation)
	}
	counter(out, storeErrors, all.StoreErrors)
	counter(out, lostTotal, all.Lost)
	dropped := map[string]int64{"decision": 0}
	for kind, n := range all.Dropped {
		dropped[kind] = n
	}
	for kind, n := range dropped {
		counter(out, droppedTotal, n, kind)
	}
	ready := int64(0)
	if all.Ready {
		ready = 1
	}
	for _, now := range []struct {
		metric
		n int64
	}{
		{owedNow, all.Owed}, {arrivingNow, all.Arriving}, {waitingNow, all.Waiting}, {workspaces, int64(all.Workspaces)},
		{listeners, int64(all.Listeners)}, {readyNow, ready},
	} {
		out <- prometheus.MustNewConstMetric(now.desc(), prometheus.GaugeValue, float64(now.n))
	}
}

// name is a label's value; what no fake or operation takes is called none.
func name(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func counter(out chan<- prometheus.Metric, m metric, n int64, labels ...string) {
	out <- prometheus.MustNewConstMetric(m.desc(), prometheus.CounterValue, float64(n), labels...)
}

func statuses(out chan<- prometheus.Metric, m metric, of sim.Measure, labels ...string) {
	for status, n := range of.Statuses {
		counter(out, m, n, append(labels[:len(labels):len(labels)], strconv.Itoa(status))...)
	}
}

// histogram adds up the buckets, which Prometheus wants cumulative.
func histogram(out chan<- prometheus.Metric, m metric, of sim.Measure, labels ...string) {
	buckets, count := map[float64]uint64{}, uint64(0)
	for i, n := range of.Buckets {
		count += uint64(n)
		if bounds := sim.LatencyBounds(); i < len(bounds) {
			buckets[bounds[i].Seconds()] = count
		}
	}
	out <- prometheus.MustNewConstHistogram(m.desc(), count, of.Took.Seconds(), buckets, labels...)
}
