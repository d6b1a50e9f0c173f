package main

import "os"

// surroundings is the environment, which in a container says so: Podman and
// Kubernetes set a variable, Docker leaves a file alone.
func surroundings() []string {
	environ := os.Environ()
	for _, file := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(file); err == nil {
			return append(environ, "container=oci")
		}
	}
	return environ
}

// contained tells whether this is a container.
func (p program) contained() bool {
	for _, name := range []string{"container", "KUBERNETES_SERVICE_HOST"} {
		if value, _ := p.getenv(name); value != "" {
			return true
		}
	}
	return false
}
