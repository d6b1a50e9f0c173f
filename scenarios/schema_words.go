package scenarios

// fieldWords are what a field of sandbox.yaml means and what may stand there
// besides what its type says. A number or text is not made narrower than
// LoadConfig does.
type fieldWords struct {
	about   string
	narrows schema
}

// requiredFields are those without which a struct is refused, by its type.
func requiredFields() map[string][]string {
	return map[string][]string{
		"scenarios.OperatorEntry": {"clientId"},
		"rules.Level":             {"level", "reason", "until"},
		"encore.App":              {"key"},
		"encore.Organization":     {"id", "name"},
		"encore.Campaign":         {"id", "organizationId", "status", "destinationUrl"},
		"encore.Creative":         {"id", "status", "title", "body", "cta"},
		"meta.Template":           {"name", "language", "body"},
		"watchers.Named":          {"id"},
	}
}

// configWords are the fields of sandbox.yaml by type and name. A test holds
// that none is missing and none too many.
func configWords() map[string]fieldWords {
	all := map[string]fieldWords{}
	for _, part := range []map[string]fieldWords{fileWords(), operatorWords(), encoreWords(), faultWords(), templateWords(), limitWords(), vendorWords()} {
		for key, words := range part {
			all[key] = words
		}
	}
	return all
}

func says(about string) fieldWords { return fieldWords{about: about} }

func oneOf(about string, values ...string) fieldWords {
	return fieldWords{about, schema{"enum": values}}
}

func atLeast(least float64, about string) fieldWords {
	return fieldWords{about, schema{"minimum": least}}
}

func such(about string, example any) fieldWords {
	return fieldWords{about, schema{"examples": []any{example}}}
}

// durationForm is one that Go's ParseDuration reads, or with days before it.
const durationForm = `([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*`

func lasts(about, example string) fieldWords {
	return fieldWords{about, schema{"pattern": "^" + durationForm + "$", "minLength": 1, "examples": []any{example}}}
}

func lastsOrNever(about, example string) fieldWords {
	return fieldWords{about, schema{"pattern": "^(never|" + durationForm + ")$", "minLength": 1, "examples": []any{example, "never"}}}
}

func fileWords() map[string]fieldWords {
	return map[string]fieldWords{
		"scenarios.Config.seed":              says("Decides ids and offers; serve draws one without it, run takes 1."),
		"scenarios.Config.clock":             oneOf("wall (default), or manual: time stands still until it is advanced.", "wall", "manual"),
		"scenarios.Config.operators":         says("The businesses that the integrator answers for, and nobody else; without it client-42 and client-43."),
		"scenarios.Config.faults":            says("Faults in force from the start."),
		"scenarios.Config.catalog":           says("What Encore has to offer, in the place of the campaigns that every sandbox has."),
		"scenarios.Config.apps":              says("What Encore knows of the app behind an API key."),
		"scenarios.Config.limits":            says("The vendors' own limits; all are off by default."),
		"scenarios.Config.decisions":         {"Decisions of Encore that a workspace remembers, the oldest out first; 100,000 by default.", schema{"minimum": 0, "examples": []any{2_000_000}}},
		"scenarios.Config.workspaces":        says("What one workspace may hold and use; more than the journal is bounded of those that are made over the control API."),
		"scenarios.Quotas.exchanges":         atLeast(0, "Exchanges of the journal, the oldest out first; 0 is the default, 10,000."),
		"scenarios.Quotas.megabytes":         atLeast(0, "MiB of the journal, the oldest out first; 0 is the default, 64."),
		"scenarios.Quotas.perOwner":          atLeast(0, "Workspaces of one owner, 0 without bound; with --strict-auth 100."),
		"scenarios.Quotas.idle":              lastsOrNever("A workspace is dropped when no call came for that long; 24h by default.", "24h"),
		"scenarios.Quotas.requestsPerSecond": atLeast(0, "Calls of a workspace on each replica, then the sandbox's own 429; 0 without bound; with --strict-auth 200."),
		"scenarios.Quotas.webhooksPerMinute": atLeast(0, "Webhooks of a workspace on each replica, later ones wait; 0 without bound; with --strict-auth 6,000."),
		"scenarios.Config.templates":         says("The message templates that providers have from the start; their documented samples by default."),
		"scenarios.Config.whatsapp":          says("How the WhatsApp Cloud API differs from its documented behaviour."),
		"scenarios.Config.messenger":         says("How Messenger and Instagram differ from their documented behaviour."),
		"scenarios.Config.rules": {"How much duties weigh here, by their ids, for a time and with a reason.", schema{
			"propertyNames": schema{"pattern": "^R[0-9]+$"},
		}},
		"scenarios.Config.kaleyra":  says("How the Kaleyra account differs from one in good standing."),
		"scenarios.Config.interakt": says("How Interakt differs from its documented behaviour."),
		"scenarios.Config.zoko":     says("How Zoko differs from its documented behaviour."),
		"scenarios.Config.watchers": says("How Watchers differs from its documented behaviour."),
		"rules.Level.level":         oneOf("How much the duty weighs; off sets its findings aside.", "off", "should", "must"),
		"rules.Level.reason":        {"Why, for those who read the report.", schema{"minLength": 1}},
		"rules.Level.until": {"The last day it holds, in UTC.", schema{
			"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": []any{"2026-12-31"},
		}},
	}
}

func operatorWords() map[string]fieldWords {
	return map[string]fieldWords{
		"fakes.Operator.clientId":         such("Encore's stable id of the business. Of client-42 and client-43 what is left out is as by default.", "client-42"),
		"fakes.Operator.name":             such("For people.", "Tony's Pizza"),
		"fakes.Operator.phoneNumberId":    such("WhatsApp Cloud API: id of the business number, in quotes.", "106540352242922"),
		"fakes.Operator.number":           such("WhatsApp: the number as people dial it, digits in quotes.", "15550783881"),
		"fakes.Operator.waba":             such("WhatsApp Business Account, in quotes.", "102290129340398"),
		"fakes.Operator.page":             such("Facebook page, for Messenger, in quotes.", "104895545712345"),
		"fakes.Operator.instagram":        such("Instagram professional account that is linked to the page, in quotes.", "17841405793187218"),
		"fakes.Operator.kaleyra":          such("Kaleyra sender: the WhatsApp number with its plus.", "+15550783881"),
		"fakes.Operator.interakt":         such("Name of the Interakt account.", "tonys"),
		"fakes.Operator.zoko":             such("Name of the Zoko account.", "tonys"),
		"fakes.Operator.interaktKey":      says("The key that is this operator's Interakt account."),
		"fakes.Operator.zokoKey":          says("The key that is this operator's Zoko account."),
		"fakes.Operator.pageToken":        says("The access token for which me is the page."),
		"fakes.Operator.instagramToken":   says("The access token for which me is the Instagram account."),
		"scenarios.OperatorEntry.cap":     {"Offers a thread may get, as the integrator is configured; 3 by default.", schema{"minimum": 0}},
		"scenarios.OperatorEntry.idleGap": lasts("Silence after which a customer counts as returning, as the integrator is configured; 24h by default.", "24h"),
		"scenarios.OperatorEntry.reply":   says("The integrator's normal reply; learnt when it is left out."),
		"scenarios.OperatorEntry.webhook": {"Where the integrator listens, by channel; * is for every channel without its own.", schema{
			"examples": []any{schema{"*": "http://127.0.0.1:3000/webhook"}},
		}},
		"scenarios.MessengerEntry.appId":          says("The app_id of echoes, in quotes."),
		"scenarios.MessengerEntry.threadIds":      says("Webhooks have thread.id, as some apps receive it."),
		"scenarios.MessengerEntry.strangers":      says("Messages may go to ids that never wrote."),
		"scenarios.MessengerEntry.truncateTitles": says("A title that is too long is cut and not refused."),
	}
}

func encoreWords() map[string]fieldWords {
	const id, fewer = "UUID.", "; all when it is left out."
	return map[string]fieldWords{
		"encore.App.key":                     {"The publishable key.", schema{"pattern": "^pk_test_.", "examples": []any{"pk_test_sandbox"}}},
		"encore.App.platform":                oneOf("What its users hold where a request does not say; web by default.", "android", "ios", "web"),
		"encore.App.country":                 {"ISO 3166-1 alpha-2, in capitals, where a request does not say; US by default.", schema{"pattern": "^[A-Z]{2}$"}},
		"encore.Limits.trial":                atLeast(0, "Offers per operator, then 409."),
		"encore.Limits.rate":                 says("Requests per key, then 429."),
		"encore.Limits.queue":                says("Calls under way, then 503."),
		"encore.Limits.retryAfter":           says("429 and 503 say when to come back, which no document of Encore mentions."),
		"encore.Rate.perSecond":              atLeast(0, "Requests each second in the long run."),
		"encore.Rate.burst":                  atLeast(0, "Requests at once after a rest; one second's worth by default."),
		"encore.Queue.concurrency":           atLeast(0, "Calls that are worked on at once."),
		"encore.Queue.waiting":               atLeast(0, "Calls that may wait; the next one gets 503."),
		"encore.Queue.serviceTime":           lasts("How long each is worked on.", "20ms"),
		"encore.Catalog.organizations":       says("The advertisers."),
		"encore.Catalog.campaigns":           says("What they offer."),
		"encore.Organization.id":             says(id),
		"encore.Organization.name":           says("The brand that customers read."),
		"encore.Organization.url":            says("Address of its site."),
		"encore.Campaign.id":                 says("UUID; also the offer's id."),
		"encore.Campaign.organizationId":     says("The id of one of the organizations."),
		"encore.Campaign.name":               says("For people who read the catalog."),
		"encore.Campaign.status":             oneOf("Only active ones are offered.", "active", "archived", "awaiting_approval", "completed", "draft"),
		"encore.Campaign.startDate":          says("Begins then; always when it is left out."),
		"encore.Campaign.endDate":            says("The first moment after the campaign; never ends when it is left out."),
		"encore.Campaign.targetingMode":      oneOf("Whether targetCountries are those that get it (default) or those that do not.", "whitelist", "blacklist"),
		"encore.Campaign.targetCountries":    {"ISO 3166-1 alpha-2, in capitals.", schema{"items": schema{"type": "string", "pattern": "^[A-Z]{2}$"}}},
		"encore.Campaign.targetCities":       says("When set, the request must name one of them, in any letter case."),
		"encore.Campaign.targetRegions":      says("When set, the request must name one of them, in any letter case."),
		"encore.Campaign.weight":             atLeast(0, "Multiplies the campaign's chance; 0 means 1."),
		"encore.Campaign.demo":               says("A made-up campaign."),
		"encore.Campaign.destinationUrl":     says("Where the advertiser takes the customer."),
		"encore.Campaign.creatives":          says("What customers see of it."),
		"encore.Creative.id":                 says(id),
		"encore.Creative.name":               says("For people who read the catalog."),
		"encore.Creative.status":             oneOf("Only active ones are shown.", "active", "archived", "draft", "paused"),
		"encore.Creative.supportedPlatforms": {"Devices" + fewer, schema{"items": schema{"enum": []string{"android", "ios", "web"}}}},
		"encore.Creative.messagingPlatforms": {"Messengers" + fewer, schema{"items": schema{"enum": []string{"whatsapp", "instagram", "facebook"}}}},
		"encore.Creative.languages":          says("BCP 47 tags" + fewer),
		"encore.Creative.title":              {"Up to 80 characters.", schema{"maxLength": 80}},
		"encore.Creative.subtitle":           {"Up to 80 characters.", schema{"maxLength": 80}},
		"encore.Creative.body":               {"Up to 1024 characters; {clientName} becomes the operator's name.", schema{"maxLength": 1024}},
		"encore.Creative.cta":                {"The button's text, up to 20 characters.", schema{"maxLength": 20}},
		"encore.Creative.image":              says("Address of a picture; drawn when it is left out."),
		"encore.Creative.weight":             atLeast(0, "Share among the campaign's creatives; 0 means 1."),
	}
}
