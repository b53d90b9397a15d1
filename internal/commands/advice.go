package commands

import (
	"errors"

	"github.com/accord-broker/accord/internal/store"
)

// advice is what to do about errors that say only what is wrong.
var advice = []struct {
	about error
	text  string
}{
	{store.ErrUnreadable, "`broker doctor` lists all that cannot"},
	{store.ErrImportDiffers, "run `broker doctor`, and report this to the project"},
}

// withAdvice is the text of an error and, where that is known, what to do about it.
func withAdvice(err error) string {
	text := err.Error()
	for _, a := range advice {
		if errors.Is(err, a.about) {
			text += ": " + a.text
		}
	}
	return text
}
