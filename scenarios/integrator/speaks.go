package integrator

import "slices"

// Speaks tells whether the integrator answers on a channel, by the sandbox's
// name of it.
func Speaks(name string) bool {
	return slices.ContainsFunc(channels(), func(c *channel) bool { return c.name == name })
}
