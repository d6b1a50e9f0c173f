package scenarios

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// importJournal hears an archive in a workspace, whose journal then has it for
// everybody who looks, and judges what is there.
func (sb *Sandbox) importJournal(c *sim.Call) (any, error) {
	file, err := har.Read(bytes.NewReader(c.Body))
	if err != nil {
		return nil, &sim.ControlError{Status: http.StatusBadRequest, Message: "this is no archive that can be judged", Details: strings.Split(err.Error(), "\n")}
	}
	judged, err := sb.JudgeCapture(c.Context(), c.Workspace, Capture{File: file, Settings: rules.DefaultSettings()})
	if errors.Is(err, ErrNothingCaptured) {
		return nil, &sim.ControlError{Status: http.StatusBadRequest, Message: err.Error()}
	}
	return judged, err
}
