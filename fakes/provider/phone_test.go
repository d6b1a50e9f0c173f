package provider_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

// Numbers of a country have its code and the length of its plan, and differ.
func TestPhoneIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country, code string
		digits        int
	}{
		{"US", "1", 11}, {"ca", "1", 11}, {"MX", "52", 12}, {"BR", "55", 13}, {"GB", "44", 12}, {"DE", "49", 13}, {"FR", "33", 11}, {"IT", "39", 12},
		{"NG", "234", 13}, {"AE", "971", 12}, {"IN", "91", 12}, {"ID", "62", 13}, {"SG", "65", 10}, {"HK", "852", 11}, {"JP", "81", 12}, {"AU", "61", 11},
	} {
		seen := map[string]bool{}
		for i := range uint64(50) {
			number, err := provider.PhoneIn(c.country, i*0x9e3779b97f4a7c15)
			if err != nil {
				t.Fatal(err)
			}
			if normal, err := provider.NormalPhone(number); err != nil || normal != number || len(number) != c.digits || provider.CountryCode(number) != c.code {
				t.Errorf("%s: %s is no number of %d digits with code %s: %v", c.country, number, c.digits, c.code, err)
			}
			seen[number] = true
		}
		if len(seen) < 45 {
			t.Errorf("%s: of 50 numbers %d are different", c.country, len(seen))
		}
	}
	_, err := provider.PhoneIn("XX", 1)
	if err == nil || !strings.Contains(err.Error(), `no mobile numbers of country "XX" are known; use one of AE, AR, AT,`) {
		t.Errorf("a country that is none: %v", err)
	}
}
