package rackquery

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shape renders a value so that a table can say what is expected.
func shape(v *Value) string {
	switch {
	case v.IsText():
		return v.Text()
	case v.IsList():
		var parts []string
		for _, element := range v.List() {
			parts = append(parts, shape(element))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	var parts []string
	for _, key := range v.Keys() {
		parts = append(parts, key+":"+shape(v.Member(key)))
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func TestParse(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                       "{}",
		"a=1&b=2":                                "{a:1 b:2}",
		"a=1&a=2":                                "{a:2}",
		"a&b=":                                   "{b:}",
		"=1&&[]=2&a=1":                           "{a:1}",
		"a=1+2%2B3&%C3%BC=x%3Dy":                 "{a:1 2+3 ü:x=y}",
		"ignore[]=Foo&ignore[]=B":                "{ignore:[Foo B]}",
		"exclude%5B%5D=main&exclude%5B%5D=a%2Fb": "{exclude:[main a/b]}",
		"q[][pacticipant]=A&q[][version]=1":      "{q:[{pacticipant:A version:1}]}",
		"q[][p]=A&q[][v]=1&q[][p]=B&q[][latest]=true":      "{q:[{p:A v:1} {p:B latest:true}]}",
		"q[]p=A&q[]v=1&q[]p=B":                             "{q:[{p:A v:1} {p:B}]}",
		"q%5B%5D%5Bp%5D=A&latestby=cvp&q%5B%5D%5Bv%5D=1":   "{q:[{p:A v:1}] latestby:cvp}",
		"q[][p]=A&q[][p]=B&q[][v]=1":                       "{q:[{p:A} {p:B v:1}]}",
		"q[]=x&q[][p]=A":                                   "{q:[x {p:A}]}",
		"q[p]=A&q[v]=1":                                    "{q:{p:A v:1}}",
		"q[p][a]=1&q[p][b]=2":                              "{q:{p:{a:1 b:2}}}",
		"q[][a][b]=1&q[][a][b]=2&q[][a][c]=3":              "{q:[{a:{b:1}} {a:{b:2 c:3}}]}",
		"q[][a][]=1&q[][a][]=2":                            "{q:[{a:[1 2]}]}",
		"s[][t]=prod&s[][l]=true&s[][cv]=10&s[][cv]=11&w=": "{s:[{t:prod l:true cv:10} {cv:11}] w:}",
		"a[=1": "{a[:1}",
	} {
		q, err := Parse(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, shape(q.root), raw)
	}
}

func TestParseRefuses(t *testing.T) {
	for raw, text := range map[string]string{
		"a=%zz":                                "wrong escape",
		"%=1":                                  "wrong escape",
		"a=1&a[]=2":                            "two different things",
		"a[]=1&a=2":                            "two different things",
		"a[]=1&a[b]=2":                         "two different things",
		"a[b]=1&a[][c]=2":                      "two different things",
		"a=1&a[b]=2":                           "two different things",
		"a[b]=1&a=2":                           "two different things",
		"a[b][c]=1&a[b]=2":                     "two different things",
		"a[][b]=1&a[][b][]=2":                  "two different things",
		"a" + strings.Repeat("[x]", 40) + "=1": "32 levels",
	} {
		_, err := Parse(raw)
		require.ErrorContains(t, err, text, raw)
	}
}

func TestAbsentValues(t *testing.T) {
	q, err := Parse("q[][p]=A&t=x")
	require.NoError(t, err)
	require.Equal(t, []string{"q", "t"}, q.Names())
	require.Equal(t, "x", q.Text("t"))
	require.Empty(t, q.Text("q"))
	require.Empty(t, q.Text("none"))
	require.Equal(t, "A", q.Value("q").List()[0].MemberText("p"))
	require.Empty(t, q.Value("q").List()[0].MemberText("none"))
	require.Nil(t, q.Value("none").Member("x"))
	require.Empty(t, q.Value("none").List())
	require.Empty(t, q.Value("t").Texts())
	require.Empty(t, (Query{}).Names())
	require.Nil(t, (Query{}).Value("a"))
}

func FuzzRackQuery(f *testing.F) {
	for _, raw := range []string{"", "a=1", "q[][p]=A&q[]v=1", "q[a][b][]=1", "q[[]]=1&]=2", "a%5B=%zz", "a[]=1&a[b]=2"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := Parse(raw)
		if err != nil {
			return
		}
		again, err := Parse(raw)
		require.NoError(t, err)
		require.Equal(t, shape(q.root), shape(again.root))
		require.LessOrEqual(t, len(q.Names()), strings.Count(raw, "&")+1, fmt.Sprintf("%q", raw))
	})
}
