package encore

// perk is what an offering of the default catalog gives away.
type perk string

const (
	streaming perk = "streaming"
	music     perk = "music"
	fitness   perk = "fitness"
	learning  perk = "learning"
	groceries perk = "groceries"
	travel    perk = "travel"
	reading   perk = "reading"
	photos    perk = "photos"
)

// wording is the default catalog's copy in one language. A title is brand,
// colon and perk; "{perk}" in a body is that title.
type wording struct {
	language      string
	colon         string
	cta           string
	body          string
	namedBody     string
	subtitle      string
	namedSubtitle string
	perks         map[perk]string
}

// copyIn is the copy in a language that the table has.
func copyIn(language string) wording {
	for _, w := range wordings {
		if w.language == language {
			return w
		}
	}
	panic("encore: the default catalog has no copy in " + language)
}

var wordings = []wording{
	{
		language: "en", colon: ": ", cta: "Claim",
		body:      "{perk} — claim before midnight",
		namedBody: "{clientName} has a little extra for you while you wait. {perk}.",
		subtitle:  "New members only", namedSubtitle: "A little extra from {clientName}",
		perks: map[perk]string{
			streaming: "3 months of films and series free",
			music:     "4 months of music free",
			fitness:   "6 weeks of workouts free",
			learning:  "2 months of language lessons free",
			groceries: "free delivery on your first 5 orders",
			travel:    "15% off your next stay",
			reading:   "60 days of books and audiobooks free",
			photos:    "your first photo book free",
		},
	},
	{
		language: "es", colon: ": ", cta: "Obtener",
		body:      "{perk}. Consíguelo antes de medianoche.",
		namedBody: "{clientName} tiene un detalle para ti mientras esperas. {perk}.",
		subtitle:  "Solo para nuevos miembros", namedSubtitle: "Un detalle de {clientName}",
		perks: map[perk]string{
			streaming: "3 meses de cine y series gratis",
			music:     "4 meses de música gratis",
			fitness:   "6 semanas de entrenamiento gratis",
			learning:  "2 meses de clases de idiomas gratis",
			groceries: "envío gratis en tus 5 primeros pedidos",
			travel:    "15 % de descuento en tu próxima estancia",
			reading:   "60 días de libros y audiolibros gratis",
			photos:    "tu primer fotolibro gratis",
		},
	},
	{
		language: "pt", colon: ": ", cta: "Resgatar",
		body:      "{perk}. Resgate antes da meia-noite.",
		namedBody: "{clientName} tem um mimo para você enquanto espera. {perk}.",
		subtitle:  "Só para novos membros", namedSubtitle: "Um mimo de {clientName}",
		perks: map[perk]string{
			streaming: "3 meses de filmes e séries grátis",
			music:     "4 meses de música grátis",
			fitness:   "6 semanas de treinos grátis",
			learning:  "2 meses de aulas de idiomas grátis",
			groceries: "entrega grátis nos 5 primeiros pedidos",
			travel:    "15% de desconto na próxima estadia",
			reading:   "60 dias de livros e audiolivros grátis",
			photos:    "seu primeiro fotolivro grátis",
		},
	},
	{
		language: "fr", colon: " : ", cta: "En profiter",
		body:      "{perk}. À saisir avant minuit.",
		namedBody: "{clientName} vous offre un petit plus en attendant. {perk}.",
		subtitle:  "Réservé aux nouveaux membres", namedSubtitle: "Un petit plus de {clientName}",
		perks: map[perk]string{
			streaming: "3 mois de films et séries offerts",
			music:     "4 mois de musique offerts",
			fitness:   "6 semaines d'entraînement offertes",
			learning:  "2 mois de cours de langue offerts",
			groceries: "livraison offerte sur vos 5 premières commandes",
			travel:    "15 % de remise sur votre prochain séjour",
			reading:   "60 jours de livres et livres audio offerts",
			photos:    "votre premier livre photo offert",
		},
	},
	{
		language: "de", colon: ": ", cta: "Sichern",
		body:      "{perk}. Nur bis Mitternacht.",
		namedBody: "{clientName} hat etwas für dich, während du wartest. {perk}.",
		subtitle:  "Nur für neue Mitglieder", namedSubtitle: "Ein Extra von {clientName}",
		perks: map[perk]string{
			streaming: "3 Monate Filme und Serien gratis",
			music:     "4 Monate Musik gratis",
			fitness:   "6 Wochen Training gratis",
			learning:  "2 Monate Sprachkurs gratis",
			groceries: "die ersten 5 Lieferungen gratis",
			travel:    "15 % auf deinen nächsten Aufenthalt",
			reading:   "60 Tage Bücher und Hörbücher gratis",
			photos:    "dein erstes Fotobuch gratis",
		},
	},
	{
		language: "it", colon: ": ", cta: "Approfitta",
		body:      "{perk}. Solo fino a mezzanotte.",
		namedBody: "{clientName} ha un pensiero per te mentre aspetti. {perk}.",
		subtitle:  "Solo per i nuovi iscritti", namedSubtitle: "Un pensiero da {clientName}",
		perks: map[perk]string{
			streaming: "3 mesi di film e serie gratis",
			music:     "4 mesi di musica gratis",
			fitness:   "6 settimane di allenamenti gratis",
			learning:  "2 mesi di lezioni di lingua gratis",
			groceries: "consegna gratis per i primi 5 ordini",
			travel:    "15% di sconto sul prossimo soggiorno",
			reading:   "60 giorni di libri e audiolibri gratis",
			photos:    "il primo fotolibro gratis",
		},
	},
	{
		language: "nl", colon: ": ", cta: "Claim nu",
		body:      "{perk}. Alleen tot middernacht.",
		namedBody: "{clientName} heeft een extraatje terwijl je wacht. {perk}.",
		subtitle:  "Alleen voor nieuwe leden", namedSubtitle: "Een extraatje van {clientName}",
		perks: map[perk]string{
			streaming: "3 maanden gratis films en series",
			music:     "4 maanden gratis muziek",
			fitness:   "6 weken gratis trainen",
			learning:  "2 maanden gratis taalles",
			groceries: "je eerste 5 bestellingen gratis bezorgd",
			travel:    "15% korting op je volgende verblijf",
			reading:   "60 dagen gratis boeken en luisterboeken",
			photos:    "je eerste fotoboek gratis",
		},
	},
	{
		language: "pl", colon: ": ", cta: "Odbierz",
		body:      "{perk}. Tylko do północy.",
		namedBody: "{clientName} ma coś dla Ciebie na czas oczekiwania. {perk}.",
		subtitle:  "Tylko dla nowych użytkowników", namedSubtitle: "Prezent od {clientName}",
		perks: map[perk]string{
			streaming: "3 miesiące filmów i seriali gratis",
			music:     "4 miesiące muzyki gratis",
			fitness:   "6 tygodni treningów gratis",
			learning:  "2 miesiące nauki języków gratis",
			groceries: "darmowa dostawa 5 pierwszych zamówień",
			travel:    "15% zniżki na następny pobyt",
			reading:   "60 dni książek i audiobooków gratis",
			photos:    "pierwsza fotoksiążka gratis",
		},
	},
	{
		language: "tr", colon: ": ", cta: "Hemen al",
		body:      "{perk}. Gece yarısına kadar.",
		namedBody: "Siz beklerken {clientName} küçük bir hediye sunuyor. {perk}.",
		subtitle:  "Yalnızca yeni üyeler için", namedSubtitle: "{clientName} sunuyor",
		perks: map[perk]string{
			streaming: "3 ay ücretsiz film ve dizi",
			music:     "4 ay ücretsiz müzik",
			fitness:   "6 hafta ücretsiz antrenman",
			learning:  "2 ay ücretsiz dil dersi",
			groceries: "ilk 5 siparişte ücretsiz teslimat",
			travel:    "sonraki konaklamada %15 indirim",
			reading:   "60 gün ücretsiz kitap ve sesli kitap",
			photos:    "ilk fotoğraf kitabı ücretsiz",
		},
	},
	{
		language: "ar", colon: ": ", cta: "احصل عليه",
		body:      "{perk}. العرض حتى منتصف الليل.",
		namedBody: "هدية صغيرة من {clientName} أثناء انتظارك. {perk}.",
		subtitle:  "للأعضاء الجدد فقط", namedSubtitle: "هدية من {clientName}",
		perks: map[perk]string{
			streaming: "3 أشهر مجانية من الأفلام والمسلسلات",
			music:     "4 أشهر مجانية من الموسيقى",
			fitness:   "6 أسابيع مجانية من التمارين",
			learning:  "شهران مجانيان من دروس اللغات",
			groceries: "توصيل مجاني لأول 5 طلبات",
			travel:    "خصم 15% على إقامتك القادمة",
			reading:   "60 يومًا مجانيًا من الكتب المسموعة والمقروءة",
			photos:    "ألبوم صورك الأول مجانًا",
		},
	},
	{
		language: "hi", colon: ": ", cta: "अभी पाएँ",
		body:      "{perk}। आज रात 12 बजे तक।",
		namedBody: "इंतज़ार के बीच {clientName} की ओर से एक तोहफ़ा। {perk}।",
		subtitle:  "केवल नए सदस्यों के लिए", namedSubtitle: "{clientName} की ओर से तोहफ़ा",
		perks: map[perk]string{
			streaming: "3 महीने फ़िल्में और सीरीज़ मुफ़्त",
			music:     "4 महीने संगीत मुफ़्त",
			fitness:   "6 हफ़्ते वर्कआउट मुफ़्त",
			learning:  "2 महीने भाषा की कक्षाएँ मुफ़्त",
			groceries: "पहले 5 ऑर्डर पर डिलीवरी मुफ़्त",
			travel:    "अगली बुकिंग पर 15% की छूट",
			reading:   "60 दिन किताबें और ऑडियोबुक मुफ़्त",
			photos:    "पहली फ़ोटो बुक मुफ़्त",
		},
	},
	{
		language: "ja", colon: "：", cta: "受け取る",
		body:      "{perk}。本日中にお受け取りください。",
		namedBody: "{clientName}から、お待ちの間のちょっとした特典です。{perk}。",
		subtitle:  "新規会員限定", namedSubtitle: "{clientName}からの特典",
		perks: map[perk]string{
			streaming: "映画とドラマが3か月無料",
			music:     "音楽が4か月無料",
			fitness:   "ワークアウトが6週間無料",
			learning:  "語学レッスンが2か月無料",
			groceries: "最初の5回の配達が無料",
			travel:    "次回の宿泊が15%オフ",
			reading:   "本とオーディオブックが60日間無料",
			photos:    "最初のフォトブックが無料",
		},
	},
	{
		language: "id", colon: ": ", cta: "Ambil",
		body:      "{perk}. Ambil sebelum tengah malam.",
		namedBody: "{clientName} punya hadiah kecil selagi kamu menunggu. {perk}.",
		subtitle:  "Khusus anggota baru", namedSubtitle: "Hadiah dari {clientName}",
		perks: map[perk]string{
			streaming: "gratis 3 bulan film dan serial",
			music:     "gratis 4 bulan musik",
			fitness:   "gratis 6 minggu latihan",
			learning:  "gratis 2 bulan kursus bahasa",
			groceries: "gratis ongkir untuk 5 pesanan pertama",
			travel:    "diskon 15% untuk penginapan berikutnya",
			reading:   "gratis 60 hari buku dan buku audio",
			photos:    "gratis buku foto pertama",
		},
	},
	{
		language: "ko", colon: ": ", cta: "받기",
		body:      "{perk}. 오늘 자정까지 받으세요.",
		namedBody: "기다리시는 동안 {clientName}에서 준비한 혜택입니다. {perk}.",
		subtitle:  "신규 회원 전용", namedSubtitle: "{clientName}의 혜택",
		perks: map[perk]string{
			streaming: "영화와 시리즈 3개월 무료",
			music:     "음악 4개월 무료",
			fitness:   "운동 프로그램 6주 무료",
			learning:  "어학 강의 2개월 무료",
			groceries: "첫 5회 주문 무료 배송",
			travel:    "다음 숙박 15% 할인",
			reading:   "책과 오디오북 60일 무료",
			photos:    "첫 포토북 무료",
		},
	},
}
