package provider

import (
	"net/url"
	"path"
	"strings"
)

// IsWebAddress tells whether a text is an address that a file can be fetched
// from, or a browser be sent to: an http or https URL with a host.
func IsWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// formats are those of a template's header by the ending of a file's name; of
// all others it is an image.
var formats = map[string]string{
	".mp4": "VIDEO", ".3gp": "VIDEO", ".mov": "VIDEO",
	".pdf": "DOCUMENT", ".txt": "DOCUMENT", ".doc": "DOCUMENT", ".docx": "DOCUMENT", ".xls": "DOCUMENT", ".xlsx": "DOCUMENT", ".ppt": "DOCUMENT", ".pptx": "DOCUMENT",
}

// HeaderFormat guesses the format of a template's header (IMAGE, VIDEO,
// DOCUMENT) from the address of the file that fills it. Known is false where the
// name says nothing; then it is IMAGE.
func HeaderFormat(address string) (format string, known bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "IMAGE", false
	}
	format, known = formats[strings.ToLower(path.Ext(u.Path))]
	if !known {
		format = "IMAGE"
	}
	return format, known
}
