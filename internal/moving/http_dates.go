package moving

import (
	"encoding/json"
	"math"
	"time"

	"github.com/accord-broker/accord/internal/archive"
)

// Instants as brokers write them, to the second.
type instant struct{ time.Time }

// UnmarshalJSON reads a time; what is none is no time.
func (i *instant) UnmarshalJSON(text []byte) error {
	var written string
	if json.Unmarshal(text, &written) == nil {
		i.Time, _ = time.Parse(time.RFC3339Nano, written)
	}
	return nil
}

func (i instant) at() archive.Time {
	if i.IsZero() {
		return 0
	}
	return archive.TimeOf(i.Time)
}

func (i instant) optional() *archive.Time {
	if i.IsZero() {
		return nil
	}
	at := i.at()
	return &at
}

type dates struct {
	CreatedAt instant `json:"createdAt"`
	UpdatedAt instant `json:"updatedAt"`
}

func (d dates) times() archive.Times {
	t := archive.Times{CreatedAt: d.CreatedAt.at(), UpdatedAt: d.UpdatedAt.at()}
	switch t.UpdatedAt {
	case 0:
		t.UpdatedAt = t.CreatedAt
	case t.CreatedAt:
		// It was changed within the second in which it was made, of which brokers show
		// no more: they leave out the time of a change that has not been made.
		t.UpdatedAt++
	}
	return t
}

// endedTimes are those of something that changes but once, when it ends.
func (d dates) endedTimes(end instant) archive.Times {
	t := d.times()
	t.UpdatedAt = max(t.UpdatedAt, end.at())
	return t
}

// ended is when something ended, later than all times if it has not.
func ended(at *archive.Time) archive.Time {
	if at == nil {
		return math.MaxInt64
	}
	return *at
}
