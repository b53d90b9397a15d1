package contracts

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
)

// The address of a content remembers how it was selected, in the words of the
// original, so that links of either broker work in the other.
func TestMetadata_isWrittenInTheWordsOfTheOriginal(t *testing.T) {
	for name, tt := range map[string]struct {
		metadata Metadata
		want     string
	}{
		"nothing":                     {Metadata{}, ""},
		"a consumer version":          {Metadata{ConsumerVersion: "1a2b"}, "cvn=1a2b"},
		"a consumer version by id":    {Metadata{ConsumerVersionID: 7}, "cv=7"},
		"tags":                        {Metadata{ConsumerVersion: "1", Tags: []string{"dev", "a b"}}, "cvn=1&cvt[]=dev&cvt[]=a b"},
		"work in progress":            {Metadata{WIP: true}, "w=true"},
		"pending":                     {Metadata{Pending: new(true)}, "p=true"},
		"not pending":                 {Metadata{Pending: new(false)}, "p=false"},
		"a selector":                  {Metadata{Selectors: []SelectorMetadata{{Tag: "prod", Latest: true, ConsumerVersionID: 10}}}, "s[][cv]=10&s[][t]=prod&s[][l]=true"},
		"a branch and an environment": {Metadata{Selectors: []SelectorMetadata{{Branch: "main", ConsumerVersion: "1"}, {Environment: "live", ConsumerVersion: "2"}}}, "s[][cvn]=1&s[][b]=main&s[][cvn]=2&s[][e]=live"},
		"selectors, and pending":      {Metadata{Pending: new(true), Selectors: []SelectorMetadata{{Latest: true, ConsumerVersionID: 1}}}, "s[][cv]=1&s[][l]=true&p=true"},
		"names that need escapes":     {Metadata{ConsumerVersion: "1&w=true", Tags: []string{"ä/+%"}}, "cvn=1&w=true&cvt[]=ä/+%"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.want == "", tt.metadata.IsEmpty())
			segment := tt.metadata.Encode()
			require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]*$`), segment, "it stands in a path as it is, without padding")
			text, err := base64.RawURLEncoding.DecodeString(segment)
			require.NoError(t, err)
			read := []string{}
			for _, pair := range strings.Split(string(text), "&") {
				key, value, _ := strings.Cut(pair, "=")
				key, err = url.QueryUnescape(key)
				require.NoError(t, err)
				value, err = url.QueryUnescape(value)
				require.NoError(t, err)
				read = append(read, strings.Trim(key+"="+value, "="))
			}
			require.Equal(t, tt.want, strings.Join(read, "&"))
		})
	}
}

func TestMetadata_namesConsumerVersionsOfAllSelectors(t *testing.T) {
	numbers, ids := Metadata{ConsumerVersion: "1", Selectors: []SelectorMetadata{{ConsumerVersion: "2"}, {ConsumerVersionID: 3}, {Latest: true}, {ConsumerVersion: "4", ConsumerVersionID: 5}}}.ConsumerVersions()
	require.Equal(t, []string{"1", "2", "4"}, numbers)
	require.Equal(t, []int64{3, 5}, ids)
	numbers, ids = Metadata{WIP: true}.ConsumerVersions()
	require.Empty(t, numbers)
	require.Empty(t, ids)
}

func TestOutcome_saysWhatPublishingDid(t *testing.T) {
	for _, tt := range []struct {
		before Publication
		merged bool
		want   Outcome
	}{
		{Publication{}, false, Created}, {Publication{}, true, Created}, {Publication{ID: 1}, false, Replaced}, {Publication{ID: 1}, true, Merged},
	} {
		require.Equal(t, tt.want, outcome(tt.before, tt.merged), "%+v", tt)
	}
}

// What a content is called depends on the setting, and on the bytes only where those
// were named.
func TestIdentity_followsTheSetting(t *testing.T) {
	sent := SubmittedContract{Body: pactfile.Body(`{"interactions":[{"description":"b"},{"description":"a"}],"n":1}`), RawSHA: "raw"}
	turned := SubmittedContract{Body: pactfile.Body(`{"n":1,"interactions":[{"description":"a"},{"description":"b"}]}`)}
	require.Equal(t, turned.identity(pactfile.ByDemands), sent.identity(pactfile.ByDemands), "order does not count")
	require.NotEqual(t, turned.identity(pactfile.ByText), sent.with(sent.Body).identity(pactfile.ByText))
	require.Equal(t, "raw", sent.identity(pactfile.ByText))
	require.NotEqual(t, "raw", sent.with(sent.Body).identity(pactfile.ByText), "another body has another name")
}

func TestConflict_saysWhatToDo(t *testing.T) {
	change := Change{Consumer: "Shop", Version: "1", Provider: "Stock"}
	require.Contains(t, change.Text(), "Shop version 1 has already published another contract for Stock.")
	require.Contains(t, change.Text(), "publish under a new version number")
	require.NotContains(t, change.Text(), "PACT_BROKER_ALLOW_DANGEROUS_CONTRACT_MODIFICATION")
	change.Merge = true
	require.Contains(t, change.Text(), "PACT_BROKER_ALLOW_DANGEROUS_CONTRACT_MODIFICATION=true")
	both := &ConflictError{Changed: []Change{change}, Similar: []string{"Stock looks like stock"}}
	require.Equal(t, change.Text()+"\nStock looks like stock", both.Error())
	var similar *SimilarError
	require.False(t, asSimilar(both, &similar))
	require.True(t, asSimilar(&SimilarError{Messages: []string{"a", "b"}}, &similar))
	require.Equal(t, "a\nb", similar.Error())
}
