//go:build !linux

package main

import "testing"

// runsAsRoot is for Linux, whose programs the image holds.
func runsAsRoot(*testing.T, unpacked) {}
