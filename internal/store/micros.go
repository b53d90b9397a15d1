package store

import "time"

// micros is a point in time as both databases keep it: microseconds since 1970
// in UTC, so that times compare as numbers.
type micros int64

func microsOf(t time.Time) micros { return micros(t.UnixMicro()) }

// Time returns the point in time in UTC.
func (m micros) Time() time.Time { return time.UnixMicro(int64(m)).UTC() }

// timeOf returns the time, or nil where there is none.
func timeOf(m *micros) *time.Time {
	if m == nil {
		return nil
	}
	t := m.Time()
	return &t
}
