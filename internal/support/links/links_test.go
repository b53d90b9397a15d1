package links_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

func TestEscape_keepsNamesInOneSegment(t *testing.T) {
	for name, want := range map[string]string{
		"":            "",
		"Foo":         "Foo",
		"a/b":         "a%2Fb",
		"1.0.0+abc":   "1.0.0%2Babc",
		"O'Neil & co": "O%27Neil%20%26%20co",
		"a-b_c.d~e":   "a-b_c.d~e",
		"100%":        "100%25",
		"é":           "%C3%A9",
		"{tag}":       "%7Btag%7D",
	} {
		require.Equal(t, want, links.Escape(name), name)
	}
}

func TestBase_buildsAbsoluteAddresses(t *testing.T) {
	b := links.Base("https://broker.example.org/contracts")
	for _, test := range []struct{ got, want string }{
		{b.Index(), ""},
		{b.Pacticipants(), "/pacticipants"},
		{b.Version("a/b", "1+2"), "/pacticipants/a%2Fb/versions/1%2B2"},
		{b.Pact("P", "C", "1"), "/pacts/provider/P/consumer/C/version/1"},
		{b.RecordDeployment("P", "1", "u"), "/pacticipants/P/versions/1/deployed-versions/environment/u"},
		{b.VerificationResultWithMetadata("P", "C", "sha", "md", "3"), "/pacts/provider/P/consumer/C/pact-version/sha/metadata/md/verification-results/3"},
		{b.MatrixOfConsumerVersion("a b", "1"), "/matrix?q%5B%5D%5Bpacticipant%5D=a+b&q%5B%5D%5Bversion%5D=1&latestby=cvpv"},
		{b.Doc("index"), "/doc/{rel}?context=index"},
	} {
		require.Equal(t, "https://broker.example.org/contracts"+test.want, test.got)
	}
}
