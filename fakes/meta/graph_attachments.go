package meta

import (
	"slices"
	"strconv"

	"github.com/encore-sandbox/sandbox/sim"
)

// kindUpload is the document of a reusable attachment, upload by its id.
const kindUpload = "metaUpload"

// upload is a file that messages may name by its id.
type upload struct {
	Account string
	Type    string
	URL     string // of a file that Meta was to fetch
	SHA256  string // of a file that was sent along
}

// maxImage is the largest image, in bytes (Instagram messaging, send a message).
const maxImage = 8 << 20

// uploadAttachment is POST /{account}/message_attachments (Messenger Platform,
// attachment upload): by URL, or with the file as filedata.
func (f *fake) uploadAttachment(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	r := &socialReader{rules: SocialRules{Instagram: p.Instagram, Uploaded: len(c.Files) > 0}}
	a := param{r: r, value: c.Object(), known: true}.at("message").object().at("attachment").object()
	u := upload{Account: p.ID, Type: a.at("type").word(attachmentTypes[1:]...)}
	if !r.rules.Uploaded {
		u.URL = a.at("payload").object().at("url").link()
	} else {
		u.SHA256 = c.Files[0].SHA256
	}
	if r.problem == nil {
		r.problem = oversize(c, u.Type)
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	id := strconv.FormatUint(1e15+tx.Rand("attachment").Uint64()%9e15, 10)
	tx.Put(kindUpload, id, u)
	return answered(c, map[string]string{"attachment_id": id})
}

// oversize refuses images that are larger than Meta takes.
func oversize(c *sim.Call, kind string) *Error {
	if kind == "image" && slices.ContainsFunc(c.Files, func(file sim.File) bool { return file.Size > maxImage }) {
		return NewSubError(100, 2018109)
	}
	return nil
}
