package redistest

import "syscall"

// orphaned ends a server whose test program is gone, as after a panic, when
// nothing is cleaned up.
func orphaned() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
