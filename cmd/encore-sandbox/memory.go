package main

import (
	"runtime/debug"
	"strings"
	"sync"
)

// Memory that a serving sandbox aims at. What a workspace may hold is bounded,
// so a fixed aim keeps the process small while it is idle and gives the
// collector room under load.
const (
	memoryAim = 120 << 20 // bytes, a soft limit, beside the catalogs
	gcPercent = 400       // of the live heap, until the aim is near
)

// memory is the collector's setting while a sandbox serves.
type memory struct {
	fixed bool // the environment says what to do

	mu       sync.Mutex
	catalogs map[string]int64 // bytes by workspace; "" is the configured one
}

// tuneMemory sets the collector for serving, unless GOGC or GOMEMLIMIT say
// otherwise.
func tuneMemory(environ []string) *memory {
	m := &memory{catalogs: map[string]int64{}}
	for _, entry := range environ {
		m.fixed = m.fixed || strings.HasPrefix(entry, "GOGC=") || strings.HasPrefix(entry, "GOMEMLIMIT=")
	}
	return m
}

// begin returns what was set before, as a function that puts it back.
func (m *memory) begin() (restore func()) {
	if m.fixed {
		return func() {}
	}
	percent, limit := debug.SetGCPercent(gcPercent), debug.SetMemoryLimit(m.aim())
	// Loading the contracts leaves garbage behind that an idle process would keep.
	debug.FreeOSMemory()
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

// carry makes room for a workspace's catalog, which is as large as users want
// it: twice its weight, since what is looked up in it is kept beside it.
func (m *memory) carry(workspace string, bytes int64) {
	m.mu.Lock()
	if m.catalogs[workspace] = bytes; bytes == 0 {
		delete(m.catalogs, workspace)
	}
	m.mu.Unlock()
	if !m.fixed {
		debug.SetMemoryLimit(m.aim())
	}
}

func (m *memory) aim() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	aim := int64(memoryAim)
	for _, bytes := range m.catalogs {
		aim += 2 * bytes
	}
	return aim
}
