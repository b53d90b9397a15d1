package store

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
)

// recurring tells records that say again what one of the same source has said before
// them. Of each record of the present kind it keeps eight bytes, in a map that takes 24 to 36.
type recurring struct {
	seed maphash.Seed
	kind archive.Kind
	seen map[uint64]struct{}
}

func newRecurring() *recurring { return &recurring{seed: maphash.MakeSeed()} }

// has reports whether one of the records before, all of which it was asked about, is the
// same, and what that is known by.
func (k *recurring) has(r archive.Record) (name string, again bool) {
	key := knownBy(r)
	if key == nil {
		return "", false
	}
	if r.Kind() != k.kind {
		k.kind, k.seen = r.Kind(), map[uint64]struct{}{}
	}
	sum := maphash.String(k.seed, strings.Join(key, "\x00"))
	_, again = k.seen[sum]
	k.seen[sum] = struct{}{}
	return strings.Join(slices.DeleteFunc(key, func(text string) bool { return text == "" }), " "), again
}

// knownBy are the texts by which a record is the same as another of its kind; none where
// each is one of its own.
func knownBy(r archive.Record) []string {
	switch r := r.(type) {
	case *archive.Application:
		return []string{r.Name}
	case *archive.Label:
		return []string{r.Application, r.Name}
	case *archive.Environment:
		return []string{r.Name, r.UUID}
	case *archive.Version:
		return []string{r.Application, r.Number}
	case *archive.Branch:
		return []string{r.Application, r.Name}
	case *archive.Membership:
		return []string{r.Application, r.Branch, r.Version}
	case *archive.Tag:
		return []string{r.Application, r.Version, r.Name}
	case *archive.Deployment:
		return []string{r.Application, r.Version, r.Environment, r.UUID}
	case *archive.Release:
		return []string{r.Application, r.Version, r.Environment}
	case *archive.Secret:
		return []string{r.Name}
	case *archive.Webhook:
		return []string{r.UUID, text(r.Consumer), text(r.ConsumerLabel), text(r.Provider), text(r.ProviderLabel)}
	case *archive.Delivery:
		return []string{r.UUID, text(r.Webhook), text(r.Consumer), text(r.Provider)}
	}
	return contractKnownBy(r)
}

// contractKnownBy is knownBy of what belongs to contracts.
func contractKnownBy(r archive.Record) []string {
	switch r := r.(type) {
	case *archive.Integration:
		return []string{r.Consumer, r.Provider}
	case *archive.Content:
		return []string{r.Consumer, r.Provider, r.SHA}
	case *archive.Publication:
		return []string{r.Consumer, r.Version, r.Provider, fmt.Sprint(r.Revision), r.SHA}
	case *archive.Result:
		return []string{r.Consumer, r.Provider, r.SHA, fmt.Sprint(r.Number), r.ProviderVersion, fmt.Sprint(r.Success), fmt.Sprint(r.CreatedAt)}
	case *archive.FirstSuccess:
		return []string{r.Consumer, r.Provider, r.SHA, r.Tag}
	case *archive.Document:
		return []string{r.Provider, r.SHA}
	case *archive.Contract:
		return []string{r.Provider, r.Version, r.Name}
	}
	return nil
}
