package meta

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// MediaLimit is what an upload may weigh. Formats end in a slash where every
// subtype will do.
type MediaLimit struct {
	Formats []string
	Bytes   int64
}

// MediaLimits are the documented limits (WhatsApp Cloud API, supported media
// types), looked through from the top: what is in none of the first four is
// taken for a document. Animated stickers may be five times as big as still
// ones, which cannot be told from the type, so the bigger limit holds.
func MediaLimits() []MediaLimit {
	return []MediaLimit{
		{[]string{"image/jpeg", "image/png"}, 5 << 20},
		{[]string{"image/webp"}, 500 << 10},
		{[]string{"audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"}, 16 << 20},
		{[]string{"video/3gpp", "video/mp4"}, 16 << 20},
		{[]string{"text/plain", "application/"}, 100 << 20},
	}
}

// maxUpload is the biggest body of an upload: the biggest file and what
// multipart puts around it.
func (c Config) maxUpload() int64 {
	most := int64(0)
	for _, limit := range c.MediaLimits {
		most = max(most, limit.Bytes)
	}
	return most + 64<<10
}

// downloadPath is where media are fetched, on the sandbox's own origin.
const downloadPath = "/whatsapp_business/attachments/"

// downloadLife is how long a download address works (WhatsApp Cloud API, media).
const downloadLife = 5 * time.Minute

// maxMedia is how many media a workspace keeps, with or without their bytes.
const maxMedia = 1000

const (
	kindMedia      = "meta.media"      // medium by id
	kindMediaIndex = "meta.mediaIndex" // mediaIndex under the id "all"
)

// medium is an upload.
type medium struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	SHA256 string `json:"sha256"` // lower-case hexadecimal
	Size   int64  `json:"size"`
	Data   []byte `json:"data"` // nil of what is larger than Config.MediaFile
}

// mediaIndex lists the kept media, oldest first, so that the oldest can go.
type mediaIndex struct {
	Items []mediaItem `json:"items"`
	Made  int64       `json:"made"` // uploads so far, which makes ids differ
}

type mediaItem struct {
	ID   string `json:"id"`
	Size int64  `json:"size"`
}

func readsMedia(c *sim.Call, _ sim.Description) store.Reads {
	id := cmp.Or(c.URL.Query().Get("mid"), c.Params["object"])
	return store.Reads{Own: []store.Key{{Kind: kindMedia, ID: id}, {Kind: kindMediaIndex, ID: "all"}}}
}

func seesMedia(c *sim.Call, _ sim.Description) store.Reads {
	id := cmp.Or(c.URL.Query().Get("mid"), c.Params["object"])
	return store.Reads{See: []store.Key{{Kind: kindMedia, ID: id}}}
}

// uploadMedia is POST /{phone_number_id}/media.
func (f *fake) uploadMedia(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	if _, known := f.number(c.Params["object"]); !known {
		return fail(c, unknownObject(c, c.Params["object"]))
	}
	file, kind, problem := f.parseUpload(c)
	if problem != nil {
		return fail(c, problem)
	}
	index, _ := sim.Get[mediaIndex](tx, kindMediaIndex, "all")
	id := mediaID(tx.Rand("media " + strconv.FormatInt(index.Made, 10)))
	m := medium{ID: id, Type: kind, SHA256: file.SHA256, Size: file.Size, Data: file.Data}
	f.keep(tx, m)
	return answered(c, map[string]string{"id": m.ID})
}

// parseUpload reads the form of an upload and checks its file.
func (f *fake) parseUpload(c *sim.Call) (sim.File, string, *Error) {
	r := &reader{}
	if _, err := c.JSON(); err != nil {
		return sim.File{}, "", NewError(100, "the body is not multipart/form-data: "+err.Error())
	}
	o := object{fields: c.Object()}
	r.word(o, "messaging_product", "whatsapp")
	declared := r.optional(o, "type", 0)
	at := slices.IndexFunc(c.Files, func(file sim.File) bool { return file.Field == "file" })
	if at < 0 {
		r.fail(MissingParameter("file"))
		return sim.File{}, "", r.problem
	}
	file := c.Files[at]
	kind := mediaType(declared, file.Type)
	if fault := MediaFault(f.MediaLimits, kind, file.Size); fault != nil {
		r.fail(fault)
	}
	return file, kind, r.problem
}

// mediaType is the type of an upload: as the field says, unless it is a word
// like "image"; then as the file says.
func mediaType(declared, file string) string {
	for _, text := range []string{declared, file} {
		if kind, _, err := mime.ParseMediaType(text); err == nil && strings.Contains(kind, "/") {
			return kind
		}
	}
	return cmp.Or(declared, file)
}

// MediaFault says why a file of a media type and a size in bytes is not taken: 100
// for what is empty or of no such type, 131053 for what is too large, nil when it is.
func MediaFault(limits []MediaLimit, kind string, size int64) *Error {
	for _, limit := range limits {
		fits := slices.ContainsFunc(limit.Formats, func(f string) bool {
			return f == kind || strings.HasSuffix(f, "/") && strings.HasPrefix(kind, f)
		})
		switch {
		case fits && size == 0:
			return InvalidParameter("file", "is empty; send its bytes")
		case fits && size > limit.Bytes:
			return NewError(131053, fmt.Sprintf("Parameter 'file' has %d bytes; a file of type %s has at most %d", size, kind, limit.Bytes))
		case fits:
			return nil
		}
	}
	return InvalidParameter("type", fmt.Sprintf("is '%s', which WhatsApp does not take; see its supported media types", kind))
}

// keep stores a medium and drops the oldest beyond the bound.
func (f *fake) keep(tx *sim.Tx, m medium) {
	index, _ := sim.Get[mediaIndex](tx, kindMediaIndex, "all")
	items := append(slices.Clone(index.Items), mediaItem{m.ID, int64(len(m.Data))})
	var total int64
	for _, item := range items {
		total += item.Size
	}
	for len(items) > 1 && (total > f.MediaBytes || len(items) > maxMedia) {
		tx.Delete(kindMedia, items[0].ID)
		total -= items[0].Size
		items = items[1:]
	}
	tx.Put(kindMedia, m.ID, m)
	tx.Put(kindMediaIndex, "all", mediaIndex{items, index.Made + 1})
}

// getMedia is GET /{media_id}.
func (f *fake) getMedia(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	id := c.Params["object"]
	m, known := sim.Get[medium](tx, kindMedia, id)
	if phone := c.URL.Query().Get("phone_number_id"); phone != "" && known {
		_, known = f.number(phone)
	}
	if !known {
		return fail(c, unknownObject(c, id))
	}
	return answered(c, map[string]any{
		"messaging_product": "whatsapp", "url": f.downloadURL(c, m.ID, tx.Now.Add(downloadLife)), "mime_type": m.Type,
		"sha256": m.SHA256, "file_size": m.Size, "id": m.ID,
	})
}

// deleteMedia is DELETE /{media_id}.
func (f *fake) deleteMedia(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	id := c.Params["object"]
	if _, known := sim.Get[medium](tx, kindMedia, id); !known {
		return fail(c, unknownObject(c, id))
	}
	index, _ := sim.Get[mediaIndex](tx, kindMediaIndex, "all")
	items := slices.DeleteFunc(slices.Clone(index.Items), func(i mediaItem) bool { return i.ID == id })
	tx.Delete(kindMedia, id)
	tx.Put(kindMediaIndex, "all", mediaIndex{items, index.Made})
	return success(c)
}

// downloadURL is where a medium can be fetched until a moment.
func (f *fake) downloadURL(c *sim.Call, id string, until time.Time) string {
	ext := strconv.FormatInt(until.Unix(), 10)
	return c.Origin + downloadPath + "?" + url.Values{"mid": {id}, "ext": {ext}, "hash": {f.downloadHash(c.Workspace, id, ext)}}.Encode()
}

// downloadHash keeps addresses from being made up or kept alive.
func (f *fake) downloadHash(ws *sim.Workspace, id, until string) string {
	return mac(sha256.New, f.appSecret(ws), []byte(id+":"+until))[:32]
}

// downloadMedia answers the address that getMedia gave. After its five minutes
// it is gone, and the integrator has to ask for another.
func (f *fake) downloadMedia(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	q := c.URL.Query()
	until, _ := strconv.ParseInt(q.Get("ext"), 10, 64)
	m, known := sim.Get[medium](tx, kindMedia, q.Get("mid"))
	if !known || !equal(q.Get("hash"), f.downloadHash(c.Workspace, m.ID, q.Get("ext"))) || tx.Now.Unix() >= until {
		e := unknownObject(c, q.Get("mid"))
		e.Status = absent
		return fail(c, e)
	}
	if m.Data == nil {
		e := NewError(131052, fmt.Sprintf("the sandbox kept size and hash of this medium and not its %d bytes; it keeps files up to %d bytes, see whatsapp.mediaFile", m.Size, f.MediaFile))
		e.Status = absent
		return fail(c, e)
	}
	return sim.Answer{Status: 200, Fields: headers(c, ""), ContentType: m.Type, Body: m.Data}, nil
}
