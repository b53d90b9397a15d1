package clientpacts_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ungroup puts the parameters of a query back into the order in which the
// client sent them. The contract of the newer client was written by a tool
// that sorts parameters by name, which tears selectors apart: for two of them
// it says q[][pacticipant]=Foo&q[][pacticipant]=Bar&q[][version]=1&q[][version]=2.
//
// The versions belong to the applications in order; a tag, or the wish for the
// latest, to the last application.
func ungroup(query string) string {
	var others, versions, wishes, applications []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		switch name {
		case "q[][pacticipant]":
			applications = append(applications, part)
		case "q[][version]":
			versions = append(versions, part)
		case "q[][tag]", "q[][latest]":
			wishes = append(wishes, part)
		default:
			others = append(others, part)
		}
	}
	var ordered []string
	for i, application := range applications {
		ordered = append(ordered, application)
		if i < len(versions) {
			ordered = append(ordered, versions[i])
		}
		if i == len(applications)-1 {
			ordered = append(ordered, wishes...)
		}
	}
	return escapeBrackets(strings.Join(append(ordered, others...), "&"))
}

// escapeBrackets makes a query one that Go's client sends as it is.
func escapeBrackets(query string) string {
	return strings.NewReplacer("[", "%5B", "]", "%5D").Replace(query)
}

func TestUngroup_givesSelectorsTheirParametersBack(t *testing.T) {
	for sorted, sent := range map[string]string{
		"pacticipant=Foo": "pacticipant=Foo",
		"latestby=cvpv&q[][pacticipant]=Foo+Thing&q[][pacticipant]=Bar&q[][version]=1&q[][version]=2":        "q[][pacticipant]=Foo+Thing&q[][version]=1&q[][pacticipant]=Bar&q[][version]=2&latestby=cvpv",
		"latestby=cvpv&q[][latest]=true&q[][pacticipant]=Foo&q[][pacticipant]=Bar&q[][tag]=t&q[][version]=1": "q[][pacticipant]=Foo&q[][version]=1&q[][pacticipant]=Bar&q[][latest]=true&q[][tag]=t&latestby=cvpv",
		"ignore[][pacticipant]=Foo&q[][pacticipant]=Bar&q[][pacticipant]=Foo&q[][tag]=t&q[][version]=4":      "q[][pacticipant]=Bar&q[][version]=4&q[][pacticipant]=Foo&q[][tag]=t&ignore[][pacticipant]=Foo",
	} {
		plain, err := url.QueryUnescape(strings.ReplaceAll(ungroup(sorted), "+", "%2B"))
		require.NoError(t, err)
		require.Equal(t, sent, plain)
	}
}
