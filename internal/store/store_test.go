package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

func TestInTx_saysThatWhatIsReferredToHasGone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var test deployments.Environment
		var gone versions.Version
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			var err error
			test, _, err = tx.AddEnvironment(ctx, deployments.Environment{UUID: "5c8b0a3e", Name: "test"})
			require.NoError(t, err)
			gone = version(t, ctx, tx, "Foo", "1")
			require.NoError(t, tx.RemoveVersion(ctx, gone))
		})
		ctx := context.Background()
		err := db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, _, err := tx.AddReleased(ctx, "d1b7c2f0", test.ID, gone)
			return err
		})
		require.Equal(t, fault.NotFound, fault.KindOf(err), "%v", err)
	})
}

func TestView_isRefusedInsideATransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.InTx(context.Background(), func(ctx context.Context, _ *store.Tx) error {
			return db.View(ctx, func(context.Context, *store.Tx) error { return nil })
		})
		require.ErrorContains(t, err, "already open")
	})
}

func TestView_showsOneStateToAllThatReadsInIt(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		outer := context.Background()
		require.NoError(t, db.View(outer, func(ctx context.Context, _ *store.Tx) error {
			_, found, err := db.FindPacticipant(ctx, "Foo")
			require.NoError(t, err)
			require.False(t, found)
			write(t, db, func(ctx context.Context, tx *store.Tx) { version(t, ctx, tx, "Foo", "1") })
			_, found, err = db.FindPacticipant(outer, "Foo")
			require.NoError(t, err)
			require.True(t, found, "who reads anew sees it")
			_, found, err = db.FindPacticipant(ctx, "Foo")
			require.NoError(t, err)
			require.False(t, found, "by DB")
			return db.View(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, found, err := tx.FindPacticipant(ctx, "Foo")
				require.False(t, found, "by another View")
				return err
			})
		}))
	})
}

func TestInTx_writesNothingAfterItsContextHasEnded(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		err := db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			version(t, ctx, tx, "Foo", "1")
			cancel()
			_, err := tx.AddNote(ctx, "one")
			require.Error(t, err)
			require.Error(t, tx.Exec(ctx, "INSERT INTO notes (name, created_at) VALUES ('two', 0)"))
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		empty, err := db.IsEmpty(context.Background())
		require.NoError(t, err)
		require.True(t, empty)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, name := range []string{"one", "two"} {
				isNew, err := tx.AddNote(ctx, name)
				require.NoError(t, err)
				require.True(t, isNew, name)
			}
		})
	})
}

// everything is one column of each kind.
type everything struct {
	Number int64
	Small  int
	Text   string
	Truth  bool
	Bytes  []byte
	Empty  *string
	Some   *int64
	Real   float64
}

func TestRows_readEveryKindOfColumn(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			bytes := "x'0102'"
			if db.IsPostgres() {
				bytes = `'\x0102'::bytea`
			}
			found, err := store.Rows[everything](ctx, tx, "SELECT 5000000000 AS number, 7 AS small, 'a' AS text, 1 = 1 AS truth, "+bytes+
				" AS bytes, NULL AS empty, CAST(9 AS BIGINT) AS some, 'nobody asked' AS other, CAST(1.5 AS DOUBLE PRECISION) AS real")
			require.NoError(t, err)
			nine := int64(9)
			require.Equal(t, []everything{{Number: 5000000000, Small: 7, Text: "a", Truth: true, Bytes: []byte{1, 2}, Some: &nine, Real: 1.5}}, found)
			single, err := store.Rows[*string](ctx, tx, "SELECT NULL AS a UNION ALL SELECT 'b' ORDER BY 1")
			require.NoError(t, err)
			require.Len(t, single, 2)
		})
	})
}
