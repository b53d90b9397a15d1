package contracts_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const at = links.Base("")

// Two contracts of a version with one provider are one too many, whether they come in one
// request or in two: the later one does not take the place of the other unless versions
// may change their contracts. What is refused leaves nothing behind.
func TestPublish_takesNoTwoContractsForOneProvider(t *testing.T) {
	for _, modifying := range []bool{false, true} {
		b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = modifying }))
		for name, c := range map[string]struct {
			says    []string // each the description of the one interaction
			last    string   // onConflict of the last, "" if it is not sent
			refused bool
			want    []string
		}{
			"one":                          {[]string{"swim"}, "", false, []string{"swim"}},
			"the same twice":               {[]string{"swim", "swim"}, "", false, []string{"swim"}},
			"two":                          {[]string{"swim", "dive"}, "", true, []string{"dive"}},
			"two that say so":              {[]string{"swim", "dive"}, "overwrite", true, []string{"dive"}},
			"two that are merged":          {[]string{"swim", "dive"}, "merge", false, []string{"swim", "dive"}},
			"there and back":               {[]string{"swim", "dive", "swim"}, "", true, []string{"swim"}},
			"the same but for the last":    {[]string{"swim", "swim", "dive"}, "", true, []string{"dive"}},
			"merged where one was in vain": {[]string{"swim", "dive", "rest"}, "merge", true, []string{"dive", "rest"}},
		} {
			t.Run(name, func(t *testing.T) {
				b := b.For(t)
				consumer := "Otter of " + name
				body := b.Publishing(consumer, "1", "main", nil)
				all := []any{}
				for i, says := range c.says {
					one := b.Publishing(consumer, "1", "", map[string]any{"River": testbroker.Content(consumer, "River", says)})["contracts"].([]any)[0].(map[string]any)
					if i == len(c.says)-1 && c.last != "" {
						one["onConflict"] = c.last
					}
					all = append(all, one)
				}
				body["contracts"], body["tags"] = all, []string{"dev"}
				answer := b.Post("/contracts/publish", body)
				if c.refused && !modifying {
					answer.OK(http.StatusConflict)
					require.Contains(t, answer.Text("errors", "contracts", 0), "two different contracts of "+consumer+" version 1 for River")
					require.Contains(t, string(answer.Body), "What would change:")
					require.NotContains(t, string(answer.Body), "What is published", "nothing is")
					b.Get(at.Pacticipant(consumer)).OK(http.StatusNotFound)
					return
				}
				answer.OK(http.StatusOK)
				pact := b.Get(at.Pact("River", consumer, "1")).OK(http.StatusOK)
				var got []string
				for i := range pact.Find("interactions").([]any) {
					got = append(got, pact.Text("interactions", i, "description"))
				}
				require.ElementsMatch(t, c.want, got)
			})
		}
	}
}

// A version that has published before is told of both: what differs from that, and what
// differs within the request; a contract for another provider goes with them.
func TestPublish_tellsOfEachContractThatDiffers(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Otter", "1").Saying(testbroker.Content("Otter", "River", "swim")).With("River")
	body := b.Publishing("Otter", "1", "", map[string]any{"River": testbroker.Content("Otter", "River", "dive")})
	for provider, says := range map[string]string{"River": "rest", "Lake": "swim"} {
		body["contracts"] = append(body["contracts"].([]any), b.Publishing("Otter", "1", "", map[string]any{provider: testbroker.Content("Otter", provider, says)})["contracts"].([]any)...)
	}
	answer := b.Post("/contracts/publish", body).OK(http.StatusConflict)
	require.Len(t, answer.Find("errors", "contracts"), 3, "two that differ from what was published, and one from the other")
	b.Get(at.Pact("Lake", "Otter", "1")).OK(http.StatusNotFound)
	require.Equal(t, "swim", b.Get(at.Pact("River", "Otter", "1")).Text("interactions", 0, "description"))
}
