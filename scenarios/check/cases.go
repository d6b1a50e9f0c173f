package check

import (
	"context"
	"slices"
)

// Case judges one clause of the contract. ID is stable and names the group
// first: "refuse.clientId.missing". Clause says which document promises what,
// in our words; Reason, what an integrator loses when it does not hold.
type Case struct {
	ID     string
	Clause string
	Reason string

	// run returns nil, a skip, or what was got in place of what was wanted.
	run func(context.Context, *Suite) error
}

// allCases is the whole suite. The cases about every answer come last.
func allCases() []Case {
	return slices.Concat(
		authCases(), routeCases(), bodyCases(),
		acceptCases(), refuseCases(),
		offerCases(), textCases(), noFillCases(),
		impressionCases(), repeatCases(), windowCases(),
		callbackCases(), everyCases(),
	)
}

// The documents that clauses come from.
const (
	guide = "Encore integration guide, "
	spec  = "Encore iOS SDK, OpenAPI document, "
)
