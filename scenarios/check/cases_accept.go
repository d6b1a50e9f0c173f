package check

import (
	"context"
	"encoding/hex"
)

// acceptance is a request that differs from the least one and must be decided.
type acceptance struct {
	name, promise, reason string
	change                func(*Suite, object)
}

// acceptCases are about what a request may carry.
func acceptCases() []Case {
	rows := append(acceptedFields(), acceptedAttributes()...)
	cases := make([]Case, len(rows))
	for i, row := range rows {
		cases[i] = Case{"accept." + row.name, guide + "Request: " + row.promise, row.reason,
			func(ctx context.Context, s *Suite) error {
				r := s.fresh()
				row.change(s, r)
				_, err := s.decided(ctx, r)
				return err
			}}
	}
	return cases
}

// with sets one field to a fixed value.
func with(path string, value any) func(*Suite, object) {
	return func(_ *Suite, r object) { put(r, path, value) }
}

func acceptedFields() []acceptance {
	return []acceptance{
		{"required-only", "attributes are optional", "an integrator that knows nothing of its customers still gets a decision",
			with("attributes", absent{})},
		{"everything", "every field of the table together", "fields must not exclude each other", everything},
		{"timestamp-seconds", "inboundTimestamp is in Unix seconds", "the latency metric comes from it",
			func(s *Suite, r object) { r["inboundTimestamp"] = s.seconds() }},
		{"timestamp-milliseconds", "inboundTimestamp in milliseconds does not fail the request", "Messenger and Instagram report milliseconds; the slip costs a metric and not the offer",
			func(s *Suite, r object) { r["inboundTimestamp"] = s.config.Now().UnixMilli() }},
		{"user-id", "userId is optional, any hash", "integrators choose the hash",
			func(s *Suite, r object) { sum := s.unused(); r["userId"] = hex.EncodeToString(sum[:]) }},
		{"request-id", "requestId is an optional UUID", "it seeds A/B tests",
			func(s *Suite, r object) { r["requestId"] = uuid(s.unused()) }},
		{"unknown-field", "the contract grows; a field it does not know is no malformed request", "an integrator built against a newer guide must not go dark",
			with("fieldOfTomorrow", object{"nested": []any{1, "two"}})},
		{"long-id", "inboundMessageId is the platform's, of no stated length", "wamids grow with their contents",
			func(s *Suite, r object) {
				sum := s.unused()
				r["inboundMessageId"] = "wamid." + hex.EncodeToString(append(make([]byte, 250), sum[:]...))
			}},
		{"chat-is-recipient", "chatId may be the sender's id", "the guide says so for Messenger and Instagram",
			func(_ *Suite, r object) { r["chatId"] = r["recipient"] }},
	}
}

func acceptedAttributes() []acceptance {
	return []acceptance{
		{"attributes-empty", "every attribute is optional", "a struct without values is encoded like this", with("attributes", object{})},
		{"country", "countryCode is an ISO 3166-1 alpha-2 code", "offers follow it", with("attributes.countryCode", "GB")},
		{"city", "city is an optional text", "it narrows the choice", with("attributes.city", "São Paulo")},
		{"region", "region is an optional text", "it narrows the choice", with("attributes.region", "SP")},
		{"language", "language is an optional tag", "the offer's words follow it", with("attributes.language", "en")},
		{"language-region", "language is an optional tag", "phones report the region too", with("attributes.language", "pt-BR")},
		{"platform-android", "platform is android, ios or web", "the offer has to run on the device", with("attributes.platform", "android")},
		{"platform-ios", "platform is android, ios or web", "the offer has to run on the device", with("attributes.platform", "ios")},
		{"platform-web", "platform is android, ios or web", "the offer has to run on the device", with("attributes.platform", "web")},
		{"gender-female", "gender is accepted and not used yet", "integrators may send it today", with("attributes.gender", "female")},
		{"gender-male", "gender is accepted and not used yet", "integrators may send it today", with("attributes.gender", "male")},
		{"gender-other", "gender is accepted and not used yet", "integrators may send it today", with("attributes.gender", "other")},
		{"custom", "custom maps texts to texts", "metadata is passed through", with("attributes.custom", object{"campaign": "spring", "tableSize": "4"})},
		{"custom-empty", "custom maps texts to texts", "a map without entries is encoded like this", with("attributes.custom", object{})},
		{"unknown-attribute", "the contract grows; a field it does not know is no malformed request", "an integrator built against a newer guide must not go dark",
			with("attributes.weather", "rain")},
	}
}

// everything fills in every field of the guide's table.
func everything(s *Suite, r object) {
	sum := s.unused()
	r["inboundTimestamp"] = s.seconds()
	r["userId"] = hex.EncodeToString(sum[:])
	r["requestId"] = uuid(s.unused())
	r["attributes"] = object{
		"countryCode": "US", "city": "Austin", "region": "TX", "language": "en-US", "platform": "ios", "gender": "other",
		"custom": object{"campaign": "spring"},
	}
}
