package config_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

func TestLoad_readsTheProxiesThatAreTrusted(t *testing.T) {
	loaded := load(t, "PACT_BROKER_TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.7 ::ffff:192.0.2.8 fd00::/8")
	require.Equal(t, []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("192.0.2.8/32"), netip.MustParsePrefix("fd00::/8"),
	}, loaded.Settings.Access.TrustedProxies)
	for _, wrong := range []string{"nginx", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.1 *"} {
		_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_TRUSTED_PROXIES=" + wrong}})
		require.ErrorContains(t, err, "PACT_BROKER_TRUSTED_PROXIES", wrong)
		require.ErrorContains(t, err, "such as 10.0.0.0/8", wrong)
	}
}

func TestLoad_limitsRequestsWhereCredentialsAreAskedFor(t *testing.T) {
	for want, environ := range map[int][]string{
		0:     {},
		60000: {"PACT_BROKER_ACCESS=on"},
		7:     {"PACT_BROKER_RATE_LIMIT=7"},
	} {
		require.Equal(t, want, load(t, environ...).Settings.Access.RequestsPerMinute)
	}
	require.Equal(t, 60000, load(t, "PACT_BROKER_BASIC_AUTH_USERNAME=a", "PACT_BROKER_BASIC_AUTH_PASSWORD=b").Settings.Access.RequestsPerMinute)
	require.Zero(t, load(t, "PACT_BROKER_ACCESS=on", "PACT_BROKER_RATE_LIMIT=0").Settings.Access.RequestsPerMinute)
}

// Every secret can come from a file, as the key stores of containers offer it.
func TestLoad_readsEverySecretFromAFile(t *testing.T) {
	for _, setting := range config.Catalogue() {
		if !setting.Secret {
			continue
		}
		loaded, err := config.Load(config.Sources{Environ: []string{setting.Variable() + "_FILE=" + write(t, "secret", "x\n")}})
		if err == nil {
			require.Equal(t, setting.Variable()+"_FILE", loaded.From[setting.Key])
		} else {
			require.NotContains(t, err.Error(), "can be read", "it was read, and is wrong or alone")
		}
		_, err = config.Load(config.Sources{Environ: []string{setting.Variable() + "_FILE=/nowhere"}})
		require.ErrorContains(t, err, "can be read", setting.Key)
	}
}
