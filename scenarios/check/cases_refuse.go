package check

import (
	"context"
	"net/http"
)

// refusal is a request with one fault, which must be a 400.
type refusal struct {
	name   string // of the fault: "missing"
	path   string // of the field
	value  any
	clause string
	reason string
}

// refuseCases are about requests that do not fit the contract, field by field.
func refuseCases() []Case {
	rows := append(refusedRequired(), refusedOptional()...)
	cases := make([]Case, len(rows))
	for i, row := range rows {
		cases[i] = Case{"refuse." + row.path + "." + row.name, row.clause, row.reason,
			func(ctx context.Context, s *Suite) error {
				r := s.fresh()
				put(r, row.path, row.value)
				a, err := s.ask(ctx, r)
				if err != nil {
					return err
				}
				return within(row.path+" "+row.name, a.is(http.StatusBadRequest))
			}}
	}
	return cases
}

// refusedRequired spoils each required field in the same ways.
func refusedRequired() (rows []refusal) {
	spoils := []struct {
		name    string
		value   any
		promise string
	}{
		{"missing", absent{}, guide + "Status codes: 400 when a required field is missing"},
		{"empty", "", spec + "offers/message: required texts have at least one character"},
		{"null", nil, guide + "Request: the field is a text and required"},
		{"number", 42, guide + "Request: the field is a text"},
		{"object", object{}, guide + "Request: the field is a text"},
	}
	for _, field := range required {
		for _, spoil := range spoils {
			rows = append(rows, refusal{spoil.name, field.field, spoil.value, spoil.promise, field.reason})
		}
	}
	return rows
}

func refusedOptional() []refusal {
	const (
		platform = guide + "Request: messagingPlatform is whatsapp, instagram or facebook"
		device   = guide + "Request: attributes.platform is android, ios or web"
		country  = spec + "offers/message: countryCode is two capital letters"
		text     = guide + "Request: the field is a text"
		uuidForm = guide + "Request: requestId is a UUID"
		seconds  = guide + "Request: inboundTimestamp is an integer"
		custom   = guide + "Request: attributes.custom maps texts to texts"
	)
	return []refusal{
		{"unknown", "messagingPlatform", "telegram", platform, "no payload can be composed for it"},
		{"messenger", "messagingPlatform", "messenger", platform, "Messenger is called facebook; the slip must show in the first test"},
		{"capitals", "messagingPlatform", "WhatsApp", platform, "what is repeated in message.platform has one spelling"},
		{"no-uuid", "requestId", "request-1", uuidForm, "it comes back as offer.requestId, which is a UUID"},
		{"number", "requestId", 42, uuidForm, "it comes back as offer.requestId, which is a UUID"},
		{"text", "inboundTimestamp", "1778695603", seconds, "WhatsApp's webhook has it as a text; the slip must show in the first test"},
		{"fraction", "inboundTimestamp", 1778695603.5, seconds, "milliseconds divided and not rounded down look like this"},
		{"number", "userId", 42, text, "a hash is a text"},
		{"text", "attributes", "US", guide + "Request: attributes is an object", "a country in the place of the attributes would be lost"},
		{"array", "attributes", []any{}, guide + "Request: attributes is an object", "what is empty in PHP is encoded like this; the slip must show"},
		{"lower-case", "attributes.countryCode", "us", country, "it would match no campaign, and nobody would know why"},
		{"three-letters", "attributes.countryCode", "USA", country, "it would match no campaign, and nobody would know why"},
		{"number", "attributes.countryCode", 1, country, "a calling code is no country"},
		{"number", "attributes.city", 42, text, "it would match no campaign, and nobody would know why"},
		{"number", "attributes.region", 42, text, "it would match no campaign, and nobody would know why"},
		{"number", "attributes.language", 42, text, "no words can follow it"},
		{"unknown", "attributes.platform", "windows", device, "it would match no creative, and nobody would know why"},
		{"capitals", "attributes.platform", "iOS", device, "it would match no creative, and nobody would know why"},
		{"unknown", "attributes.gender", "unknown", guide + "Request: attributes.gender is male, female or other", "values outside the list would come to matter later"},
		{"array", "attributes.custom", []any{"a"}, custom, "without names nothing can be passed through"},
		{"number-inside", "attributes.custom", object{"tableSize": 4}, custom, "what is passed through as a text must come as one"},
	}
}
