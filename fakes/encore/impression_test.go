package encore

import (
	"regexp"
	"testing"
)

func TestImpressionID(t *testing.T) {
	t.Parallel()
	// Both inputs are samples of the Encore integration guide. Its own sample
	// ids are illustrative: they are the hash of neither.
	for name, c := range map[string]struct{ clientID, inbound, want string }{
		"request sample": {
			"client-42", "wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
			"d545e8ea46afacb607799f4e7ae97412cf7b540d948d9d6b50111a707237e30b",
		},
		"end-to-end sample": {
			"client-42", "wamid.HBgLMTQxNTU1NTEyMzQVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
			"64ce12901e3e7b92a5301bf6455629233cd02f8410e549db8fd4ee460be78c55",
		},
		"a colon in the client id shifts the border": {
			"a:b", "c", ImpressionID("a", "b:c"),
		},
	} {
		if got := ImpressionID(c.clientID, c.inbound); got != c.want {
			t.Errorf("%s: ImpressionID = %s, want %s", name, got, c.want)
		}
	}
}

func TestHashSeesWhereAPartEnds(t *testing.T) {
	t.Parallel()
	if hash(1, "ab", "c") == hash(1, "a", "bc") {
		t.Error("moving a letter from one part to the next does not change the hash")
	}
	if hash(1, "a") == hash(2, "a") {
		t.Error("the seed does not change the hash")
	}
	if first := hash(1, "a"); first != hash(1, "a") {
		t.Error("the same inputs give two hashes")
	}
}

func TestUUID(t *testing.T) {
	t.Parallel()
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for i := range 1000 {
		id := UUID(uint64(i), "requestId")
		if !version4.MatchString(id) {
			t.Fatalf("UUID(%d) = %s is no version 4 UUID", i, id)
		}
		seen[id] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 seeds gave %d different ids", len(seen))
	}
	if first := UUID(7, "a"); first != UUID(7, "a") {
		t.Error("the same inputs give two ids")
	}
}
