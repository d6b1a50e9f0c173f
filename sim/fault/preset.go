package fault

import "slices"

// Preset is a fault that has a name, for Fault.Preset.
type Preset struct {
	Name  string `json:"name"`
	About string `json:"about"` // one sentence
	Fault Fault  `json:"fault"`
}

// presets are ordered as the manual prints them: what Encore does, then what
// the message providers do. The statuses are those of the Encore integration
// guide, Status codes.
var presets = []Preset{
	offerPreset("encore-503-twice", "Encore is over capacity twice, then well: a retry with backoff gets the offer",
		Fault{Effect: Effect{Status: 503}, Times: 2}),
	offerPreset("encore-429-then-ok", "Encore limits the rate once, then answers: one retry is enough",
		Fault{Sequence: Sequence{{Status: 429}, {}}}),
	offerPreset("encore-down", "Encore is over capacity for good: after the last retry the reply goes out alone",
		Fault{Effect: Effect{Status: 503}}),
	offerPreset("encore-error", "Encore fails with 500: no retry, the reply goes out alone",
		Fault{Effect: Effect{Status: 500}}),
	offerPreset("encore-gateway", "A gateway before Encore answers 502 with a page of HTML, which is no JSON",
		Fault{Effect: Effect{Status: 502, HTML: true}}),
	offerPreset("encore-trial-limit", "The operator is past its trial limit: 409, no retry",
		Fault{Effect: Effect{Status: 409}}),
	offerPreset("encore-bad-key", "Encore refuses a key that looked right: 401, no retry",
		Fault{Effect: Effect{Status: 401}}),
	offerPreset("encore-refuses", "Encore calls the request malformed: 400, no retry",
		Fault{Effect: Effect{Status: 400}}),
	offerPreset("encore-never-answers", "Encore takes the request and never answers: only the client's own timeout helps",
		Fault{Effect: Effect{Hang: true}}),
	offerPreset("encore-slow", "Encore answers correctly after two to four seconds",
		Fault{Effect: Effect{Latency: Latency{Min: 2e9, Max: 4e9}}}),
	offerPreset("encore-drips", "Encore answers correctly, sixteen bytes every tenth of a second",
		Fault{Effect: Effect{Drip: Drip{Bytes: 16, Every: 1e8}}}),
	offerPreset("encore-resets", "Encore breaks the connection before it answers",
		Fault{Effect: Effect{Reset: ResetNow}}),
	offerPreset("encore-garbled", "Encore answers 200 with a body that is no JSON",
		Fault{Effect: Effect{Garbled: true}}),
	offerPreset("encore-truncated", "Encore's answer ends after forty bytes",
		Fault{Effect: Effect{Truncate: 40}}),
	offerPreset("encore-answer-lost", "Encore decides, then the answer is lost once: a repeat must not become a second offer",
		Fault{Effect: Effect{Reset: ResetNow, After: true}, Times: 1}),
	offerPreset("encore-503-after", "Encore decides, then answers 503 once: a retry gets the decision that was made",
		Fault{Effect: Effect{Status: 503, After: true}, Times: 1}),
	offerPreset("encore-flaky", "Encore answers 503 to three calls in ten",
		Fault{Effect: Effect{Status: 503}, Probability: 0.3}),
	offerPreset("encore-no-fill", "Encore has no offer for the customer's country: the reply goes out alone",
		Fault{Effect: Effect{NoFill: "geo"}}),
	{"callback-503-once", "Encore is over capacity when delivery is confirmed, once", Fault{
		Match: Match{Operation: "encore.impressionDelivered"}, Effect: Effect{Status: 503}, Times: 1}},
	messagePreset("provider-refuses-offer", "The message provider refuses offer messages as invalid: the reply still goes out",
		Fault{Effect: Effect{Provider: ProviderInvalid}}),
	messagePreset("provider-window-closed", "The message provider finds its window closed for offer messages",
		Fault{Effect: Effect{Provider: ProviderWindow}}),
	messagePreset("provider-rate-limit-once", "The message provider limits the rate for one offer message",
		Fault{Effect: Effect{Provider: ProviderRate}, Times: 1}),
	messagePreset("provider-fails-later", "The message provider accepts offer messages and reports them as failed: the offer is not sent again",
		Fault{Effect: Effect{Provider: ProviderLater}}),
	messagePreset("meta-refuses-offer", "Meta refuses offer messages as invalid: the reply still goes out",
		Fault{Match: Match{Fake: "meta"}, Effect: Effect{Provider: ProviderInvalid}}),
	providerPreset("kaleyra", "low-balance", "Kaleyra refuses every message for want of credit: E110", ProviderBalance),
	providerPreset("kaleyra", "internal-error", "Kaleyra fails on every message: WA500", ProviderOutage),
	providerPreset("kaleyra", "account", "Kaleyra's API is not there for the account: WA-401", ProviderAccount),
	providerPreset("kaleyra", "version", "The sender's number belongs to Kaleyra's API v1: WA-401", ProviderVersion),
	providerPreset("kaleyra", "daily-limit", "The account has sent all that Kaleyra lets it in a day: WAV2101", ProviderDaily),
	providerPreset("meta", "person-unavailable", "Meta cannot reach the customer: 551 on Messenger and Instagram, 131026 on WhatsApp", ProviderPerson),
	{"meta-down", "Meta fails with 500 on every call", Fault{
		Match: Match{Fake: "meta"}, Effect: Effect{Status: 500}}},
}

func offerPreset(name, about string, f Fault) Preset {
	f.Match.Operation = "encore.offersMessage"
	return Preset{name, about, f}
}

func messagePreset(name, about string, f Fault) Preset {
	f.Match.OfferMessage = true
	return Preset{name, about, f}
}

// providerPreset is a refusal of every message of one provider.
func providerPreset(fake, name, about, refusal string) Preset {
	return Preset{fake + "-" + name, about, Fault{Match: Match{Fake: fake}, Effect: Effect{Provider: refusal}}}
}

// Presets lists the presets.
func Presets() []Preset { return slices.Clone(presets) }

// PresetNamed returns the preset of a name.
func PresetNamed(name string) (Preset, bool) {
	for _, p := range presets {
		if p.Name == name {
			return p, true
		}
	}
	return Preset{}, false
}

func presetNames() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.Name
	}
	return names
}
