package testbroker

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Drawn plays what is drawn from a seed: from those that are always played, because
// they are the first or have once failed, and from a fresh one. Its name is the seed, so
// that what fails tells it: add it to the kept ones together with the mend.
func Drawn(t *testing.T, play func(t *testing.T, random *rand.Rand), kept ...uint64) {
	t.Helper()
	for _, seed := range append(kept, rand.Uint64()) { //nolint:gosec // nothing is to be kept secret
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			play(t, rand.New(rand.NewPCG(seed, 0))) //nolint:gosec // nothing is to be kept secret
		})
	}
}

// OneOf is one of the choices.
func OneOf[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }
