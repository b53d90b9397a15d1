package browser

import (
	"os"
	"strings"
	"testing"

	"accord/internal/support/config"
	"accord/internal/testing/testbroker"
)

// places are the addresses of the pages with the example data.
var places = []string{
	"/", "/publish", "/pacticipants?as=resource", "/nowhere", "/doc/pb:pacticipant",
}

func TestPages_canBeUsedByEverybody(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.SeedExampleData, s.Server.BaseURLs = true, nil }))
	seen := open(t, b.URL())
	only := os.Getenv("ACCORD_PAGES")
	for _, l := range looks {
		seen.as(t, l)
		for _, address := range places {
			if only != "" && !strings.Contains(address, only) {
				continue
			}
			seen.visit(t, address)
			seen.check(t, l.name+" "+address, l.width > 600)
			seen.shoot(t, named(address)+"-"+l.name)
		}
	}
}
