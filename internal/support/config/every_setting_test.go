package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

// rightValues are two different values of each setting that can be set alone, both of
// them other than the default where that can be.
func rightValues(s config.Setting) (one, other string) {
	switch wrong := wrongValues[s.Key]; {
	case s.Switch:
		return "true", "false"
	case len(wrong) == 0:
		return "one", "other"
	case strings.Contains(wrong[0].remedy, "a time such as"):
		return "91m", "92m"
	case strings.Contains(wrong[0].remedy, "a size"):
		return "12MB", "13MB"
	case strings.Contains(wrong[0].remedy, "a whole number"), strings.Contains(wrong[0].remedy, "from "):
		return "11", "12"
	case strings.Contains(wrong[0].remedy, "a schedule"):
		return "1 1 * * *", "2 2 * * *"
	}
	pair := map[string][2]string{
		"base_url": {"https://a.example", "https://b.example"}, "admin_address": {"127.0.0.1:1", "127.0.0.1:2"}, "database_schema": {"one", "other"}, "database_sslmode": {"require", "disable"},
		"log_level": {"warn", "error"}, "log_format": {"json", "text"}, "trusted_proxies": {"10.0.0.1", "10.0.0.2"}, "webhook_retry_schedule": {"1 2", "3"},
		"webhook_http_method_whitelist": {"PUT", "POST"}, "webhook_scheme_whitelist": {"http", "https"}, "webhook_http_code_success": {"201", "202"}, "webhook_host_whitelist": {"a.example", "b.example"},
		"webhook_private_hosts": {"a.example", "b.example"}, "trust_private_hosts": {"a.example", "b.example"}, "shields_io_base_url": {"https://a.example", "https://b.example"},
		"badge_provider_mode": {"proxy", "redirect"}, "database_clean_mode": {"external", "embedded"}, "basic_auth_username": {"one", "other"}, "basic_auth_read_only_username": {"one", "other"},
		"backup_s3_endpoint": {"https://a.example", "https://b.example"}, "database_url": {"sqlite:///tmp/one.db", "sqlite:///tmp/other.db"},
	}[s.Key]
	return pair[0], pair[1]
}

// places are where a setting can be given, the weakest first, each with the name by which
// messages call it there.
type place struct {
	name string
	give func(sources *config.Sources, text string)
}

func placesOf(t *testing.T, s config.Setting) []place {
	t.Helper()
	inFile := func(key string) place {
		path := filepath.Join(t.TempDir(), "accord.yml")
		return place{path + ": " + key, func(sources *config.Sources, text string) {
			require.NoError(t, os.WriteFile(path, []byte(key+": '"+text+"'\n"), 0o600))
			sources.Environ = append(sources.Environ, "PACT_BROKER_CONF="+path)
		}}
	}
	inEnvironment := func(name string) place {
		return place{name, func(sources *config.Sources, text string) { sources.Environ = append(sources.Environ, name+"="+text) }}
	}
	places := []place{inFile(s.Key), inEnvironment(s.Variable())}
	if s.Flag() != "" {
		places = append(places, place{"--" + s.Flag(), func(sources *config.Sources, text string) { sources.Flags = map[string]string{s.Key: text} }})
	}
	return places
}

// Each setting means the same wherever it is given; where it is given twice, the command
// line wins over the environment and that over the file; and it is told where it came from.
func TestLoad_takesEverySettingFromEveryPlaceTheStrongestFirst(t *testing.T) {
	tried := 0
	for _, setting := range config.Catalogue() {
		one, other := rightValues(setting)
		places := placesOf(t, setting)
		loadFrom := func(given map[int]string) (config.Loaded, error) {
			var sources config.Sources
			for i, place := range places {
				if text, is := given[i]; is {
					place.give(&sources, text)
				}
			}
			return config.Load(sources)
		}
		want, err := loadFrom(map[int]string{1: one})
		if one == "" || err != nil {
			continue // it needs others beside it
		}
		tried++
		for i := range places {
			got, err := loadFrom(map[int]string{i: one})
			require.NoError(t, err, places[i].name)
			require.Equal(t, places[i].name, got.From[setting.Key], "it is told where it came from")
			require.Equal(t, plain(t, want.Settings), plain(t, got.Settings), "%s=%s", places[i].name, one)
			for j := range i {
				if other == "" {
					continue
				}
				both, err := loadFrom(map[int]string{j: other, i: one})
				require.NoError(t, err, places[i].name)
				require.Equal(t, plain(t, want.Settings), plain(t, both.Settings), "%s wins over %s", places[i].name, places[j].name)
			}
		}
	}
	require.Greater(t, tried, len(config.Catalogue())/2, "most settings can be tried alone")
}

// plain is settings without where they came from, to be compared.
func plain(t *testing.T, s config.Settings) string {
	t.Helper()
	s.Given = nil
	text, err := json.MarshalIndent(s, "", " ")
	require.NoError(t, err)
	return string(text)
}

// The names that settings had before, or that others gave them, mean the same; where both
// are given, what they list is put together.
func TestLoad_understandsTheOtherNamesOfSettings(t *testing.T) {
	seen := 0
	for _, setting := range config.Catalogue() {
		if setting.Alias == "" {
			continue
		}
		seen++
		one, _ := rightValues(setting)
		require.NotEmpty(t, one, setting.Key)
		alias := "PACT_BROKER_" + strings.ToUpper(setting.Alias)
		want, err := config.Load(config.Sources{Environ: []string{setting.Variable() + "=" + one}})
		require.NoError(t, err, setting.Key)
		got, err := config.Load(config.Sources{Environ: []string{alias + "=" + one}})
		require.NoError(t, err, alias)
		require.Equal(t, plain(t, want.Settings), plain(t, got.Settings), alias)
		require.Equal(t, alias, got.From[setting.Key], "it is called as it was written")
		require.Empty(t, got.Warnings)
	}
	require.NotZero(t, seen)
}

// A secret comes out of its file as it was meant, whichever editor or shell has written it.
func TestLoad_readsSecretsFromFilesOfAnyEditor(t *testing.T) {
	for name, content := range map[string]string{
		"of Unix": "hush hush\n", "of Windows": "hush hush\r\n", "of echo -n": "hush hush", "with an empty line": "\nhush hush\n\n", "with blanks around": " \thush hush \t",
		"with the mark of Notepad": "\ufeffhush hush\r\n",
	} {
		loaded, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_BASIC_AUTH_USERNAME=me", "PACT_BROKER_BASIC_AUTH_PASSWORD_FILE=" + write(t, "secret", content)}})
		require.NoError(t, err, name)
		require.Equal(t, "hush hush", loaded.Settings.Access.Password, "a file %s", name)
	}
}

// What is wrong with the file of a secret is told with the setting and the file, and never
// with what is in it.
func TestLoad_saysWhatIsWrongWithTheFileOfASecret(t *testing.T) {
	folder := t.TempDir()
	unreadable := write(t, "unreadable", "hush hush")
	require.NoError(t, os.Chmod(unreadable, 0))
	dangling := filepath.Join(folder, "dangling")
	require.NoError(t, os.Symlink(filepath.Join(folder, "nowhere"), dangling))
	circle := filepath.Join(folder, "circle")
	require.NoError(t, os.Symlink(circle, circle))
	files := map[string]string{
		"missing": filepath.Join(folder, "missing"), "a folder": folder, "a link to nothing": dangling, "a link to itself": circle, "empty": write(t, "empty", ""),
		"only line breaks": write(t, "lines", "\r\n\r\n"), "only a mark": write(t, "mark", "\ufeff"),
	}
	if os.Geteuid() != 0 {
		files["unreadable"] = unreadable
	}
	for name, file := range files {
		for _, setting := range config.Catalogue() {
			if !setting.Secret {
				continue
			}
			found := problems(t, setting.Variable()+"_FILE="+file)
			require.NotEmpty(t, found, "%s: %s", name, setting.Key)
			require.Contains(t, found[0], setting.Variable()+"_FILE", name)
			require.Contains(t, found[0], file, name)
		}
	}
}

// Whatever is wrong with the value of a secret, the message does not tell the value.
func TestLoad_neverTellsASecretInAMessage(t *testing.T) {
	const secret = "open-sesame-4711"
	for _, setting := range config.Catalogue() {
		if !setting.Secret {
			continue
		}
		for _, environ := range [][]string{
			{setting.Variable() + "=" + secret}, {setting.Variable() + "=" + secret, setting.Variable() + "_FILE=" + write(t, "secret", secret)},
			{setting.Variable() + "_FILE=" + write(t, "secret", secret)}, {setting.Variable() + "=" + secret, "PACT_BROKER_LOG_LEVEL=loud"},
		} {
			loaded, err := config.Load(config.Sources{Environ: environ})
			if err != nil {
				require.NotContains(t, err.Error(), secret, setting.Key)
			}
			require.NotContains(t, strings.Join(loaded.Warnings, "\n"), secret, setting.Key)
			require.NotContains(t, fmt.Sprint(loaded.Settings.Given), secret, setting.Key)
		}
	}
}
