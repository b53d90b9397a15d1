package questions

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
)

func yes() *bool { v := true; return &v }

func no() *bool { v := false; return &v }

func TestMetadataComesBack(t *testing.T) {
	for name, m := range map[string]contracts.Metadata{
		"nothing":           {},
		"a version":         {ConsumerVersion: "1.0+a b/ü&x=y", Tags: []string{"dev", "a[]"}},
		"an id":             {ConsumerVersionID: 12, Tags: []string{"untagged"}},
		"work in progress":  {WIP: true},
		"pending":           {Pending: yes()},
		"not pending":       {Pending: no(), Selectors: []contracts.SelectorMetadata{{Tag: "prod", Latest: true, ConsumerVersionID: 10}}},
		"disjoint keys":     {Selectors: []contracts.SelectorMetadata{{Branch: "main", ConsumerVersionID: 1}, {Tag: "prod", ConsumerVersionID: 2}, {Environment: "test", ConsumerVersionID: 2}}},
		"versions by name":  {Selectors: []contracts.SelectorMetadata{{Branch: "main", ConsumerVersion: "1"}, {Latest: true, ConsumerVersion: "2"}}},
		"everything at all": {ConsumerVersion: "1", ConsumerVersionID: 2, Tags: []string{"x"}, WIP: true, Pending: no(), Selectors: []contracts.SelectorMetadata{{Branch: "b", Tag: "t", Environment: "e", Latest: true, ConsumerVersion: "3", ConsumerVersionID: 4}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, m, Metadata(m.Encode()))
			require.Equal(t, name == "nothing", m.IsEmpty())
		})
	}
}

func TestMetadataOfThePactBroker(t *testing.T) {
	require.Equal(t, "Y3ZuPTFhMmI", contracts.Metadata{ConsumerVersion: "1a2b"}.Encode())
	selected := contracts.Metadata{Selectors: []contracts.SelectorMetadata{{Tag: "prod", Latest: true, ConsumerVersionID: 10}}}
	for name, segment := range map[string]string{
		"escaped brackets": base64.RawURLEncoding.EncodeToString([]byte("s%5B%5D%5Bt%5D=prod&s%5B%5D%5Bl%5D=true&s%5B%5D%5Bcv%5D=10")),
		"plain brackets":   base64.RawURLEncoding.EncodeToString([]byte("s[][t]=prod&s[][l]=true&s[][cv]=10")),
		"padded":           base64.URLEncoding.EncodeToString([]byte("s[][t]=prod&s[][l]=true&s[][cv]=10")),
		"standard base64":  base64.StdEncoding.EncodeToString([]byte("s[][t]=prod&s[][l]=true&s[][cv]=10")),
	} {
		require.Equal(t, selected, Metadata(segment), name)
	}
}

func TestMetadataInBothAlphabets(t *testing.T) {
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		segment := encoding.EncodeToString([]byte("cvn=>>>???~~~"))
		require.Equal(t, encoding == base64.StdEncoding, strings.ContainsAny(segment, "+/"))
		require.Equal(t, ">>>???~~~", Metadata(segment).ConsumerVersion)
	}
}

func TestUnreadableMetadataIsEmpty(t *testing.T) {
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, segment := range map[string]string{
		"nothing":             "",
		"no base64":           "%%%",
		"a wrong length":      "abcde",
		"no query":            encode("\xff\xfe\x00"),
		"wrong escapes":       encode("cvn=%zz"),
		"ambiguous":           encode("cvt=1&cvt[]=2&cvn=1"),
		"bytes without sense": encode("cvn=%ff&cv=-1&p=maybe&w=1&cvt[]=%00&s=x"),
	} {
		require.Equal(t, contracts.Metadata{}, Metadata(segment), name)
	}
}

func FuzzMetadata(f *testing.F) {
	for _, segment := range []string{"", "Y3ZuPTFhMmI", "abcde", contracts.Metadata{Tags: []string{"a"}, Pending: yes(), Selectors: []contracts.SelectorMetadata{{Branch: "b", ConsumerVersionID: 1}}}.Encode()} {
		f.Add(segment)
	}
	f.Fuzz(func(t *testing.T, segment string) {
		m := Metadata(segment)
		for n, s := range m.Selectors {
			if s.ConsumerVersion == "" && s.ConsumerVersionID == 0 {
				m.Selectors[n].ConsumerVersionID = 1
			}
		}
		require.Equal(t, contracts.Metadata{ConsumerVersion: m.ConsumerVersion}, Metadata(contracts.Metadata{ConsumerVersion: m.ConsumerVersion}.Encode()))
		require.Equal(t, m.Tags, Metadata(m.Encode()).Tags)
	})
}
