package main

import (
	"runtime/debug"
	"strings"
)

// Memory that a serving sandbox aims at. What a workspace may hold is bounded,
// so a fixed aim keeps the process small while it is idle and gives the
// collector room under load.
const (
	memoryAim = 136 << 20 // bytes, a soft limit
	gcPercent = 400       // of the live heap, until the aim is near
)

// tuneMemory sets the collector for serving, unless GOGC or GOMEMLIMIT say
// otherwise. It returns what it replaced, as a function that puts it back.
func tuneMemory(environ []string) (restore func()) {
	for _, entry := range environ {
		if strings.HasPrefix(entry, "GOGC=") || strings.HasPrefix(entry, "GOMEMLIMIT=") {
			return func() {}
		}
	}
	percent, limit := debug.SetGCPercent(gcPercent), debug.SetMemoryLimit(memoryAim)
	// Loading the contracts leaves garbage behind that an idle process would keep.
	debug.FreeOSMemory()
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
