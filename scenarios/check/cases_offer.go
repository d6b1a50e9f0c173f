package check

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// channel is what an answer for one messagingPlatform looks like.
type channel struct {
	platform  string
	recipient string   // where the payload has it
	links     []string // where the payload leads to the offer
	texts     []words
}

// words are a text that customers read, with Meta's limit in characters.
type words struct {
	path  string
	limit int
}

// channels lists the platforms of the contract (WhatsApp Cloud API,
// interactive CTA URL; Messenger Platform, generic template).
func channels() []channel {
	const cta, card = "message.payload.interactive.", "message.payload.message.attachment.payload.elements.0."
	onWhatsApp := channel{
		platform: "whatsapp", recipient: "message.payload.to",
		links: []string{cta + "action.parameters.url"},
		texts: []words{{cta + "body.text", 1024}, {cta + "footer.text", 60}, {cta + "action.parameters.display_text", 20}},
	}
	onCard := channel{
		recipient: "message.payload.recipient.id",
		links:     []string{card + "default_action.url", card + "buttons.0.url"},
		texts:     []words{{card + "title", 80}, {card + "subtitle", 80}, {card + "buttons.0.title", 20}},
	}
	instagram, facebook := onCard, onCard
	instagram.platform, facebook.platform = "instagram", "facebook"
	return []channel{onWhatsApp, instagram, facebook}
}

// sample is an offer for a platform. It is asked for once: what is judged of
// it does not depend on who asked.
func (s *Suite) sample(ctx context.Context, platform string) (answer, error) {
	if a, asked := s.samples[platform]; asked {
		return a, nil
	}
	a, err := s.decided(ctx, s.freshOn(platform))
	if err == nil {
		s.samples[platform] = a
	}
	return a, err
}

// onEvery judges the offers of all platforms.
func onEvery(judge func(channel, answer) error) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		var errs []error
		for _, c := range channels() {
			a, err := s.sample(ctx, c.platform)
			switch {
			case err == nil && a.at("offer") == nil:
				err = noOffer(c.platform)
			case err == nil:
				err = judge(c, a)
			}
			errs = append(errs, within(c.platform, err))
		}
		return worst(errs...)
	}
}

// noOffer is why a case about offers is skipped.
func noOffer(platform string) error {
	return skip("not judged: no offer for " + platform + ", see offer.served")
}

// worst joins what failed; only when nothing did, a skip counts.
func worst(errs ...error) error {
	var excused, failed []error
	for _, err := range errs {
		var s skip
		switch {
		case err == nil:
		case errors.As(err, &s):
			excused = append(excused, err)
		default:
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 && len(excused) > 0 {
		return excused[0]
	}
	return errors.Join(failed...)
}

// offerCases are about answers with an offer.
func offerCases() []Case {
	return []Case{
		{"offer.served", guide + "Response: offer and message for an eligible customer",
			"a server that never has an offer proves nothing of the contract; give the key an active campaign for the US", served},
		{"offer.platform", guide + "Response: message.platform is the request's messagingPlatform",
			"integrators choose the Graph API's address by it", onEvery(func(c channel, a answer) error {
				return a.equal("message.platform", c.platform)
			})},
		{"offer.recipient", guide + "Response: the recipient is already in the payload",
			"the payload is sent as it is, so a wrong recipient gets somebody else's offer", onEvery(func(c channel, a answer) error {
				return a.equal(c.recipient, a.request()["recipient"])
			})},
		{"offer.link", guide + "Response: the button leads to offer.clickUrl",
			"another link would lose the attribution and escape the cap", onEvery(func(c channel, a answer) error {
				var errs []error
				for _, path := range c.links {
					errs = append(errs, a.equal(path, a.at("offer.clickUrl")))
				}
				return errors.Join(errs...)
			})},
		{"offer.messaging-type", spec + "offers/message: the card has no messaging_type",
			"integrators add nothing and remove nothing, so the Graph API would judge a type that nobody chose", onEvery(noMessagingType)},
		{"offer.request-id", guide + "Response: offer.requestId echoes the request's",
			"integrators join their A/B test by it", echoesRequestID},
		{"offer.request-id-made", guide + "Response: offer.requestId is made when the request has none",
			"an A/B test without a seed has none to join by", onEvery(func(_ channel, a answer) error {
				return a.isUUID("offer.requestId")
			})},
	}
}

// served wants offers, since most of the contract is about them.
func served(ctx context.Context, s *Suite) error {
	var errs []error
	for _, c := range channels() {
		a, err := s.sample(ctx, c.platform)
		if err == nil && a.at("offer") == nil {
			err = errors.New("got no offer for a customer in the US, want one; give the key an active campaign, or most of the contract is not judged")
		}
		errs = append(errs, within(c.platform, err))
	}
	return errors.Join(errs...)
}

func noMessagingType(c channel, a answer) error {
	payload, _ := a.at("message.payload").(object)
	if got, there := payload["messaging_type"]; there {
		return fmt.Errorf("message.payload.messaging_type: got %v, want none", got)
	}
	return nil
}

func echoesRequestID(ctx context.Context, s *Suite) error {
	r := s.fresh()
	r["requestId"] = uuid(s.unused())
	a, err := s.decided(ctx, r)
	if err != nil {
		return err
	}
	if a.at("offer") == nil {
		return noOffer("whatsapp")
	}
	return a.equal("offer.requestId", r["requestId"])
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isUUID wants a UUID at a path.
func (a answer) isUUID(path string) error {
	if text, _ := a.at(path).(string); !uuidPattern.MatchString(text) {
		return fmt.Errorf("%s: got %s, want a UUID", path, brief(encode(a.at(path))))
	}
	return nil
}

// noFillCases are about customers for whom there is nothing.
func noFillCases() []Case {
	return []Case{
		{"nofill.status", guide + "When there's no eligible offer: never a 404",
			"integrators take every status but 200 for a failure", func(ctx context.Context, s *Suite) error {
				_, err := s.nowhere(ctx)
				return err
			}},
		{"nofill.shape", guide + "When there's no eligible offer: success and impressionId, offer and message null",
			"null is what integrators test for; a key that is left out breaks typed clients", noFillShape},
		{"nofill.repeat", guide + "Retry guidance: a retry returns the same null result",
			"a retry that finds an offer after all would be sent after the reply", noFillRepeat},
	}
}

// nowhere asks for somebody in Antarctica, where campaigns hardly run.
func (s *Suite) nowhere(ctx context.Context) (answer, error) {
	r := s.fresh()
	put(r, "attributes.countryCode", "AQ")
	a, err := s.decided(ctx, r)
	if err == nil && a.at("offer") != nil {
		err = skip("this server has an offer for Antarctica too, so no-fill cannot be provoked from outside")
	}
	return a, err
}

func noFillShape(ctx context.Context, s *Suite) error {
	a, err := s.nowhere(ctx)
	if err != nil {
		return err
	}
	body, _ := a.tree.(object)
	var errs []error
	for _, name := range []string{"offer", "message"} {
		if value, there := body[name]; !there || value != nil {
			errs = append(errs, fmt.Errorf("%s: got %s (there: %t), want null", name, brief(encode(value)), there))
		}
	}
	return errors.Join(append(errs, a.equal("success", true), a.equal("impressionId", impressionID(a.request())))...)
}

// noFillRepeat repeats the request from a country that has offers.
func noFillRepeat(ctx context.Context, s *Suite) error {
	first, err := s.nowhere(ctx)
	if err != nil {
		return err
	}
	r := first.request()
	put(r, "attributes.countryCode", "US")
	return s.repeats(ctx, first, r)
}
