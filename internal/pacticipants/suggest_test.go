package pacticipants_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
)

func TestSuggest_namesTheNearestAndAFew(t *testing.T) {
	for _, c := range []struct {
		asked string
		known []string
		want  string
	}{
		{"prod", nil, "There is none yet."},
		{"prod", []string{"test", "production"}, "Did you mean 'production'? There are: production, test."},
		{"Production", []string{"test", "production"}, "Did you mean 'production'? There are: production, test."},
		{"prodction", []string{"test", "production"}, "Did you mean 'production'? There are: production, test."},
		{"orders-service", []string{"Orders"}, "Did you mean 'Orders'?"},
		{"x", []string{"test"}, "There is only test."},
		{"x", []string{"y"}, "There is only y."},
		{"mian", []string{"main"}, "Did you mean 'main'?"},
		{"wb", []string{"B", "web"}, "Did you mean 'web'? There are: web, B."},
		{"nowhere", []string{"abcdefgh", "xyzuvwrst"}, "There are: abcdefgh, xyzuvwrst."},
		{"nowhere", []string{"test", "production"}, "There are: test, production."},
		{"a9", []string{"b1", "b2", "b3", "b4", "b5", "b6", "a1"}, "Did you mean 'a1'? There are: a1, b1, b2, b3, b4 and 2 more."},
	} {
		require.Equal(t, c.want, pacticipants.Suggest(c.asked, c.known), c.asked)
	}
}

func TestSuggest_isCheapHoweverLongTheName(t *testing.T) {
	known := make([]string, 1000)
	for i := range known {
		known[i] = fmt.Sprintf("%s-%d", strings.Repeat("application", 20), i)
	}
	long := strings.Repeat("application", 100_000)
	compared := testing.AllocsPerRun(1, func() { pacticipants.Suggest(long, known) })
	require.Less(t, compared, float64(len(known)), "a name of a megabyte is compared with none of them")
	require.Equal(t, "There are: b, a.", pacticipants.Suggest(long, []string{"b", "a"}))
	require.NotContains(t, pacticipants.Suggest(long, []string{long + "s"}), "Did you mean")
}
