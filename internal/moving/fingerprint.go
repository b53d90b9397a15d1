package moving

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/archive"
)

// Fingerprint names the broker that a source was read from, by the application
// that it has had for the longest time, so that it is known again however it is
// read. A broker without applications has the empty name.
func Fingerprint(ctx context.Context, source archive.Source) (string, error) {
	var first *archive.Application
	enough := errors.New("moving: the first is enough")
	err := source.Each(ctx, func(kind archive.Kind) bool { return kind == archive.KindApplication }, func(r archive.Record) error {
		first = r.(*archive.Application)
		return enough
	})
	if err != nil && !errors.Is(err, enough) {
		return "", err
	}
	if first == nil {
		return "", nil
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", first.Name, first.CreatedAt.Time().Unix()))
	return hex.EncodeToString(sum[:8]), nil
}
