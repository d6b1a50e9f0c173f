//go:build !linux

package redistest

import "syscall"

// orphaned is for systems that know no such thing: a server may outlive its test.
func orphaned() *syscall.SysProcAttr { return nil }
