package openapitest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnseen_listsWhatNoProcessSaw(t *testing.T) {
	dir := t.TempDir()
	show := answered{method: "GET", path: "/ships/Ada", status: 200, kind: hal, body: `{"name":"Ada"}`}
	picture := answered{method: "GET", path: "/ships/Ada/badge", status: 200, kind: "image/svg+xml", body: "<svg/>"}
	for _, saw := range [][]answered{
		{show, show, {method: "DELETE", path: "/old/Ada", status: 204}},
		{picture, {method: "HEAD", path: "/ships/latest", status: 308}, {method: "DELETE", path: "/ships/Ada", status: 401}, {method: "PUT", path: "/ships/Ada", status: 400}},
	} {
		process := testDocument(t)
		process.notes.dir = dir
		for _, e := range saw {
			require.NoError(t, e.validate(process))
		}
	}

	unseen, err := testDocument(t).unseen(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"showLatestShip 200", "showLatestShip 308", "deleteShip 204", "showShip 404", "putShip 201", "putShip 400"}, unseen)
}

func TestUnseen_doesNotCountAnswersThatBreakTheContract(t *testing.T) {
	d := testDocument(t)
	d.notes.dir = t.TempDir()
	require.Error(t, answered{method: "DELETE", path: "/ships/Ada", status: 204, body: "?"}.validate(d))
	_, err := d.unseen(d.notes.dir)
	require.ErrorIs(t, err, ErrNothingSeen)
}

func TestUnseen_wantsNotes(t *testing.T) {
	_, err := Unseen(t.TempDir())
	require.ErrorIs(t, err, ErrNothingSeen)
}
