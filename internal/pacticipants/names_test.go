package pacticipants

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDisplayName(t *testing.T) {
	for name, want := range map[string]string{
		"foo": "Foo", "fooBar": "Foo Bar", "foo-bar": "Foo Bar", "foo_bar": "Foo Bar", "foo.bar": "Foo Bar", "Foo Bar": "Foo Bar",
		"ABCService": "ABC Service", "my-API": "My API", "a-b": "A B", "HTTPServer2": "HTTP Server2", "foo/bar": "Foo/bar",
		"my-env_x": "My Env X", "test": "Test", "  foo   bar ": "Foo Bar", "ärger": "Ärger", "日本": "日本", "a-b-c": "A B C",
		"": "", "-": "-", "Foo": "Foo", "FOO": "FOO",
	} {
		require.Equal(t, want, DisplayName(name), name)
	}
}

func TestSimilarNames(t *testing.T) {
	for _, pair := range [][2]string{
		{"foo", "Foo"}, {"Foo Service", "Foo"}, {"FooService", "foo-service"}, {"foo_api", "Foo"}, {"Foos", "Foo"},
		{"Foo::Bar", "foo/bar"}, {"FooBar", "foo bar"}, {"FOOBar", "foo-bar"}, {"Provider", "Api"}, {"Foo Provider", "foo-services"},
		{"S3 Bucket Service", "S3BucketService"}, {"FooAService", "foo-a"}, {"Foo-", "foo"}, {"foo\tbar", "fooBar"},
	} {
		require.Equal(t, []string{pair[1]}, SimilarNames(pair[0], []string{"Something", pair[1]}), "%q", pair)
		require.Equal(t, []string{pair[0]}, SimilarNames(pair[1], []string{pair[0]}), "%q", pair)
	}
	for _, pair := range [][2]string{
		{"foo.bar", "FooBar"}, {"foobar", "FooBar"}, {"Foo2", "Foo 2"}, {"foo--bar", "foo-bar"}, {"Bar Foo", "Foo Bar"}, {"Foo Consumer", "Foo"},
		{"accounts", "accounts-receivable"}, {"-foo", "foo"},
	} {
		require.Empty(t, SimilarNames(pair[0], []string{pair[1]}), "%q", pair)
	}
}

func TestANameThatExistsIsSimilarToNone(t *testing.T) {
	require.Empty(t, SimilarNames("Foo", []string{"foo", "Foo", "FOO"}))
	require.Equal(t, []string{"foo", "FOO"}, SimilarNames("Foo", []string{"foo", "FOO"}))
}

func BenchmarkSimilarNames(b *testing.B) {
	existing := make([]string, 10_000)
	for n := range existing {
		existing[n] = fmt.Sprintf("Payment%dService-%d", n, n)
	}
	for b.Loop() {
		SimilarNames("A New Application", existing)
	}
}
