package config

import (
	"math"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A file is named in one way, which leads back to it whatever its name holds.
func TestFileURL_leadsBackToTheFile(t *testing.T) {
	for _, path := range []string{"accord.db", "/var/lib/accord.db", "data/accord.db", "./accord.db", "../accord.db", "/with space/ü.db", "/100%.db", "/a%20b.db", "/a+b.db", "/a=b&c.db", "/a;b.db", "/a:b@c.db", "/~me/accord.db"} {
		address := fileURL(path)
		found, isFile, err := sqliteFile(address)
		require.NoError(t, err, address)
		require.True(t, isFile)
		require.Equal(t, path, found, address)
		var again string
		require.NoError(t, databaseURL(&again)(address))
		require.Equal(t, address, again, "read once more it is the same")
		require.Equal(t, address, Database{URL: address}.Shown(), "there is nothing to hide")
	}
}

// Whatever a password holds, it reaches the database as it is, and nobody else.
func TestAssemble_keepsEveryPartWhole(t *testing.T) {
	for _, secret := range []string{"plain", "a b", "p@ss:w/rd?#[]", "100%", "%41", "ü€", `"'\`, "a&b=c+d"} {
		parts := databaseParts{host: "db", port: 5433, name: "my pacts", username: secret + "-user", password: secret}
		address, err := parts.assemble()
		require.NoError(t, err)
		u, err := url.Parse(address)
		require.NoError(t, err, address)
		password, _ := u.User.Password()
		require.Equal(t, secret, password)
		require.Equal(t, secret+"-user", u.User.Username())
		require.Equal(t, "/my pacts", u.Path)
		require.Equal(t, "db:5433", u.Host)
		shown, err := url.Parse(Database{URL: address}.Shown())
		require.NoError(t, err)
		hidden, _ := shown.User.Password()
		require.Equal(t, "xxxxx", hidden)
	}
}

func TestAssemble_knowsSocketsAndIPv6(t *testing.T) {
	for want, parts := range map[string]databaseParts{
		"postgres:///pacts?host=%2Fvar%2Frun":      {host: "/var/run", name: "pacts"},
		"postgres://:5433/pacts?host=%2Fvar%2Frun": {host: "/var/run", name: "pacts", port: 5433},
		"postgres://[::1]:5433/pacts":              {host: "[::1]", name: "pacts", port: 5433},
		"postgres://me@db/pacts":                   {host: "db", name: "pacts", username: "me"},
		"sqlite://accord.db":                       {adapter: "sqlite", name: "accord.db", host: "ignored", port: 1},
	} {
		got, err := parts.assemble()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := databaseParts{host: "db"}.assemble()
	require.EqualError(t, err, "PACT_BROKER_DATABASE_NAME is missing: without PACT_BROKER_DATABASE_URL, name the database, or the file for SQLite")
}

func TestWithSSLMode_saysWhatTheAddressDoesNot(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://db/pacts":                 "postgres://db/pacts?sslmode=require",
		"postgres://db/pacts?x=1":             "postgres://db/pacts?sslmode=require&x=1",
		"postgres://db/pacts?sslmode=disable": "postgres://db/pacts?sslmode=disable",
		"sqlite://accord.db":                  "sqlite://accord.db",
	} {
		require.Equal(t, want, withSSLMode(address, "require"))
		require.Equal(t, address, withSSLMode(address, ""))
	}
}

func TestNetworks_areNeverEverybody(t *testing.T) {
	read := func(text string) (string, error) {
		var all []netip.Prefix
		err := networks(&all)(text)
		var words []string
		for _, network := range all {
			words = append(words, network.String())
		}
		return strings.Join(words, " "), err
	}
	for text, want := range map[string]string{
		"10.0.0.1": "10.0.0.1/32", "10.1.2.3/8": "10.0.0.0/8", "::1, fd00::/8": "::1/128 fd00::/8", "::ffff:10.0.0.1": "10.0.0.1/32", " 10.0.0.0/8  ,192.168.0.0/16 ": "10.0.0.0/8 192.168.0.0/16", "": "",
	} {
		got, err := read(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.1:80", "*", "10.0.0.0/8 ::/0"} {
		_, err := read(text)
		require.Error(t, err, text)
	}
}

// Limits hold at the last value that is taken and at the first that is not.
func TestParsers_takeValuesUpToTheirLimits(t *testing.T) {
	var n int
	require.NoError(t, number(&n, 1, 9)("1"))
	require.NoError(t, number(&n, 1, 9)("9"))
	require.Error(t, number(&n, 1, 9)("0"))
	require.Error(t, number(&n, 1, 9)("10"))
	require.Equal(t, 9, n, "what is refused changes nothing")

	var bytes int64
	require.NoError(t, size(&bytes)("1000000GB"))
	require.Equal(t, largestSize, bytes)
	require.Error(t, size(&bytes)("1000001GB"))
	require.NoError(t, size(&bytes)("1"))
	require.Error(t, size(&bytes)("0"))

	for text, want := range map[string]time.Duration{"0": 0, "0s": 0, "1ns": 1, "53375d": 53375 * 24 * time.Hour} {
		got, err := parseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.Less(t, got, time.Duration(math.MaxInt64/2))
	}
	for _, text := range []string{"-1ns", "53376d", "-0.1", "", "d", "1w", "1 h"} {
		_, err := parseDuration(text)
		require.Error(t, err, text)
	}

	var all []int
	require.NoError(t, codes(&all)("100 599"))
	require.Error(t, codes(&all)("200 99"))
	require.Error(t, codes(&all)("600"))
}

func TestHosts_takeWhatIsAHost(t *testing.T) {
	for _, host := range []string{"ci.example.org", "localhost", "10.0.0.1", "10.0.0.0/8", "::1", "[::1]", "fd00::/8", "*.example.org", `/^ci-\d+$/`, "ci_1", "a"} {
		require.NoError(t, checkHost(host), host)
	}
	for _, host := range []string{"https://ci", "ci/path", "ci:80", "me@ci", "/(/", "10.0.0.0/99", "a/b/c"} {
		require.Error(t, checkHost(host), host)
	}
}

func TestGroupRoles_readGroupsWithEqualsSigns(t *testing.T) {
	var all []GroupRole
	require.NoError(t, groupRoles(&all)(" cn=a,ou=b = admin ;\n platform=developer@Team A;; "))
	require.Equal(t, []GroupRole{{Group: "cn=a,ou=b", Role: "admin"}, {Group: "platform", Role: "developer", Team: "Team A"}}, all)
	for _, wrong := range []string{"a", "=admin", "a=", "a=@team", "a=admin@", "a=admin;b"} {
		require.Error(t, groupRoles(&all)(wrong), wrong)
	}
}

// Names that are probably meant are proposed, and only those.
func TestNearest_proposesWhatIsProbablyMeant(t *testing.T) {
	known := []string{"log_level", "log_format", "base_url", "port", "database_clean_keep_version_selectors"}
	for asked, want := range map[string]string{
		"loglevel": "log_level", "log_levl": "log_level", "base_urls": "base_url", "prot": "port", "database_clean_keep_versions_selector": "database_clean_keep_version_selectors",
		"secrets": "", "x": "", "completely_different": "",
	} {
		require.Equal(t, want, nearest(asked, known), asked)
	}
}

// Orchestrators set variables for services that happen to begin as ours do.
func TestServiceLinks_areNoSettings(t *testing.T) {
	for key, is := range map[string]bool{
		"service_host": true, "service_port": true, "service_port_http": true, "port_9292_tcp": true, "port_9292_tcp_addr": true, "port_9292_udp_port": true, "db_service_host": true,
		"port": false, "service": false, "host": false, "port_9292": false, "service_hosts": false,
	} {
		require.Equal(t, is, serviceLink.MatchString(key), key)
	}
	require.True(t, isServiceAddress("port", "tcp://10.0.0.1:9292"))
	require.True(t, isServiceAddress("db_port", "udp://10.0.0.1:53"))
	require.False(t, isServiceAddress("port", "9292"))
	require.False(t, isServiceAddress("base_url", "tcp://10.0.0.1"))
}
