package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Check finds what the language of stories allows and no sandbox of this
// configuration can play: faults that are none, operators that are not there,
// webhooks that a channel of the story does not have. The error joins a
// *story.Error for each, in the order of the file.
func Check(s *story.Story, c Config) error {
	k := checker{story: s, operators: len(c.operators()), begun: map[string]bool{}}
	k.fault(s.Fault)
	k.steps(s.Steps)
	return errors.Join(k.errs...)
}

// checker walks through one story.
type checker struct {
	story     *story.Story
	operators int
	begun     map[string]bool // customers to whom something was sent by now
	errs      []error
}

func (k *checker) fail(at story.Pos, format string, args ...any) {
	k.errs = append(k.errs, &story.Error{File: k.story.File, Pos: at, Message: fmt.Sprintf(format, args...)})
}

func (k *checker) steps(steps []story.Step) {
	for _, s := range steps {
		k.fault(s.Fault)
		if s.Operator > k.operators {
			k.fail(s.Pos, "there is no operator %d, only %d; add one under operators in sandbox.yaml", s.Operator, k.operators)
		}
		k.delivery(s)
		if s.Repeat != nil {
			k.steps(s.Repeat.Steps)
		}
	}
}

func (k *checker) fault(written *story.Fault) {
	if written == nil {
		return
	}
	f, err := decodeFault(*written)
	if err == nil {
		_, err = fault.Arm(f, "checked", time.Time{})
	}
	var bad *fault.ParseError
	switch {
	case errors.As(err, &bad):
		k.fail(written.Pos, "fault: %s; see: encore-sandbox help faults", bad.Problem)
	case err != nil:
		k.fail(written.Pos, "fault: %s", err)
	}
}

// delivery checks a webhook about a message: it needs one, and a channel that has it.
func (k *checker) delivery(s story.Step) {
	actor := fmt.Sprint(s.As, "@", max(s.Operator, 1))
	if s.Customer != nil || s.Given != nil {
		k.begun[actor] = true
	}
	switch {
	case s.Deliver == nil:
		return
	case s.Customer != nil:
		k.arrival(s)
		return
	}
	if d := s.Deliver; !k.begun[actor] && !d.Unsupported && !d.OptOut {
		k.fail(s.Pos, "no message was sent in this thread yet, so there is none to report or to react to; let the customer write first")
	}
	switch d := s.Deliver; {
	case d.Unsupported:
		k.needs(s.Pos, "no webhook about what it cannot tell", "interakt")
	case d.OptOut:
		k.needs(s.Pos, "no webhook about marketing preferences", "messenger", "instagram", "kaleyra", "interakt", "zoko")
	case d.Echo:
		k.needs(s.Pos, "no echoes", "whatsapp", "kaleyra", "interakt")
	case d.Status == story.StatusDelivered:
		k.needs(s.Pos, "no status "+d.Status, "instagram")
	case d.Status == story.StatusSent, d.Status == story.StatusFailed:
		k.needs(s.Pos, "no status "+d.Status, "messenger", "instagram")
	}
}

// arrival checks how a customer's message is to arrive.
func (k *checker) arrival(s story.Step) {
	if s.Deliver.Batch > 0 {
		k.needs(s.Pos, "one message in each webhook and no batch", "kaleyra", "interakt", "zoko")
	}
	if s.Deliver.Signature != "" {
		k.needs(s.Pos, "no signature", "kaleyra", "zoko")
	}
}

// needs refuses a step that channels of the story cannot take.
func (k *checker) needs(at story.Pos, lacking string, channels ...string) {
	meant := k.story.On
	if i := slices.IndexFunc(channels, meant); i >= 0 {
		k.fail(at, "%s has %s; leave it out of the story's channels (here: %s)", channels[i], lacking, all(k.story.Channels))
	}
}

func all(channels []string) string {
	if len(channels) == 0 {
		return "all, as none are named"
	}
	return strings.Join(channels, ", ")
}
