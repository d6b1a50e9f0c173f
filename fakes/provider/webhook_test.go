package provider_test

import (
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

func TestInWindow(t *testing.T) {
	t.Parallel()
	wrote := time.Date(2026, 5, 13, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		inbound time.Time
		after   time.Duration
		want    bool
	}{
		{"who never wrote", time.Time{}, 0, false},
		{"at once", wrote, 0, true},
		{"a nanosecond before its end", wrote, 24*time.Hour - 1, true},
		{"at its end", wrote, 24 * time.Hour, false},
	} {
		if got := provider.InWindow(c.inbound, wrote.Add(c.after)); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	body := struct {
		B string `json:"b"`
		A []int  `json:"a"`
	}{"a & <b>", []int{1}}
	if got, want := string(provider.JSON(body)), `{"b":"a & <b>","a":[1]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a channel marshals")
		}
	}()
	provider.JSON(make(chan int))
}
