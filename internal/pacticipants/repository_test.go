package pacticipants_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
)

func TestParseRepository_isTheSameInEveryForm(t *testing.T) {
	want := pacticipants.Repository{Host: "git.example.org", Path: "shop/web"}
	for _, address := range []string{
		"https://git.example.org/shop/web", "https://git.example.org/shop/web.git", "https://git.example.org/Shop/Web/", "http://GIT.example.org/shop/web",
		"https://jo:token@git.example.org/shop/web.git", "https://git.example.org:8443/shop/web", "ssh://git@git.example.org/shop/web.git",
		"ssh://git@git.example.org:2222/shop/web.git", "git@git.example.org:shop/web.git", "git@git.example.org:/shop/web", "git://git.example.org/shop/web.git",
		"git+ssh://git@git.example.org/shop/web.git", " https://git.example.org/shop/web ", "https://git.example.org/shop/web/-/tree/main/api", "https://git.example.org/shop/web?ref=x#readme",
	} {
		found, is := pacticipants.ParseRepository(address)
		require.True(t, is, address)
		require.Equal(t, want, found, address)
		require.Equal(t, "web", found.Name())
	}
}

func TestParseRepository_tellsRepositoriesApart(t *testing.T) {
	seen := map[pacticipants.Repository]string{}
	for _, address := range []string{
		"https://git.example.org/shop/web", "https://git.example.org/shop/web2", "https://git.example.org/web", "https://git.example.org/other/shop/web",
		"https://example.org/shop/web", "git@git.example.org:shop/web-api.git",
	} {
		found, is := pacticipants.ParseRepository(address)
		require.True(t, is, address)
		require.Empty(t, seen[found], address)
		seen[found] = address
	}
}

func TestParseRepository_refusesWhatIsNone(t *testing.T) {
	for _, address := range []string{"https://git.example/%00", "https://git.example/a%0ab", "", " ", "shop/web", "https://", "https://git.example.org", "https://git.example.org/", "https://git.example.org/.git", "git@git.example.org:", "://x", "https://[::1/x"} {
		_, is := pacticipants.ParseRepository(address)
		require.False(t, is, address)
	}
}
