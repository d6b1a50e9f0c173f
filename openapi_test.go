package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// object is a decoded JSON object.
type object = map[string]any

// load reads the document and checks it together with its examples.
func load(tb testing.TB) *openapi3.T {
	tb.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(sandbox.OpenAPI())
	if err != nil {
		tb.Fatal(err)
	}
	if err := doc.Validate(tb.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation()); err != nil {
		tb.Fatal(err)
	}
	return doc
}

func decode(tb testing.TB, text string) object {
	tb.Helper()
	var out object
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		tb.Fatal(err)
	}
	return out
}

// example gives an example of the document as a client would decode it.
func example(tb testing.TB, doc *openapi3.T, name string) object {
	tb.Helper()
	text, err := json.Marshal(doc.Components.Examples[name].Value.Value)
	if err != nil {
		tb.Fatal(err)
	}
	return decode(tb, string(text))
}

// visit lists what is wrong with a value, a line "field keyword" for each
// problem. Inside a oneOf the innermost problem is the one that helps.
func visit(schema *openapi3.Schema, value any) (problems []string) {
	return leaves(schema.VisitJSON(value, openapi3.MultiErrors()))
}

func leaves(err error) (problems []string) {
	var multi openapi3.MultiError
	var one *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &one) && !isMulti(err):
		if one.SchemaField == "oneOf" {
			return leaves(one.Origin)
		}
		return []string{strings.Join(one.JSONPointer(), ".") + " " + one.SchemaField}
	case errors.As(err, &multi):
		for _, e := range multi {
			problems = append(problems, leaves(e)...)
		}
	default:
		problems = []string{err.Error()}
	}
	return problems
}

// isMulti tells whether several problems come before any single one.
func isMulti(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch err.(type) {
		case openapi3.MultiError:
			return true
		case *openapi3.SchemaError:
			return false
		}
	}
	return false
}

// with returns a copy of an object in which the value at a dotted path is
// another; gone removes it. Array elements are named by their index.
func with(tb testing.TB, from object, path string, value any) object {
	tb.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		tb.Fatal(err)
	}
	out := decode(tb, string(text))
	keys := strings.Split(path, ".")
	at := any(out)
	for _, key := range keys[:len(keys)-1] {
		if list, ok := at.([]any); ok {
			at = list[key[0]-'0']
			continue
		}
		at = at.(object)[key]
	}
	if value == gone {
		delete(at.(object), keys[len(keys)-1])
	} else {
		at.(object)[keys[len(keys)-1]] = value
	}
	return out
}

// gone stands for a field that is left out.
const gone = marker("gone")

type marker string

func TestOperations(t *testing.T) {
	t.Parallel()
	doc := load(t)
	got := map[string][]string{}
	for path, item := range doc.Paths.Map() {
		servers := doc.Servers
		if len(item.Servers) > 0 {
			servers = item.Servers
		}
		for method, op := range item.Operations() {
			for _, server := range servers {
				got[op.OperationID] = append(got[op.OperationID], method+" "+server.URL+path)
			}
			got[op.OperationID] = append(got[op.OperationID], slices.Sorted(maps.Keys(op.Responses.Map()))...)
		}
	}
	want := map[string][]string{
		"offersMessage": {
			"POST https://api.encorekit.com/encore/publisher/sdk/v1/offers/message",
			"POST https://api.encorekit.com/publisher/sdk/v1/offers/message",
			"200", "400", "401", "409", "429", "500", "503",
		},
		"impressionDelivered": {
			"POST https://api.encorekit.com/encore/publisher/sdk/v1/offers/impressions/{impression_uid}/delivered",
			"POST https://api.encorekit.com/publisher/sdk/v1/offers/impressions/{impression_uid}/delivered",
			"202", "400", "401", "500",
		},
		"click": {
			"GET https://api.encorekit.com/encore/click/{token}",
			"GET https://api.encorekit.com/click/{token}",
			"302", "404",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestEveryOperationIsDocumented(t *testing.T) {
	t.Parallel()
	for path, item := range load(t).Paths.Map() {
		for method, op := range item.Operations() {
			name := method + " " + path
			if op.OperationID == "" || op.Summary == "" || op.Description == "" {
				t.Errorf("%s: operationId, summary and description must be set", name)
			}
			for _, p := range op.Parameters {
				if p.Value.Description == "" || p.Value.Example == nil {
					t.Errorf("%s: parameter %s lacks description or example", name, p.Value.Name)
				}
			}
			if body := op.RequestBody; body != nil {
				checkContent(t, name+" request", body.Value.Description, body.Value.Content)
			}
			for status, response := range op.Responses.Map() {
				checkResponse(t, name+" "+status, response.Value)
			}
		}
	}
}

// checkResponse wants a body with examples, or for an answer without a body a
// header with one.
func checkResponse(t *testing.T, name string, response *openapi3.Response) {
	t.Helper()
	if len(response.Content) > 0 {
		checkContent(t, name, *response.Description, response.Content)
		return
	}
	if len(response.Headers) == 0 {
		t.Errorf("%s: neither a body nor a header", name)
	}
	for header, h := range response.Headers {
		if h.Value.Description == "" || h.Value.Example == nil {
			t.Errorf("%s: header %s lacks description or example", name, header)
		}
	}
}

func checkContent(t *testing.T, name, description string, content openapi3.Content) {
	t.Helper()
	media := content.Get("application/json")
	if media == nil || description == "" || len(media.Examples) == 0 {
		t.Errorf("%s: description and JSON examples must be set", name)
		return
	}
	for example, e := range media.Examples {
		if e.Value.Summary == "" {
			t.Errorf("%s: example %s lacks a summary", name, example)
		}
	}
}

func TestEverySchemaIsDescribed(t *testing.T) {
	t.Parallel()
	count := 0
	for name, schema := range load(t).Components.Schemas {
		count += described(t, name, schema.Value)
	}
	if count < 80 {
		t.Errorf("only %d schemas were visited, the walk misses some", count)
	}
}

func described(t *testing.T, name string, schema *openapi3.Schema) int {
	t.Helper()
	if schema.Description == "" {
		t.Errorf("%s has no description", name)
	}
	if schema.ReadOnly || schema.WriteOnly || schema.Default != nil {
		t.Errorf("%s depends on the direction, so every validation would pay for VisitAsRequest or VisitAsResponse", name)
	}
	count := 1
	for property, ref := range schema.Properties {
		count += described(t, name+"."+property, ref.Value)
	}
	for _, name := range schema.Required {
		if schema.Properties[name] == nil {
			t.Errorf("%s is required and not a property", name)
		}
	}
	if schema.Items != nil {
		count += described(t, name+"[]", schema.Items.Value)
	}
	if extra := schema.AdditionalProperties.Schema; extra != nil {
		count += described(t, name+".*", extra.Value)
	}
	return count
}

// The samples of the Encore integration guide, byte for byte but for white space.
const (
	guideRequest = `{"clientId": "client-42", "clientName": "Tony's Pizza", "messagingPlatform": "whatsapp",
		"recipient": "15014005001", "inboundMessageId": "wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
		"chatId": "8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d",
		"attributes": {"countryCode": "US", "language": "en", "platform": "ios"}}`
	guideNewChat = `{"clientId": "client-42", "clientName": "Tony's Pizza", "messagingPlatform": "whatsapp",
		"recipient": "14155551234", "inboundMessageId": "wamid.HBgLMTQxNTU1NTEyMzQVAgARGBI5RDcwQ0E5RkM3REIwQTcyAA==",
		"chatId": "8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d", "attributes": {"countryCode": "US", "platform": "ios"}}`
	guideAnswer = `{"success": true, "impressionId": "d260ce6212a72ca30959e1faf00cc17e5cd4adf425c817111f0f97d8bbe52670",
		"offer": {"id": "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871", "campaignId": "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871",
			"creativeId": "f7a1be25-2a31-4adf-b0e6-19a3c91a0e10",
			"clickUrl": "https://api.encorekit.com/encore/click/eyJhcHBJZCI6Ii4uLiJ9.abc123def456...",
			"requestId": "11111111-1111-4111-8111-111111111111"},
		"message": {"platform": "whatsapp", "payload": {"messaging_product": "whatsapp", "recipient_type": "individual",
			"to": "15014005001", "type": "interactive", "interactive": {"type": "cta_url",
			"header": {"type": "image", "image": {"link": "https://storage.googleapis.com/encore-assets-prod/creatives/2c643fc5-91cb-4b0a-ba0a-0536c2c4f871/primary-1778695603093.png"}},
			"body": {"text": "Free Apple Music for 6 months — claim before midnight"},
			"action": {"name": "cta_url", "parameters": {"display_text": "Claim",
				"url": "https://api.encorekit.com/encore/click/eyJhcHBJZCI6Ii4uLiJ9.abc123def456..."}}}}}}`
	guideNoFill = `{"success": true, "impressionId": "d260ce6212a72ca30959e1faf00cc17e5cd4adf425c817111f0f97d8bbe52670",
		"offer": null, "message": null}`
)

func TestGuideSamples(t *testing.T) {
	t.Parallel()
	doc := load(t)
	cases := []struct{ name, schema, example, sample string }{
		{"curl command", "OfferRequest", "RequestWhatsApp", guideRequest},
		{"end-to-end example", "OfferRequest", "RequestWhatsAppNewChat", guideNewChat},
		{"answer with an offer", "OfferResponse", "ResponseWhatsApp", guideAnswer},
		{"answer without an offer", "OfferResponse", "ResponseNoFill", guideNoFill},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sample := decode(t, c.sample)
			if problems := visit(doc.Components.Schemas[c.schema].Value, sample); problems != nil {
				t.Errorf("the guide's sample is refused: %q", problems)
			}
			if diff := cmp.Diff(sample, example(t, doc, c.example)); diff != "" {
				t.Errorf("the document's example differs (-guide +document):\n%s", diff)
			}
		})
	}
}

// TestExamplesAgree holds in the examples what the schema cannot say.
func TestExamplesAgree(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for request, response := range map[string]string{
		"RequestWhatsApp": "ResponseWhatsApp", "RequestMessenger": "ResponseMessenger", "RequestInstagram": "ResponseInstagram",
	} {
		t.Run(request, func(t *testing.T) {
			asked, got := example(t, doc, request), example(t, doc, response)
			offer, message := got["offer"].(object), got["message"].(object)
			to, links := target(message["payload"].(object))
			type facts struct{ Campaign, Platform, To, Impression any }
			want := facts{offer["id"], asked["messagingPlatform"], asked["recipient"], impression(asked)}
			if request == "RequestWhatsApp" {
				want.Impression = got["impressionId"] // the guide's own is not the hash
			}
			if diff := cmp.Diff(want, facts{offer["campaignId"], message["platform"], to, got["impressionId"]}); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			for _, link := range links {
				if link != offer["clickUrl"] {
					t.Errorf("a tap leads to %v, want clickUrl %v", link, offer["clickUrl"])
				}
			}
			if id := asked["requestId"]; id != nil && id != offer["requestId"] {
				t.Errorf("requestId %v, want the request's %v", offer["requestId"], id)
			}
		})
	}
}

// target reads the recipient and the links of a payload, of either shape.
func target(payload object) (to any, links []any) {
	if payload["to"] != nil {
		action := payload["interactive"].(object)["action"].(object)
		return payload["to"], []any{action["parameters"].(object)["url"]}
	}
	template := payload["message"].(object)["attachment"].(object)["payload"].(object)
	card := template["elements"].([]any)[0].(object)
	button := card["buttons"].([]any)[0].(object)
	return payload["recipient"].(object)["id"], []any{card["default_action"].(object)["url"], button["url"]}
}

func impression(request object) string {
	sum := sha256.Sum256([]byte(request["clientId"].(string) + ":" + request["inboundMessageId"].(string)))
	return hex.EncodeToString(sum[:])
}

// change is one edit of a valid example, and what the schema makes of it.
type change struct {
	name, why string
	path      string
	value     any
	want      string // "field keyword", empty when the edit is allowed
}

func requestChanges() []change {
	long := strings.Repeat("x", 5000)
	return []change{
		{"no clientId", "required, and half of the deduplication key", "clientId", gone, "clientId required"},
		{"no clientName", "required", "clientName", gone, "clientName required"},
		{"no messagingPlatform", "required", "messagingPlatform", gone, "messagingPlatform required"},
		{"no recipient", "required", "recipient", gone, "recipient required"},
		{"no inboundMessageId", "required", "inboundMessageId", gone, "inboundMessageId required"},
		{"no chatId", "required", "chatId", gone, "chatId required"},
		{"empty clientId", "a blank key half would merge operators", "clientId", "", "clientId minLength"},
		{"empty clientName", "it is shown to the customer", "clientName", "", "clientName minLength"},
		{"empty recipient", "nobody could be written to", "recipient", "", "recipient minLength"},
		{"empty inboundMessageId", "a blank key half would merge messages", "inboundMessageId", "", "inboundMessageId minLength"},
		{"empty chatId", "it is the thread", "chatId", "", "chatId minLength"},
		{"null clientId", "null is not a string", "clientId", nil, "clientId nullable"},
		{"numeric recipient", "a PSID does not fit every number type, so it is text", "recipient", 15014005001.0, "recipient type"},
		{"messenger", "Messenger is called facebook", "messagingPlatform", "messenger", "messagingPlatform enum"},
		{"WhatsApp in capitals", "the value is exact", "messagingPlatform", "WhatsApp", "messagingPlatform enum"},
		{"timestamp as text", "WhatsApp's webhook has a string here", "inboundTimestamp", "1778695603", "inboundTimestamp type"},
		{"fraction of a second", "floor after dividing", "inboundTimestamp", 1778695603.5, "inboundTimestamp type"},
		{"timestamp out of range", "no clock says so", "inboundTimestamp", 1e300, "inboundTimestamp format"},
		{"null timestamp", "it is left out, not null", "inboundTimestamp", nil, "inboundTimestamp nullable"},
		{"requestId is a word", "a UUID", "requestId", "test", "requestId pattern"},
		{"requestId without dashes", "a UUID", "requestId", "2f6f0e5a7c1d4a578f0b6d2f1c9b7a34", "requestId pattern"},
		{"requestId with a tail", "the pattern is anchored", "requestId", "2f6f0e5a-7c1d-4a57-8f0b-6d2f1c9b7a34x", "requestId pattern"},
		{"attributes as list", "an object", "attributes", []any{}, "attributes type"},
		{"country in small letters", "the documented form is capitals", "attributes.countryCode", "us", "attributes.countryCode pattern"},
		{"country of three letters", "alpha-2", "attributes.countryCode", "USA", "attributes.countryCode pattern"},
		{"unknown device", "an enumeration", "attributes.platform", "windows", "attributes.platform enum"},
		{"unknown gender", "an enumeration, though without effect", "attributes.gender", "unknown", "attributes.gender enum"},
		{"number as custom value", "string to string", "attributes.custom.tableSize", 4.0, "attributes.custom.tableSize type"},
		{"nested custom value", "string to string", "attributes.custom.campaign", object{}, "attributes.custom.campaign type"},

		{"milliseconds", "they spoil a figure and never fail", "inboundTimestamp", 1778695603093.0, ""},
		{"unknown field", "ignored", "sdkVersion", "1.4.55", ""},
		{"unknown attribute", "ignored", "attributes.email", nil, ""},
		{"requestId in capitals", "hex has no case", "requestId", "2F6F0E5A-7C1D-4A57-8F0B-6D2F1C9B7A34", ""},
		{"no attributes", "optional as a whole", "attributes", gone, ""},
		{"empty attributes", "every member is optional", "attributes", object{}, ""},
		{"empty custom", "a map may be empty", "attributes.custom", object{}, ""},
		{"number with a plus", "WhatsApp's digits are advice for the journal's remarks", "recipient", "+15014005001", ""},
		{"long message id", "no length is documented", "inboundMessageId", long, ""},
		{"empty city", "no length is documented", "attributes.city", "", ""},
		{"any language tag", "a hint, so not parsed", "attributes.language", "x-klingon", ""},
	}
}

func whatsAppChanges() []change {
	const payload = "message.payload"
	const parts = payload + ".interactive"
	const button = parts + ".action.parameters"
	return []change{
		{"failure with 200", "a 200 is always a success", "success", false, "success enum"},
		{"no impressionId", "it comes with every 200", "impressionId", gone, "impressionId required"},
		{"impressionId in capitals", "lower hex", "impressionId", strings.Repeat("AB", 32), "impressionId pattern"},
		{"impressionId as UUID", "that is a later generation", "impressionId", "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871", "impressionId pattern"},
		{"offer left out", "null is said, not omitted", "offer", gone, "offer required"},
		{"message left out", "null is said, not omitted", "message", gone, "message required"},
		{"no campaignId", "required", "offer.campaignId", gone, "offer.campaignId required"},
		{"no clickUrl", "required", "offer.clickUrl", gone, "offer.clickUrl required"},
		{"relative clickUrl", "a browser opens it from a chat", "offer.clickUrl", "/encore/click/x", "offer.clickUrl pattern"},
		{"creativeId is a word", "a UUID", "offer.creativeId", "spring", "offer.creativeId pattern"},
		{"null requestId", "echoed or made, never null", "offer.requestId", nil, "offer.requestId nullable"},
		{"unknown platform", "one of three", "message.platform", "sms", "message discriminator"},
		{"no platform", "it says where the payload may go", "message.platform", gone, "message discriminator"},
		{"WhatsApp payload for Messenger", "platform and payload go together", "message.platform", "facebook", payload + ".recipient required, " + payload + ".message required"},
		{"no payload", "it is what gets sent", payload, gone, payload + " required"},
		{"no recipient", "the payload is sent as it is", payload + ".to", gone, payload + ".to required"},
		{"template", "the message is interactive", payload + ".type", "template", payload + ".type enum"},
		{"to a group", "offers go to one person", payload + ".recipient_type", "group", payload + ".recipient_type enum"},
		{"no header", "Encore always sends the picture", parts + ".header", gone, parts + ".header required"},
		{"picture by id", "Encore sends a link", parts + ".header.image", object{"id": "1"}, parts + ".header.image.link required"},
		{"empty text", "Meta refuses it", parts + ".body.text", "", parts + ".body.text minLength"},
		{"text too long", "Meta's limit is 1024", parts + ".body.text", strings.Repeat("é", 1025), parts + ".body.text maxLength"},
		{"footer too long", "Meta's limit is 60", parts + ".footer", object{"text": strings.Repeat("é", 61)}, parts + ".footer.text maxLength"},
		{"label too long", "Meta's limit is 20", button + ".display_text", strings.Repeat("é", 21), button + ".display_text maxLength"},
		{"no button target", "it is the offer", button + ".url", gone, button + ".url required"},

		{"longest text", "characters count, not bytes", parts + ".body.text", strings.Repeat("é", 1024), ""},
		{"longest footer", "characters count, not bytes", parts + ".footer", object{"text": strings.Repeat("é", 60)}, ""},
		{"longest label", "characters count, not bytes", button + ".display_text", strings.Repeat("é", 20), ""},
		{"new field in the answer", "clients must not mind", "isDemo", true, ""},
		{"click host of one's own", "a sandbox may serve its links itself", "offer.clickUrl", "http://localhost:8080/encore/click/x", ""},
		{"offer without message", "the schema cannot say it, its description does", "message", nil, ""},
	}
}

func cardChanges() []change {
	const attachment = "message.payload.message.attachment"
	const card = attachment + ".payload.elements.0"
	one := object{"type": "web_url", "url": "https://api.encorekit.com/encore/click/x", "title": "Claim"}
	return []change{
		{"Instagram", "the same shape serves both", "message.platform", "instagram", ""},
		{"text message", "a card, not a text", "message.payload", object{"recipient": object{}}, "message.payload.recipient.id required, message.payload.message required"},
		{"recipient by number", "PSID or IGSID", "message.payload.recipient", object{"phone_number": "1"}, "message.payload.recipient.id required"},
		{"picture as attachment", "a template", attachment + ".type", "image", attachment + ".type enum"},
		{"button template", "a generic template", attachment + ".payload.template_type", "button", attachment + ".payload.template_type enum"},
		{"no card", "exactly one", attachment + ".payload.elements", []any{}, attachment + ".payload.elements minItems"},
		{"no title", "required", card + ".title", gone, card + ".title required"},
		{"no picture", "required", card + ".image_url", gone, card + ".image_url required"},
		{"no default action", "a tap on the card leads to the offer too", card + ".default_action", gone, card + ".default_action required"},
		{"title too long", "Meta's limit is 80", card + ".title", strings.Repeat("é", 81), card + ".title maxLength"},
		{"subtitle too long", "Meta's limit is 80", card + ".subtitle", strings.Repeat("é", 81), card + ".subtitle maxLength"},
		{"no button", "exactly one", card + ".buttons", []any{}, card + ".buttons minItems"},
		{"two buttons", "exactly one", card + ".buttons", []any{one, one}, card + ".buttons maxItems"},
		{"postback button", "it opens a page", card + ".buttons.0.type", "postback", card + ".buttons.0.type enum"},
		{"label too long", "Meta's limit is 20", card + ".buttons.0.title", strings.Repeat("é", 21), card + ".buttons.0.title maxLength"},
		{"longest title", "characters count, not bytes", card + ".title", strings.Repeat("é", 80), ""},
		{"subtitle", "optional", card + ".subtitle", "For every level", ""},
	}
}

func reportChanges() []change {
	return []change{
		{"not delivered", "required", "deliveredTimestamp", gone, "deliveredTimestamp required"},
		{"zero", "a status has a time", "deliveredTimestamp", 0.0, "deliveredTimestamp minimum"},
		{"as text", "the webhook's string is to be parsed", "deliveredTimestamp", "1778695611", "deliveredTimestamp type"},
		{"read before time", "a status has a time", "readTimestamp", -1.0, "readTimestamp minimum"},
		{"not read", "optional", "readTimestamp", gone, ""},
		{"milliseconds", "accepted, as with inboundTimestamp", "deliveredTimestamp", 1778695611093.0, ""},
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	doc := load(t)
	report := object{"deliveredTimestamp": 1778695611.0, "readTimestamp": 1778695640.0}
	tables := []struct {
		name, schema string
		from         object
		changes      []change
	}{
		{"request", "OfferRequest", example(t, doc, "RequestInstagram"), requestChanges()},
		{"WhatsApp answer", "OfferResponse", example(t, doc, "ResponseWhatsApp"), whatsAppChanges()},
		{"card answer", "OfferResponse", example(t, doc, "ResponseMessenger"), cardChanges()},
		{"delivery report", "DeliveryReport", report, reportChanges()},
	}
	for _, table := range tables {
		schema := doc.Components.Schemas[table.schema].Value
		for _, c := range table.changes {
			t.Run(table.name+"/"+c.name, func(t *testing.T) {
				got := strings.Join(visit(schema, with(t, table.from, c.path, c.value)), ", ")
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.why, diff)
				}
			})
		}
	}
}

func TestPathParameters(t *testing.T) {
	t.Parallel()
	doc := load(t)
	id := strings.Repeat("0a", 32)
	cases := []struct{ name, why, path, value, want string }{
		{"impression", "64 characters of lower hex", "/offers/impressions/{impression_uid}/delivered", id, ""},
		{"short impression", "63 characters", "/offers/impressions/{impression_uid}/delivered", id[1:], "pattern"},
		{"impression in capitals", "lower hex", "/offers/impressions/{impression_uid}/delivered", strings.ToUpper(id), "pattern"},
		{"impression as UUID", "that is a later generation", "/offers/impressions/{impression_uid}/delivered", "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871", "pattern"},
		{"token", "opaque", "/click/{token}", "eyJhcHBJZCI6Ii4uLiJ9.abc123def456...", ""},
		{"empty token", "nothing to follow", "/click/{token}", "", "minLength"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, op := range doc.Paths.Value(c.path).Operations() {
				got := strings.TrimSpace(strings.Join(visit(op.Parameters[0].Value.Schema.Value, c.value), ", "))
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.why, diff)
				}
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	doc := load(t)
	type facts struct {
		Name, In, Type string
		Open           []string
	}
	scheme := doc.Components.SecuritySchemes["publishableKey"].Value
	got := facts{Name: scheme.Name, In: scheme.In, Type: scheme.Type}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.Security != nil && len(*op.Security) == 0 {
				got.Open = append(got.Open, op.OperationID)
			}
		}
	}
	want := facts{Name: "X-API-Key", In: "header", Type: "apiKey", Open: []string{"click"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	if want := (openapi3.SecurityRequirements{{"publishableKey": []string{}}}); !cmp.Equal(want, doc.Security) {
		t.Errorf("security of the other operations is %v, want %v", doc.Security, want)
	}
}

func TestOpenAPIIsACopy(t *testing.T) {
	t.Parallel()
	first := sandbox.OpenAPI()
	clear(first)
	if second := sandbox.OpenAPI(); second[0] == 0 {
		t.Error("a caller's change reached the embedded document")
	}
}

// BenchmarkContract measures what one call pays for validation, in both
// versions of OpenAPI; the comment at the top of openapi.yaml quotes it.
func BenchmarkContract(b *testing.B) {
	text := string(sandbox.OpenAPI())
	newer := strings.NewReplacer("openapi: 3.0.3", "openapi: 3.1.0",
		"type: object\n      nullable: true\n", "type: [object, 'null']\n").Replace(text)
	runs := []struct {
		name, text string
		options    []openapi3.SchemaValidationOption
	}{
		{"3.0.3", text, nil},
		{"3.0.3 with direction", text, []openapi3.SchemaValidationOption{openapi3.VisitAsResponse()}},
		{"3.1.0", newer, nil},
		{"3.1.0 with JSON Schema 2020", newer, []openapi3.SchemaValidationOption{openapi3.EnableJSONSchema2020()}},
	}
	for _, run := range runs {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(run.text))
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range [][2]string{
			{"OfferRequest", "RequestWhatsApp"}, {"OfferResponse", "ResponseWhatsApp"}, {"OfferResponse", "ResponseNoFill"},
		} {
			schema, value := doc.Components.Schemas[c[0]].Value, example(b, doc, c[1])
			b.Run(run.name+"/"+c[1], func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := schema.VisitJSON(value, run.options...); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
