package check

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
)

// impressionCases are about how impressions are named.
func impressionCases() []Case {
	const clause = guide + "Response: impressionId is the SHA-256 of clientId:inboundMessageId, 64 hex digits"
	return []Case{
		{"impression.request-sample", clause, "whoever computes the id on their side must come to the same",
			vector("15014005001", "wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
				"d545e8ea46afacb607799f4e7ae97412cf7b540d948d9d6b50111a707237e30b")},
		{"impression.end-to-end-sample", clause, "whoever computes the id on their side must come to the same",
			vector("14155551234", "wamid.HBgLMTQxNTU1NTEyMzQVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
				"64ce12901e3e7b92a5301bf6455629233cd02f8410e549db8fd4ee460be78c55")},
		{"impression.utf8", clause, "ids are texts; outside ASCII a hash of anything but UTF-8 would differ",
			hashes(func(r object) { r["inboundMessageId"] = "wamid.é✓-" + r["inboundMessageId"].(string) })},
		{"impression.colon", clause, "a colon in the client's id is part of the hashed text",
			hashes(func(r object) { r["clientId"] = r["clientId"].(string) + ":branch-7" })},
		{"impression.other-message", guide + "Response: the id follows inboundMessageId", "two messages are two impressions", otherMessage},
		{"impression.other-client", guide + "Response: the id follows clientId", "two businesses may see the same message id and must not share an offer", otherClient},
	}
}

// vector sends a sample of the guide. The ids that the guide prints beside its
// samples are illustrative: they are the hash of neither.
func vector(recipient, inbound, want string) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		a, err := s.decided(ctx, object{
			"clientId": "client-42", "clientName": "Tony's Pizza", "messagingPlatform": "whatsapp",
			"recipient": recipient, "inboundMessageId": inbound, "chatId": "8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d",
			"attributes": object{"countryCode": "US", "platform": "ios"},
		})
		if err != nil {
			return err
		}
		return a.equal("impressionId", want)
	}
}

func hashes(change func(object)) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		r := s.fresh()
		change(r)
		a, err := s.decided(ctx, r)
		if err != nil {
			return err
		}
		return a.equal("impressionId", impressionID(r))
	}
}

func otherMessage(ctx context.Context, s *Suite) error {
	return s.apart(ctx, "inboundMessageId", "wamid.check-other-"+uuid(s.unused()))
}

func otherClient(ctx context.Context, s *Suite) error {
	return s.apart(ctx, "clientId", "check-other-"+uuid(s.unused()))
}

// apart asks twice with one half of the key changed, for two customers. The
// second answer must be for the second customer.
func (s *Suite) apart(ctx context.Context, field, value string) error {
	r := s.fresh()
	first, err := s.decided(ctx, r)
	if err != nil {
		return err
	}
	r[field], r["recipient"] = value, phone(s.unused())
	second, err := s.decided(ctx, r)
	if err != nil {
		return err
	}
	if first.at("impressionId") == second.at("impressionId") {
		return fmt.Errorf("impressionId: got %v for two values of %s, want two ids", first.at("impressionId"), field)
	}
	if second.at("offer") == nil {
		return nil
	}
	return second.equal("message.payload.to", r["recipient"])
}

// repeatCases are about retries within the window.
func repeatCases() []Case {
	const clause = guide + "Retry guidance: within 60 seconds a retry returns the same impressionId and the same offer"
	const key = guide + "Request: not part of the deduplication key"
	return []Case{
		{"repeat.same", clause, "a second offer in the same minute is a double impression", repeated(func(*Suite, object) {})},
		{"repeat.other-chat", key, "chatId may be made anew by a retry after a restart", repeated(func(s *Suite, r object) { r["chatId"] = uuid(s.unused()) })},
		{"repeat.other-user", key, "userId is for frequency capping", repeated(func(s *Suite, r object) {
			sum := s.unused()
			r["userId"] = hex.EncodeToString(sum[:])
		})},
		{"repeat.other-request-id", key, "clients that make a UUID a call make a new one for the retry", repeated(func(s *Suite, r object) { r["requestId"] = uuid(s.unused()) })},
		{"repeat.other-attributes", key, "what is known of a customer may change between two attempts", repeated(func(_ *Suite, r object) {
			r["attributes"] = object{"countryCode": "GB", "platform": "android", "language": "en-GB"}
		})},
		{"repeat.other-timestamp", key, "the timestamp is for a metric", repeated(func(s *Suite, r object) { r["inboundTimestamp"] = s.seconds() - 5 })},
		{"repeat.concurrent", clause, "a webhook that is delivered twice at once asks twice at once", concurrent},
		{"repeat.after-refusal", guide + "Status codes: fix the request after a 400", "a refusal that was remembered would make the fix pointless", afterRefusal},
	}
}

// repeated asks twice, with a change that the key does not see.
func repeated(change func(*Suite, object)) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		r := s.fresh()
		first, err := s.decided(ctx, r)
		if err != nil {
			return err
		}
		change(s, r)
		return s.repeats(ctx, first, r)
	}
}

// repeats wants the first answer again.
func (s *Suite) repeats(ctx context.Context, first answer, r object) error {
	again, err := s.decided(ctx, r)
	if err != nil {
		return err
	}
	return agree(first, again)
}

// agree compares answers as JSON: white space and the order of keys are free.
func agree(first, again answer) error {
	if diff := cmp.Diff(first.tree, again.tree); diff != "" {
		// cmp varies its white space on purpose; a report has to be the same each time.
		return fmt.Errorf("the repeat got another answer (-first +repeat):\n%s", strings.ReplaceAll(diff, "\u00a0", " "))
	}
	return nil
}

// concurrent sends the same request eight times at once.
func concurrent(ctx context.Context, s *Suite) error {
	const times = 8
	c := s.post(offersMessage, encode(s.fresh()))
	var answers [times]answer
	var errs [times]error
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() { answers[i], errs[i] = s.exchange(ctx, c) })
	}
	wg.Wait()
	s.requests += times
	for i, a := range answers {
		if errs[i] == nil {
			s.seen = append(s.seen, a)
			errs[i] = a.isDecision()
		}
		if errs[i] == nil && errs[0] == nil {
			errs[i] = agree(answers[0], a)
		}
	}
	return errors.Join(errs[:]...)
}

func afterRefusal(ctx context.Context, s *Suite) error {
	r := s.fresh()
	r["clientName"] = ""
	a, err := s.ask(ctx, r)
	if err != nil {
		return err
	}
	if a.is(http.StatusOK) == nil {
		return skip("not judged: a request without a name is accepted, see refuse.clientName.empty")
	}
	r["clientName"] = "Tony's Pizza"
	_, err = s.decided(ctx, r)
	return err
}

// windowCases need time to pass.
func windowCases() []Case {
	return []Case{{"window.minute", guide + "Retry guidance: the server deduplicates within a 60-second window; impressionId is stable for the same input",
		"the last of the advised retries comes seconds later, and the callback may name the id hours later", minute}}
}

// minute repeats a request shortly before the window ends, and after it. What
// is offered then is the server's choice; the id is not.
func minute(ctx context.Context, s *Suite) error {
	if s.config.Wait == nil {
		return skip("takes 65 seconds of the server's time; play it with a way to wait")
	}
	r := s.fresh()
	first, err := s.decided(ctx, r)
	if err != nil {
		return err
	}
	if err := s.config.Wait(ctx, 50*time.Second); err != nil {
		return err
	}
	if err := s.repeats(ctx, first, r); err != nil {
		return within("after 50 seconds", err)
	}
	if err := s.config.Wait(ctx, 15*time.Second); err != nil {
		return err
	}
	late, err := s.decided(ctx, r)
	if err != nil {
		return within("after 65 seconds", err)
	}
	return within("after 65 seconds", late.equal("impressionId", first.at("impressionId")))
}
