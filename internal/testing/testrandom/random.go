// Package testrandom gives tests something to draw from that differs from run to run and
// that a failed run says how to repeat.
package testrandom

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
)

// variable has the seed of a run that is to be repeated.
const variable = "ACCORD_SEED"

// New is drawn from by one test. The log of a failed one has the seed.
func New(t testing.TB) *rand.Rand {
	t.Helper()
	seed := oneFresh(t)
	t.Logf("to repeat this: %s=%d", variable, seed)
	return from(seed)
}

// Each plays what is drawn from a seed: from those that are always played, because
// they are the first or have once failed, and from a fresh one. Its name is the seed, so
// that what fails tells it: add it to the kept ones together with the mend.
func Each(t *testing.T, play func(t *testing.T, random *rand.Rand), kept ...uint64) {
	t.Helper()
	for _, seed := range Seeds(t, 1, kept...) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { play(t, from(seed)) })
	}
}

// Seeds are the kept ones, as Each has them, and so many fresh ones, for tests that draw
// from several sources at once. Such a test names the seed where it fails.
func Seeds(t testing.TB, fresh int, kept ...uint64) []uint64 {
	t.Helper()
	seeds := slices.Clone(kept)
	for range fresh {
		seeds = append(seeds, oneFresh(t))
	}
	return slices.Compact(seeds)
}

// OneOf is one of the choices.
func OneOf[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

func from(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // nothing is to be kept secret
}

// oneFresh is the seed that is asked for, or a new one.
func oneFresh(t testing.TB) uint64 {
	t.Helper()
	asked := os.Getenv(variable)
	if asked == "" {
		return rand.Uint64() //nolint:gosec // nothing is to be kept secret
	}
	seed, err := strconv.ParseUint(asked, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return seed
}
