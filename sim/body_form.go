package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// maxParts is how many parts a multipart body may have.
const maxParts = 200

// File is one file of a multipart body. It is read as it comes and takes no
// more memory than the operation keeps of it.
type File struct {
	Field  string // form field
	Name   string // file name as sent
	Type   string // content type as sent
	Size   int64  // in bytes
	SHA256 string // lower-case hexadecimal
	Data   []byte // nil where the operation keeps none of files so large (Operation.Keep)
}

// boundary is what parts the call's body, where the operation takes forms and
// the body is multipart.
func (c *Call) boundary() (string, bool) {
	if c.isJSON() {
		return "", false
	}
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	return params["boundary"], err == nil && kind == "multipart/form-data"
}

// tally reads a body, counts and hashes it, and keeps it as long as it is small
// and holds no file.
type tally struct {
	from io.Reader
	sum  hash.Hash
	n    int64
	kept []byte
	drop bool
}

// Read implements io.Reader.
func (t *tally) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.sum.Write(p[:n])
	t.n += int64(n)
	if t.drop = t.drop || t.n > maxBody; t.drop {
		t.kept = nil
	} else {
		t.kept = append(t.kept, p[:n]...)
	}
	return n, err
}

// readForm reads a multipart body from the wire: fields into the tree, files
// into Files, with their data up to keep bytes each.
func (c *Call) readForm(boundary string, limit, keep int64) {
	c.limit, c.treeRead = limit, true
	t := &tally{from: io.LimitReader(c.request.Body, limit), sum: sha256.New()}
	if length := c.request.ContentLength; length > maxBody+keep {
		keep = 0 // nothing of it would be kept in the end
	}
	c.tree, c.treeErr = c.parts(multipart.NewReader(t, boundary), t, keep)
	_, _ = io.Copy(io.Discard, t) // what is behind the end, or a fault
	rest, _ := io.Copy(t.sum, io.LimitReader(c.request.Body, maxDrain))
	c.Body, c.Size, c.sum = t.kept, t.n+rest, hex.EncodeToString(t.sum.Sum(nil))
	if c.tooLarge() {
		c.tree, c.treeErr, c.Files, c.Body = nil, errTooLarge, nil, nil
		return
	}
	c.addQuery()
}

func (c *Call) parts(r *multipart.Reader, t *tally, keep int64) (any, error) {
	values, room := url.Values{}, int64(maxBody)
	for n := 0; ; n++ {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) && n > 0 {
			c.form = values
			return formTree(values), nil
		}
		if err == nil && n == maxParts {
			err = fmt.Errorf("it has more than %d parts", maxParts)
		}
		if err == nil && part.FileName() != "" {
			t.drop = true
			err = c.file(part, keep)
		} else if err == nil {
			err = formField(part, values, &room)
		}
		if err != nil {
			return nil, fmt.Errorf("the multipart body cannot be read: %w", err)
		}
	}
}

// formField reads one field; all of a body have room for so many bytes.
func formField(part *multipart.Part, into url.Values, room *int64) error {
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(part, *room+1))
	if *room -= n; err == nil && *room < 0 {
		err = fmt.Errorf("its fields are larger than %d KiB", maxBody>>10)
	}
	into.Add(part.FormName(), text.String())
	return err
}

// file reads one file.
func (c *Call) file(part *multipart.Part, keep int64) error {
	sum, kept := sha256.New(), &keeper{most: keep}
	n, err := io.Copy(io.MultiWriter(sum, kept), part)
	c.Files = append(c.Files, File{
		Field: part.FormName(), Name: part.FileName(), Type: part.Header.Get("Content-Type"),
		Size: n, SHA256: hex.EncodeToString(sum.Sum(nil)), Data: kept.data(),
	})
	return err
}

// keeper keeps what is written to it unless that is more than most bytes.
type keeper struct {
	most int64
	over bool
	buf  bytes.Buffer
}

// Write implements io.Writer.
func (k *keeper) Write(p []byte) (int, error) {
	if k.over = k.over || int64(k.buf.Len()+len(p)) > k.most; k.over {
		k.buf = bytes.Buffer{}
		return len(p), nil
	}
	return k.buf.Write(p)
}

func (k *keeper) data() []byte {
	if k.over {
		return nil
	}
	return append([]byte{}, k.buf.Bytes()...)
}
