package links_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

// Every address with names in it must keep each name in a segment of its own,
// whatever is in it: clients follow addresses as they are.
func TestBase_keepsEveryNameInASegmentOfItsOwn(t *testing.T) {
	base := reflect.ValueOf(links.Base("https://broker.example.org/sub"))
	const name = "a/b?c#d e+f%2Fg&h=i;ü"
	for i := range base.NumMethod() {
		method, signature := base.Type().Method(i), base.Method(i).Type()
		if signature.NumOut() != 1 || signature.Out(0).Kind() != reflect.String || method.Name == "Path" || method.Name == "Problem" || method.Name == "Doc" || signature.IsVariadic() {
			continue // these take paths, and no names
		}
		plain, awkward := make([]reflect.Value, signature.NumIn()), make([]reflect.Value, signature.NumIn())
		texts := true
		for at := range plain {
			texts = texts && signature.In(at).Kind() == reflect.String
			plain[at], awkward[at] = reflect.ValueOf("x"), reflect.ValueOf(name)
		}
		if !texts {
			continue
		}
		t.Run(method.Name, func(t *testing.T) {
			want, got := base.Method(i).Call(plain)[0].String(), base.Method(i).Call(awkward)[0].String()
			address, err := url.Parse(got)
			require.NoError(t, err)
			require.Empty(t, address.Fragment)
			require.Equal(t, strings.Count(want, "/"), strings.Count(got, "/"), got)
			require.Equal(t, strings.Count(want, "?"), strings.Count(got, "?"), got)
			require.Equal(t, strings.Count(want, "&"), strings.Count(got, "&"), got)
			if len(awkward) > 0 {
				unescaped, err := url.PathUnescape(strings.ReplaceAll(got, "+", "%20"))
				require.NoError(t, err)
				require.Equal(t, len(awkward), strings.Count(unescaped, name), got)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, name := range []string{"", "a", "a/b", "%", "..", "\x00\xff", "日本", "a b+c"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		escaped := links.Escape(name)
		back, err := url.PathUnescape(escaped)
		require.NoError(t, err)
		require.Equal(t, name, back)
		query, err := url.QueryUnescape(escaped)
		require.NoError(t, err)
		require.Equal(t, name, query, "in a query as well")
		require.Empty(t, strings.Trim(escaped, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%"))
	})
}
