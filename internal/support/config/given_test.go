package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

func TestLoad_tellsWhatWasSetAndHidesSecrets(t *testing.T) {
	loaded, err := config.Load(config.Sources{
		Environ: []string{
			"PACT_BROKER_BASE_URL=https://broker.example.org https://two.example.org/x", "PACT_BROKER_BASIC_AUTH_USERNAME=jo", "PACT_BROKER_BASIC_AUTH_PASSWORD=sesame",
			"PACT_BROKER_DATABASE_URL=postgres://jo:sesame@db/accord",
		},
		Flags: map[string]string{"port": "9393"},
	})
	require.NoError(t, err)
	given := loaded.Settings.Given
	require.Equal(t, config.Given{Text: "9393", From: loaded.From["port"]}, given["port"])
	require.Equal(t, "https://broker.example.org https://two.example.org/x", given["base_url"].Text)
	for _, secret := range []string{"basic_auth_password", "database_url"} {
		require.Empty(t, given[secret].Text, secret)
		require.NotEmpty(t, given[secret].From, secret)
	}
	require.NotContains(t, given, "host", "it is at its default")
	for key, g := range given {
		require.NotContains(t, g.Text, "sesame", key)
	}
}

func TestLoad_refusesCredentialsInAddressesWithoutTellingThem(t *testing.T) {
	for _, given := range []string{
		"PACT_BROKER_BASE_URL=http://u:Secr3t@h/", "PACT_BROKER_BASE_URL=https://a.example http://Secr3t@h", "PACT_BROKER_BASE_URL=htp://u:Secr3t@h",
		"PACT_BROKER_BASE_URL=u:Secr3t@h", "PACT_BROKER_SHIELDS_IO_BASE_URL=https://u:Secr3t@h",
	} {
		_, err := config.Load(config.Sources{Environ: []string{given}})
		require.Error(t, err, given)
		require.NotContains(t, err.Error(), "Secr3t", given)
	}
	_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_BASE_URL=http://u:Secr3t@h/"}})
	require.ErrorContains(t, err, "must be addresses without a user name and a password")
}

func TestLoad_warnsOfAPasswordOnTheCommandLine(t *testing.T) {
	for address, warned := range map[string]bool{
		"postgres://jo:hush@db/accord": true, "postgres://db/accord?user=jo&password=hush": true, "postgres://jo@db/accord": false, "sqlite://x.db": false,
	} {
		loaded, err := config.Load(config.Sources{Flags: map[string]string{"database_url": address}})
		require.NoError(t, err)
		require.Equal(t, warned, len(loaded.Warnings) == 1, "%s: %v", address, loaded.Warnings)
		require.NotContains(t, strings.Join(loaded.Warnings, ""), "hush")
		loaded, err = config.Load(config.Sources{Environ: []string{"PACT_BROKER_DATABASE_URL=" + address}})
		require.NoError(t, err)
		require.Empty(t, loaded.Warnings, "a variable is read by its owner alone")
	}
}
