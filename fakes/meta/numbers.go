package meta

import (
	"maps"
	"regexp"
	"slices"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// numberState is what calls have changed about a business number. The zero
// value is a number as it is configured: registered, without a PIN.
type numberState struct {
	Deregistered  bool           `json:"deregistered"`
	PIN           string         `json:"pin"`
	CodeRequested bool           `json:"codeRequested"`
	Profile       map[string]any `json:"profile"`
	Blocked       []string       `json:"blocked,omitempty"` // wa_ids of customers
}

const kindNumber = "meta.number" // numberState by phone_number_id

// VerificationCode is the code that every number is verified with once it was
// requested; the sandbox sends no text message.
const VerificationCode = "123456"

func readsNumber(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{{Kind: kindNumber, ID: c.Params["object"]}}}
}

// numberHandler is a handler of a call on a business number that exists. What
// it leaves in the state is kept unless it fails.
type numberHandler func(f *fake, c *sim.Call, a Account, s *numberState) (sim.Answer, error)

// onNumber makes an operation of such a handler.
func (f *fake) onNumber(handle numberHandler) sim.Operation {
	return sim.Operation{Describe: describeObject, Reads: readsNumber, Handle: func(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
		id := c.Params["object"]
		a, known := f.number(id)
		if !known {
			return fail(c, unknownObject(c, id))
		}
		state, _ := sim.Get[numberState](tx, kindNumber, id)
		answer, err := handle(f, c, a, &state)
		if err == nil && c.Method != "GET" {
			tx.Put(kindNumber, id, state)
		}
		return answer, err
	}}
}

func describeObject(c *sim.Call) sim.Description {
	value, _ := token(c)
	return sim.Description{Key: value}
}

// node is a business number as the API shows it.
func (a Account) node(s numberState) map[string]any {
	status := "CONNECTED"
	if s.Deregistered {
		status = "DISCONNECTED"
	}
	return map[string]any{
		"id": a.PhoneNumberID, "display_phone_number": "+" + a.Display, "verified_name": a.Name, "quality_rating": "GREEN",
		"code_verification_status": "VERIFIED", "platform_type": "CLOUD_API", "name_status": "APPROVED", "status": status,
		"throughput": map[string]any{"level": "STANDARD"}, "messaging_limit_tier": "TIER_1K", "account_mode": "LIVE",
		"is_official_business_account": false, "is_pin_enabled": s.PIN != "", "is_on_biz_app": false,
		"health_status": a.health(), "webhook_configuration": map[string]any{}, "last_onboarded_time": "2025-01-01T00:00:00+0000",
	}
}

// health says that a number may send, and whose state that depends on (WhatsApp
// Business Management API, messaging health status).
func (a Account) health() map[string]any {
	entities := []any{}
	for _, e := range [][2]string{{"PHONE_NUMBER", a.PhoneNumberID}, {"WABA", a.WABA}, {"APP", appID}} {
		entities = append(entities, map[string]any{"entity_type": e[0], "id": e[1], "can_send_message": "AVAILABLE"})
	}
	return map[string]any{"can_send_message": "AVAILABLE", "entities": entities}
}

// shortNode are the members that are answered when no fields are asked for
// (Meta's OpenAPI document, GET /{Phone-Number-ID}).
var shortNode = []string{"id", "display_phone_number", "verified_name", "quality_rating", "throughput"}

func short(node map[string]any) map[string]any {
	out := maps.Clone(node)
	maps.DeleteFunc(out, func(name string, _ any) bool { return !slices.Contains(shortNode, name) })
	return out
}

// getNumber is GET /{phone_number_id}.
func getNumber(f *fake, c *sim.Call, a Account, s *numberState) (sim.Answer, error) {
	node := a.node(*s)
	if c.URL.Query().Get("fields") == "" {
		return answered(c, short(node))
	}
	return f.fields(c, node, "WhatsAppBusinessPhoneNumber")
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// register is POST /{phone_number_id}/register: its PIN becomes the number's,
// or has to be it once there is one.
func register(_ *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	r, o := &reader{}, object{fields: c.Object()}
	r.word(o, "messaging_product", "whatsapp")
	pin := r.text(o, "pin", 0)
	if pin != "" && !sixDigits.MatchString(pin) {
		r.fail(InvalidParameter("pin", "must be six digits"))
	}
	if s.PIN != "" && pin != s.PIN {
		r.fail(NewError(133005, ""))
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	s.PIN, s.Deregistered = pin, false
	return success(c)
}

// setPIN is POST /{phone_number_id}: two-step verification.
func setPIN(_ *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	r, o := &reader{}, object{fields: c.Object()}
	pin := r.text(o, "pin", 0)
	if pin != "" && !sixDigits.MatchString(pin) {
		r.fail(InvalidParameter("pin", "must be six digits"))
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	s.PIN = pin
	return success(c)
}

// deregister is POST /{phone_number_id}/deregister; sends are refused with
// 133010 from then on.
func deregister(_ *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	if s.Deregistered {
		return fail(c, NewError(133010, ""))
	}
	s.Deregistered = true
	return success(c)
}

// requestCode is POST /{phone_number_id}/request_code.
func requestCode(_ *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	r, o := &reader{}, object{fields: c.Object()}
	r.word(o, "code_method", "SMS", "VOICE")
	r.text(o, "language", 0)
	if r.problem != nil {
		return fail(c, r.problem)
	}
	s.CodeRequested = true
	return success(c)
}

// verifyCode is POST /{phone_number_id}/verify_code; VerificationCode is right.
func verifyCode(_ *fake, c *sim.Call, a Account, s *numberState) (sim.Answer, error) {
	r, o := &reader{}, object{fields: c.Object()}
	code := r.text(o, "code", 0)
	switch {
	case r.problem != nil:
	case !s.CodeRequested:
		r.fail(NewError(133006, "No code was requested; call request_code first"))
	case code != VerificationCode:
		r.fail(NewError(100, "Parameter 'code' is wrong or has expired; the sandbox's code is "+VerificationCode))
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	s.CodeRequested = false
	return answered(c, map[string]any{"success": true, "id": a.PhoneNumberID})
}

// profileFields are the members of a business profile with their longest
// length in characters (WhatsApp Cloud API, business profiles); 0 is no limit.
var profileFields = []struct {
	name  string
	limit int
}{
	{"about", 139}, {"address", 256}, {"description", 512}, {"email", 128}, {"vertical", 0}, {"profile_picture_handle", 0},
}

// maxWebsites is how many addresses a profile shows.
const maxWebsites = 2

// getProfile is GET /{phone_number_id}/whatsapp_business_profile.
func getProfile(f *fake, c *sim.Call, a Account, s *numberState) (sim.Answer, error) {
	node := map[string]any{
		"messaging_product": "whatsapp", "about": "Played by Encore Sandbox.", "address": "", "description": a.Name, "email": "",
		"vertical": "OTHER", "websites": []any{}, "profile_picture_url": "",
	}
	maps.Copy(node, s.Profile)
	delete(node, "profile_picture_handle")
	if asked := c.URL.Query().Get("fields"); asked != "" {
		narrowed, problem := selected(node, asked, "WhatsAppBusinessProfile")
		if problem != nil {
			return fail(c, problem)
		}
		narrowed["messaging_product"] = "whatsapp"
		delete(narrowed, "id")
		node = narrowed
	}
	return answered(c, map[string]any{"data": []any{node}})
}

// setProfile is POST /{phone_number_id}/whatsapp_business_profile. Members that
// are not sent stay.
func setProfile(_ *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	r, o := &reader{}, object{fields: c.Object()}
	r.word(o, "messaging_product", "whatsapp")
	profile := maps.Clone(s.Profile)
	if profile == nil {
		profile = map[string]any{}
	}
	for _, field := range profileFields {
		if o.has(field.name) {
			profile[field.name] = r.optional(o, field.name, field.limit)
		}
	}
	if o.has("websites") {
		list, isList := o.fields["websites"].([]any)
		if !isList || len(list) > maxWebsites {
			r.fail(InvalidParameter("websites", "must be an array of at most two addresses"))
		}
		profile["websites"] = list
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	s.Profile = profile
	return success(c)
}
