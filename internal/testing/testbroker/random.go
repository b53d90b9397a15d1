package testbroker

import (
	"math/rand/v2"
	"testing"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// Drawn is testrandom.Each.
func Drawn(t *testing.T, play func(t *testing.T, random *rand.Rand), kept ...uint64) {
	t.Helper()
	testrandom.Each(t, play, kept...)
}

// OneOf is testrandom.OneOf.
func OneOf[T any](random *rand.Rand, choices ...T) T { return testrandom.OneOf(random, choices...) }
