package encore

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// AdvertiserName is the name of the fake that plays what a customer meets
// behind an offer: the bucket with the creatives' images, the advertiser's page.
const AdvertiserName = "advertiser"

//go:embed advertiser.yaml
var advertiserDocument string

// AdvertiserOpenAPI is the document of the advertiser's fake, OpenAPI in YAML.
// The caller owns the copy.
func AdvertiserOpenAPI() []byte { return []byte(advertiserDocument) }

func (f *fake) advertiser() *sim.Fake {
	seeCatalog := func(*sim.Call, sim.Description) store.Reads {
		return store.Reads{See: []store.Key{catalogKey}}
	}
	return &sim.Fake{
		Name:     AdvertiserName,
		Document: AdvertiserOpenAPI(),
		Keeps:    forms(),
		// The page is served under Encore's host too, where the click came in.
		Hosts:     []string{assetsHost, apiHost},
		Owns:      []string{"/encore-assets-prod/"},
		Workspace: f.tokenWorkspace,
		Refuse:    func(_ *sim.Call, r sim.Refusal) sim.Answer { return advertiserRefusal(r) },
		Fault:     func(_ *sim.Call, status int) sim.Answer { return html(status, Missing(http.StatusText(status))) },
		Operations: map[string]sim.Operation{
			"landing":         {Describe: f.describeToken, Reads: f.tokenReads, Handle: f.landing, Open: true},
			"completeLanding": {Describe: f.describeToken, Reads: f.tokenReads, Handle: f.complete, Open: true},
			"creativeImage":   {Reads: seeCatalog, Handle: f.creativeImage, Open: true},
		},
	}
}

// advertiserRefusal words what the engine refuses as a page.
func advertiserRefusal(r sim.Refusal) sim.Answer {
	status := map[sim.RefusalKind]int{
		sim.NoOperation: http.StatusNotFound, sim.MethodNotAllowed: http.StatusMethodNotAllowed, sim.Internal: http.StatusInternalServerError,
		sim.TooLarge: http.StatusRequestEntityTooLarge,
	}[r.Kind]
	a := html(cmp.Or(status, http.StatusBadRequest), Missing(r.Message))
	if len(r.Allow) > 0 {
		a.Header.Set("Allow", strings.Join(r.Allow, ", "))
	}
	return a
}

// noSuchKey is how Google Cloud Storage says that a bucket has no such object.
const noSuchKey = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`

// creativeImage is the picture of a campaign's creatives. The link names no
// workspace, since it has to be the documented one; so besides the catalog of
// the request's workspace those that others offer here are looked through.
func (f *fake) creativeImage(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	id, _ := ImageCampaign(c.Path)
	x := f.offered(tx)
	if x.Campaign(id) == nil {
		x = f.indexes.holding(id)
	}
	if x == nil && f.index.Campaign(id) != nil {
		x = f.index
	}
	if x == nil {
		return sim.Answer{Status: http.StatusNotFound, Body: []byte(noSuchKey), ContentType: "application/xml; charset=UTF-8"}, nil
	}
	image, err := f.images.of(x, x.Campaign(id), c.Path)
	if err != nil {
		return sim.Answer{}, err
	}
	// What Google Cloud Storage sends for a public object. The image changes
	// with the catalog only.
	header := http.Header{"Etag": {image.tag}, "Cache-Control": {"public, max-age=3600"}}
	if c.Header.Get("If-None-Match") == image.tag {
		return sim.Answer{Status: http.StatusNotModified, Header: header}, nil
	}
	return sim.Answer{Status: http.StatusOK, Header: header, Body: image.png, ContentType: "image/png"}, nil
}

// images are those that were drawn. Drawing takes milliseconds, and every send
// through Meta may fetch one.
type images struct {
	mu    sync.Mutex
	drawn map[imageKey]picturePNG
}

// imagesAtMost bounds the memory; beyond it all are forgotten and drawn again.
const imagesAtMost = 128

// imageKey is all that an image depends on.
type imageKey struct{ campaign, title, brand string }

type picturePNG struct {
	png []byte
	tag string // entity tag
}

func (m *images) of(x *Index, c *Campaign, path string) (picturePNG, error) {
	key := imageKey{c.ID, titleOn(c, path), x.Organization(c.OrganizationID).Name}
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.drawn[key]; ok {
		return known, nil
	}
	data, err := PNG(key.campaign, key.title, key.brand)
	if err != nil {
		return picturePNG{}, err
	}
	if m.drawn == nil || len(m.drawn) >= imagesAtMost {
		m.drawn = map[imageKey]picturePNG{}
	}
	sum := sha256.Sum256(data)
	image := picturePNG{data, `"` + hex.EncodeToString(sum[:16]) + `"`}
	m.drawn[key] = image
	return image, nil
}

// titleOn is the title of the creative whose image the path names, or of the
// first creative: a link from before a change of the catalog keeps working.
func titleOn(c *Campaign, path string) string {
	_, file, _ := strings.Cut(path, "creatives/"+c.ID)
	for i := range c.Creatives {
		if strings.HasSuffix(ImageURL(c.ID, &c.Creatives[i]), c.ID+file) {
			return c.Creatives[i].Title
		}
	}
	return c.Creatives[0].Title
}
