package edge

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// drawn plays what is drawn from a first seed and from a fresh one, which is the name of
// the test: testbroker.Drawn cannot be asked from within the package.
func drawn(t *testing.T, play func(t *testing.T, random *rand.Rand)) {
	t.Helper()
	for _, seed := range []uint64{1, rand.Uint64()} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			play(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

// oneOf is one of the choices.
func oneOf[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }
