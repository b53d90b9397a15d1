package db_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/fault"
)

// smallDisk is a folder on a disk of its own with so many kilobytes. Only root can have
// one; others skip the test.
func smallDisk(t *testing.T, kilobytes int) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("none", folder, "tmpfs", 0, fmt.Sprintf("size=%dk", kilobytes)); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	return folder
}

// kept is what a test has been told is stored.
type kept map[string]int64

// fill writes things of a quarter of a megabyte until the disk takes no more, and returns
// what the broker then says.
func (k kept) fill(t *testing.T, d *db.DB) error {
	t.Helper()
	for i := range int64(1000) {
		name := fmt.Sprint(i, " ", strings.Repeat("x", 250_000))
		err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, name, i); err != nil {
				return err
			}
			return put(ctx, tx, "the last", i)
		})
		if err != nil {
			return err
		}
		k[name], k["the last"] = i, i
	}
	require.Fail(t, "the disk never became full")
	return nil
}

func requireRemedy(t *testing.T, err error, message, remedy string) {
	t.Helper()
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	require.ErrorContains(t, err, message)
	var told *fault.Error
	require.ErrorAs(t, err, &told)
	require.Contains(t, told.Remedy, remedy)
}

// A disk that fills up costs nothing that was said to be stored, leaves nothing half
// written, lets everybody read on, and once there is room again the broker goes on.
func TestDisk_thatIsFullLosesNothing(t *testing.T) {
	folder := smallDisk(t, 6000)
	ballast, address := filepath.Join(folder, "another file"), "sqlite:///"+filepath.Join(folder, "accord.db")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 1_000_000), 0o600))
	d, err := db.Open(context.Background(), optionsFor(address))
	require.NoError(t, err)
	write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
	all := kept{}
	requireRemedy(t, all.fill(t, d), "disk of the broker's database is full", "Free space on the disk")
	require.NotEmpty(t, all)
	for range 3 {
		err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			return put(ctx, tx, strings.Repeat("y", 3_000_000), 1)
		})
		requireRemedy(t, err, "disk of the broker's database is full", "Free space on the disk")
	}
	require.Equal(t, map[string]int64(all), everything(context.Background(), t, &d.Reader), "who reads sees what was stored, wholly")

	require.NoError(t, os.Remove(ballast))
	write(t, d, "INSERT INTO things (name, number) VALUES ('small', 7)")
	all["small"] = 7
	require.NoError(t, d.Close())
	again := opened(t, address)
	require.Equal(t, map[string]int64(all), everything(context.Background(), t, &again.Reader), "and so does who starts anew")
}

// A disk that has no room for a new database says so when the broker starts.
func TestOpen_saysThatADiskIsTooSmall(t *testing.T) {
	address := "sqlite:///" + filepath.Join(smallDisk(t, 64), "accord.db")
	for range 2 {
		_, err := db.Open(context.Background(), optionsFor(address, func(o *db.Options) { o.Exclusive = true })) // which lets go of its lock
		require.ErrorContains(t, err, "is full")
		require.ErrorContains(t, err, "Free space on the disk")
	}
}
