package store

import (
	"context"
	"fmt"
)

// ContentsChecked is what came of reading every content.
type ContentsChecked struct {
	// All is how many there are.
	All int64
	// Damaged is how many cannot be read as they were stored, FirstDamaged are the
	// digests of the first of them.
	Damaged      int64
	FirstDamaged []string
	// Unlike is how many are whole but have another digest than their text.
	Unlike      int64
	FirstUnlike []string
}

// CheckContents reads every content, one at a time. Each was stored with a
// checksum of its own, so damage is always found; whether the digest by which it
// is known is that of the text, hasDigest tells.
func (d *DB) CheckContents(ctx context.Context, hasDigest func(body []byte, sha string) bool, progress Progress) (ContentsChecked, error) {
	var checked ContentsChecked
	err := d.eachRange(ctx, "pact_versions", func(low, high, last int64) error {
		progress("contracts", high, last)
		return d.checkContents(ctx, low, high, hasDigest, &checked)
	})
	if err != nil {
		return checked, fmt.Errorf("check contents: %w", err)
	}
	return checked, nil
}

func (d *DB) checkContents(ctx context.Context, low, high int64, hasDigest func(body []byte, sha string) bool, checked *ContentsChecked) error {
	const shown = 5
	type content struct {
		ID, Size int64
		SHA      string `gorm:"column:sha"`
	}
	found, err := rows[content](ctx, &d.queries, "list contents", "SELECT x.id, x.size, x.sha FROM pact_versions x WHERE x.id "+sqlRange+sqlVisible+" ORDER BY x.id", low, high)
	if err != nil {
		return err
	}
	for _, c := range found {
		packed, there, err := row[struct{ Body []byte }](ctx, &d.queries, "read content", "SELECT body FROM pact_versions WHERE id = ?", c.ID)
		if err != nil {
			return err
		}
		if !there { // deleted since
			continue
		}
		checked.All++
		body, err := unpack(packed.Body)
		switch {
		case err != nil || int64(len(body)) != c.Size:
			if checked.Damaged++; len(checked.FirstDamaged) < shown {
				checked.FirstDamaged = append(checked.FirstDamaged, c.SHA)
			}
		case !hasDigest(body, c.SHA):
			if checked.Unlike++; len(checked.FirstUnlike) < shown {
				checked.FirstUnlike = append(checked.FirstUnlike, c.SHA)
			}
		}
	}
	return nil
}
