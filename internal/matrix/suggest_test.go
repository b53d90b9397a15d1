package matrix

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
)

func TestHint_namesTheNearestAndAFew(t *testing.T) {
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
		{"nowhere", []string{"test", "production"}, "There are: test, production."},
		{"a9", []string{"b1", "b2", "b3", "b4", "b5", "b6", "a1"}, "Did you mean 'a1'? There are: a1, b1, b2, b3, b4 and 2 more."},
	} {
		require.Equal(t, c.want, hint(c.asked, c.known), c.asked)
	}
}

func TestDistance_staysCheapForLongNames(t *testing.T) {
	long := make([]byte, 100_000)
	require.Equal(t, len(long)+1, distance(string(long), "a"))
}

func TestMainBranchHint_namesTheBranchThatIsMissing(t *testing.T) {
	shop := pacticipants.Pacticipant{Name: "Shop"}
	require.Equal(t, "No main branch of Shop is set. It has no branches yet: publish with one.", mainBranchHint(shop, nil))
	shop.MainBranch = "master"
	require.Equal(t, "The main branch of Shop is set to 'master', which has no version. Its branches are main. If one of them is the main branch, say so: "+
		"pact broker create-or-update-pacticipant --name 'Shop' --main-branch BRANCH", mainBranchHint(shop, []string{"main"}))
}
