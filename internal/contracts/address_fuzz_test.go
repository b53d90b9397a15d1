package contracts

import (
	"testing"

	"github.com/accord-broker/accord/internal/pactfile"
)

func FuzzCheckPact(f *testing.F) {
	for _, body := range []string{`{}`, `{"consumer":{"name":1},"interactions":[{"providerStates":[{"name":"a"}]}]}`, `[`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(_ *testing.T, sent []byte) {
		body, err := pactfile.ReadBody(sent)
		if err != nil {
			return
		}
		_ = CheckPact(Address{"a", "b", "c"}, body, nil)
		states{}.add("a", body)
	})
}
