package encore

import (
	"net/http"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// describeDelivered reads a delivery callback.
func describeDelivered(c *sim.Call) sim.Description {
	return sim.Description{Minted: c.Params["impression_uid"], Key: c.Header.Get("X-Api-Key")}
}

func deliveredReads(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{See: []store.Key{{Kind: kindDecision, ID: c.Params["impression_uid"]}}}
}

// delivered accepts the callback. An unknown id is accepted too: no 404 is
// documented, and the journal says that it is unknown.
func delivered(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	known, ok, _ := remembered(tx, c.Params["impression_uid"])
	if !ok {
		tx.Remark("no impression with this id was decided here")
	} else if known.CampaignID == "" {
		tx.Remark("this impression was a no-fill: nothing can have been delivered")
	}
	tx.Note(confirmed(c, ok, http.StatusAccepted))
	return sim.Answer{Status: http.StatusAccepted, Body: map[string]bool{"success": true}}, nil
}

// concludeDelivered notes callbacks that were refused or lost.
func concludeDelivered(c sim.Conclusion) []sim.Note {
	if c.Handled {
		return nil
	}
	return []sim.Note{confirmed(c.Call, false, c.Answer.Status)}
}

func confirmed(c *sim.Call, known bool, status int) note.DeliveryConfirmed {
	body := c.Object()
	return note.DeliveryConfirmed{
		ImpressionID: c.Params["impression_uid"], Known: known, Status: status,
		DeliveredTimestamp: number(body["deliveredTimestamp"]), ReadTimestamp: number(body["readTimestamp"]),
	}
}

func number(v any) *int64 {
	f, ok := v.(float64)
	if !ok {
		return nil
	}
	n := int64(f)
	return &n
}
