package matrix

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBound_readsFewRowsBeforeItReservesMemoryForMore(t *testing.T) {
	var reserved []int64
	bound := Bound{Reserve: func(_ context.Context, bytes int64) error {
		reserved = append(reserved, bytes)
		return nil
	}}
	ask := func(rows int) (asked []int, err error) {
		err = bound.Ask(context.Background(), func(most int) error {
			asked = append(asked, most)
			return Within(rows, most)
		})
		return asked, err
	}
	for _, c := range []struct {
		rows     int
		asked    []int
		reserved []int64
	}{
		{1200, []int{1200}, nil},
		{1201, []int{1200, 3000}, []int64{3000 * bytesOfRow}},
		{10, []int{3000}, []int64{3000 * bytesOfRow}},
		{10_000, []int{3000, 10_000}, []int64{3000 * bytesOfRow, 10_000 * bytesOfRow}},
	} {
		asked, err := ask(c.rows)
		require.NoError(t, err)
		require.Equal(t, c.asked, asked, "who asks again begins where the last answer was found")
		require.Equal(t, c.reserved, reserved)
	}
	_, err := ask(10_001)
	require.ErrorIs(t, err, ErrTooMany)
}

func TestBound_doesNotReadWhatThereIsNoMemoryFor(t *testing.T) {
	busy, times := errors.New("busy"), 0
	bound := Bound{Reserve: func(context.Context, int64) error { return busy }}
	err := bound.Ask(context.Background(), func(most int) error {
		times++
		return Within(5000, most)
	})
	require.ErrorIs(t, err, busy)
	require.Equal(t, 1, times)

	bound = Bound{}
	require.NoError(t, bound.Ask(context.Background(), func(most int) error { return Within(5000, most) }), "nothing is short without a budget")
}

func TestSizeWithin_countsWhatEachRowRepeats(t *testing.T) {
	d := decision{most: MostRows, details: map[int64]Details{}}
	stock := Details{}
	stock.Version.ID, stock.Version.Number = 1, "10"
	d.details[1] = stock
	for range 9000 {
		row := Row{}
		row.Pact.VersionID, row.Provider.ID = 1, 1
		d.rows = append(d.rows, row)
	}
	require.NoError(t, d.sizeWithin())
	long := stock
	long.Version.Number = string(make([]byte, 500))
	d.details[1] = long
	require.ErrorIs(t, d.sizeWithin(), ErrTooMany, "a long number is in every row")
	d.most = 1000
	require.ErrorIs(t, d.sizeWithin(), errMore)
}
