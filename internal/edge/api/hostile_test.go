package api_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/testing/openapitest"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// hostile are texts, escaped for an address, that have broken other programs:
// what databases refuse or take for SQL, what is no UTF-8, no number, or far too
// much.
var hostile = []string{
	"%00", "a%00b", "%FF", "%ED%A0%80", "%0D%0AX-Injected:%201", "%20", "%27%20OR%20%271%27=%271", "%25%27%5C_", "..%2F..", "%2E%2E", "%5Cu0000",
	"%F0%9F%92%A5", "-1", "99999999999999999999", "1e309", "%7B%22a%22:%5B%5D%7D", "%5B%5D", strings.Repeat("n", 10_000),
}

// hostileMetadata are what an address may claim to remember of a selection.
var hostileMetadata = []string{"s[][b]=\x00", "cv[]=\x00", "cvn[]=%00", "s[][cv]=99999999999999999999", "s[][b][c]=1", "w=\xff", "p=maybe", "%zz", "s=1&s[]=2"}

// hostileQueries are whole queries in the manner of the matrix.
var hostileQueries = []string{
	"q=1", "q[]=1", "q[pacticipant]=Web", "q[][pacticipant]=", "q[][pacticipant]=%00", "q[][pacticipant]=Web&q[][version]=%00", "q[][pacticipant]=%FF",
	"q[][pacticipant]=Web&q[][tag]=%00&q[][latest]=true", "q[][pacticipant]=Web&q[][branch]=%00&q[][latest]=maybe", "q[][pacticipant][x]=Web",
	"q[][pacticipant]=Web&environment=%00", "q[][pacticipant]=Web&latestby=%00", "q[][pacticipant]=Web&limit=-1", "q[][pacticipant]=Web&days=x",
	"q[][pacticipant]=Web&q[][version]=1&to=%00", "pacticipant=%00&version=%00&to=%00", "pacticipant=Web&version=1&environment=%FF", "a[b]=1&a=2", "=&&=%zz", "[]=1",
	"q[][pacticipant]=Web&latestby=cvpv&success[]=%00&success=x", "ignore[][pacticipant]=%00&q[][pacticipant]=Web",
}

// misspelt is every path that the route has when one of its parameters is hostile
// and the others name things that exist.
func misspelt(route edge.Route, things map[string]string) []string {
	var paths []string
	names := parameter.FindAllStringSubmatch(route.Path, -1)
	for _, bad := range names {
		values := hostile
		if bad[1] == "metadata" {
			values = append([]string{}, hostile...)
			for _, text := range hostileMetadata {
				values = append(values, base64.RawURLEncoding.EncodeToString([]byte(text)))
			}
		}
		for _, value := range values {
			paths = append(paths, parameter.ReplaceAllStringFunc(route.Path, func(name string) string {
				if name == bad[0] {
					return value
				}
				return things[name[1:]]
			}))
		}
	}
	return paths
}

// askedBadly is every query that is hostile to the route: its documented
// parameters one by one, and for the matrix whole ones.
func askedBadly(route edge.Route, things map[string]string) []string {
	path := parameter.ReplaceAllStringFunc(route.Path, func(name string) string { return things[name[1:]] })
	var addresses []string
	for _, name := range openapitest.QueryParameters(route.Method, parameter.ReplaceAllString(route.Path, "{$1}")) {
		for _, value := range hostile {
			addresses = append(addresses, path+"?"+name+"="+value)
		}
	}
	if strings.Contains(path, "matrix") || strings.Contains(path, "can-i-deploy") || strings.Contains(path, "verdicts") || strings.Contains(path, "for-verification") {
		for _, query := range hostileQueries {
			addresses = append(addresses, path+"?"+query)
		}
	}
	return addresses
}

func TestReads_neverFailWhateverIsAsked(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		things := thingsOf(b)
		asked, failures := 0, []string{}
		for _, route := range append((&api.API{}).Routes(), (&v1.API{}).Routes()...) {
			if route.Method != http.MethodGet {
				continue
			}
			for _, address := range append(misspelt(route, things), askedBadly(route, things)...) {
				answer := b.Get(address)
				if answer.Status >= 500 {
					failures = append(failures, route.Operation+" "+address)
				}
				require.Empty(t, answer.Header.Get("X-Injected"), address)
				asked++
			}
		}
		require.Empty(t, failures)
		require.Greater(t, asked, 3_000)
	})
}
