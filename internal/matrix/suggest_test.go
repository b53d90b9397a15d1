package matrix

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
)

func TestMainBranchHint_namesTheBranchThatIsMissing(t *testing.T) {
	shop := pacticipants.Pacticipant{Name: "Shop"}
	require.Equal(t, "No main branch of Shop is set. It has no branches yet: publish with one.", mainBranchHint(shop, nil))
	shop.MainBranch = "master"
	require.Equal(t, "The main branch of Shop is set to 'master', which has no version. Its branches are main. If one of them is the main branch, say so: "+
		"pact broker create-or-update-pacticipant --name 'Shop' --main-branch BRANCH", mainBranchHint(shop, []string{"main"}))
	shop.Name = "It's"
	require.Contains(t, mainBranchHint(shop, []string{"main"}), `--name 'It'\''s' --main-branch`, "the command can be copied whatever the name")
}
