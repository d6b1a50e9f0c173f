package main

import "os"

// contained tells whether this is a container: Docker and Podman leave a file,
// Podman and Kubernetes set a variable.
func (p program) contained() bool {
	for _, name := range []string{"container", "KUBERNETES_SERVICE_HOST"} {
		if value, set := p.getenv(name); set && value != "" {
			return true
		}
	}
	for _, file := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}
