package provider_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

func TestCountryCode(t *testing.T) {
	for _, c := range []struct{ name, digits, want string }{
		{"one digit", "15014005001", "1"},
		{"two digits", "919999999999", "91"},
		{"three digits", "971501234567", "971"},
		{"a number that is nothing but a code", "353", "353"},
		{"too short for one", "9", "9"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := provider.CountryCode(c.digits); got != c.want {
				t.Errorf("CountryCode(%q) = %q, want %q", c.digits, got, c.want)
			}
		})
	}
}
