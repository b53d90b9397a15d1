package audit

import (
	"context"
	"strconv"
	"strings"
)

// Sealer has a key that is not in the database.
type Sealer interface {
	Usable() bool
	// Refresh reads the key again, where it can change.
	Refresh(ctx context.Context) error
	// Encrypt encrypts a text for an owner.
	Encrypt(text []byte, owner string) ([]byte, error)
	// Decrypt fails for what was not encrypted with the key for this owner.
	Decrypt(encrypted []byte, owner string) ([]byte, error)
}

// sealOwner is what the owner of a seal begins with. The store knows it, too.
const sealOwner = "audit after "

// Seal is what stands beside the chain once the broker has deleted entries up to a
// position: nobody makes it who has not the key, so entries that others have cut off
// have none. It says up to which position entries had gone before without one. It is nil
// where there is no key.
func Seal(with Sealer, before Bounds, base int64) ([]byte, error) {
	if with == nil || !with.Usable() {
		return nil, nil
	}
	return with.Encrypt([]byte(strconv.FormatInt(before.unsealed(with), 10)), sealOwner+strconv.FormatInt(base, 10))
}

// Opens reports whether the key opens the seal, or there is none.
func (b Bounds) Opens(with Sealer) bool {
	if b.Seal == nil {
		return true
	}
	_, err := with.Decrypt(b.Seal, sealOwner+strconv.FormatInt(b.Base.Position, 10))
	return err == nil
}

// IsSeal reports whether what is encrypted for the owner is a seal.
func IsSeal(owner string) bool { return strings.HasPrefix(owner, sealOwner) }

// unsealed is up to which position entries are gone of which no seal says that the broker
// has deleted them.
func (b Bounds) unsealed(with Sealer) int64 {
	if b.Base.Position == 0 {
		return 0
	}
	if text, err := with.Decrypt(b.Seal, sealOwner+strconv.FormatInt(b.Base.Position, 10)); err == nil {
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return n
		}
	}
	return b.Base.Position
}
