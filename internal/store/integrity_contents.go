package store

import (
	"bytes"
	"context"
	"fmt"
)

// ContentsChecked is what came of reading every content.
type ContentsChecked struct {
	// All is how many there are.
	All int64
	// Damaged cannot be read, or are not as long as they were. Changed can be read, but
	// their text or the digest by which they are known is not what was stored.
	Damaged, Changed ContentsFound
	// Earlier is how many were stored by versions that kept no checksum of text and
	// digest; Unlike are those of them that have another digest than their text gives.
	Earlier int64
	Unlike  ContentsFound
}

// ContentsFound is how many contents something was found about, and the digests of the
// first of them.
type ContentsFound struct {
	N     int64
	First []string
}

func (f *ContentsFound) add(sha string) {
	const shown = 5
	if f.N++; len(f.First) < shown {
		f.First = append(f.First, sha)
	}
}

// CheckContents reads every content, one at a time, and holds it against the checksum that
// was stored with it. Where there is none, hasDigest reports whether the digest by which it
// is known is that of the text.
func (d *DB) CheckContents(ctx context.Context, hasDigest func(body []byte, sha string) bool, progress Progress) (ContentsChecked, error) {
	var checked ContentsChecked
	err := d.eachRange(ctx, "pact_versions", func(low, high, last int64) error {
		progress(Contents, high, last)
		return d.checkContents(ctx, low, high, hasDigest, &checked)
	})
	if err != nil {
		return checked, fmt.Errorf("check contents: %w", err)
	}
	return checked, nil
}

func (d *DB) checkContents(ctx context.Context, low, high int64, hasDigest func(body []byte, sha string) bool, checked *ContentsChecked) error {
	found, err := rows[int64](ctx, &d.queries, "list contents", "SELECT x.id FROM pact_versions x WHERE x.id "+sqlRange+sqlVisible+" ORDER BY x.id", low, high)
	if err != nil {
		return err
	}
	type content struct {
		Size           int64
		SHA            string `gorm:"column:sha"`
		Body, Checksum []byte
	}
	for _, id := range found {
		c, there, err := row[content](ctx, &d.queries, "read content", "SELECT size, sha, body, checksum FROM pact_versions WHERE id = ?", id)
		if err != nil {
			return err
		}
		if !there { // deleted since
			continue
		}
		checked.All++
		if c.Checksum == nil {
			checked.Earlier++
		}
		body, err := unpack(c.Body)
		switch {
		case err != nil || int64(len(body)) != c.Size:
			checked.Damaged.add(c.SHA)
		case c.Checksum != nil && !bytes.Equal(c.Checksum, contentChecksum(c.SHA, c.Body)):
			checked.Changed.add(c.SHA)
		case c.Checksum == nil && !hasDigest(body, c.SHA):
			checked.Unlike.add(c.SHA)
		}
	}
	return nil
}

// ReportsChecked is what came of reading the texts of one kind that hang on results and
// on what providers promise.
type ReportsChecked struct {
	Part Part
	// All is how many there are, Damaged how many cannot be read as they were stored,
	// First are the ids of the first of them.
	All, Damaged int64
	First        []int64
}

// CheckReports reads every stored text that is no contract, one at a time.
func (d *DB) CheckReports(ctx context.Context, progress Progress) ([]ReportsChecked, error) {
	var all []ReportsChecked
	for _, kind := range []struct {
		part          Part
		table, column string
	}{
		{TestResults, "verifications", "test_results"},
		{Documents, "provider_documents", "body"},
		{TestReports, "provider_contracts", "evidence"},
	} {
		checked := ReportsChecked{Part: kind.part}
		err := d.eachRange(ctx, kind.table, func(low, high, last int64) error {
			progress(kind.part, high, last)
			return d.checkReports(ctx, kind.table, kind.column, low, high, &checked)
		})
		if err != nil {
			return all, fmt.Errorf("check %s: %w", kind.part, err)
		}
		all = append(all, checked)
	}
	return all, nil
}

func (d *DB) checkReports(ctx context.Context, table, column string, low, high int64, checked *ReportsChecked) error {
	const shown = 5
	found, err := rows[int64](ctx, &d.queries, "list texts of "+table, "SELECT id FROM "+table+" WHERE id "+sqlRange+" AND length("+column+") > 0 ORDER BY id", low, high)
	if err != nil {
		return err
	}
	for _, id := range found {
		packed, there, err := row[struct{ Packed []byte }](ctx, &d.queries, "read text of "+table, "SELECT "+column+" AS packed FROM "+table+" WHERE id = ?", id)
		if err != nil {
			return err
		}
		if !there || len(packed.Packed) == 0 { // deleted since
			continue
		}
		checked.All++
		if _, err := unpack(packed.Packed); err != nil {
			if checked.Damaged++; len(checked.First) < shown {
				checked.First = append(checked.First, id)
			}
		}
	}
	return nil
}
