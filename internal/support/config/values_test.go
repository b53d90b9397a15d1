package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

// problems are what is wrong with settings that come from the environment.
func problems(t *testing.T, environ ...string) config.Problems {
	t.Helper()
	_, err := config.Load(config.Sources{Environ: environ})
	if err == nil {
		return nil
	}
	var all config.Problems
	require.ErrorAs(t, err, &all)
	return all
}

// wrongValues are values that cannot be right, by setting, and what the message
// must say of how to do it right.
var wrongValues = map[string][]struct{ value, remedy string }{
	"port":                              {{"http", "a whole number from 0 to 65535"}, {"65536", "a whole number from 0 to 65535"}, {"-1", "a whole number"}, {"9292.5", "a whole number"}, {"0x10", "a whole number"}},
	"base_url":                          {{"broker", "such as https://broker.example.org"}, {"ftp://x", "such as https://"}, {"https://", "such as https://"}, {"https://x#y", "such as https://"}, {"https://a https://b?c", `("https://b?c" is none)`}},
	"max_body_size":                     {{"much", "a size such as 500kB"}, {"-1", "a size"}, {"0", "at least 1 byte"}, {"1.5MB", "a size"}, {"999999999999GB", "a size"}, {"9999999999999", "a size"}},
	"max_concurrent_body_size":          {{"all", "a size such as 500kB"}, {"999999999999MB", "a size"}},
	"admin_address":                     {{"9393", "127.0.0.1:9393"}, {"localhost", "127.0.0.1:9393"}, {"127.0.0.1:port", "127.0.0.1:9393"}, {"http://127.0.0.1:9393", "127.0.0.1:9393"}},
	"shutdown_grace":                    {{"soon", "a time such as 30s"}, {"-1s", "a time"}, {"1y", "a time"}, {"NaN", "a time"}, {"Inf", "a time"}, {"1e300", "a time"}, {"999999999d", "a time"}},
	"enable_diagnostic_endpoints":       {{"maybe", "true or false"}, {"2", "true or false"}},
	"pact_content_diff_timeout":         {{"x", "a time such as 30s"}},
	"database_url":                      {{"accord.db", "sqlite:////path/to/accord.db or postgres://"}, {"mysql://x/y", "MySQL is not supported"}, {"sqlite://", "a file and nothing else"}, {"postgres://u:pa:ss%zz@db/x", "are written %40"}},
	"database_required":                 {{"perhaps", "true or false"}},
	"database_adapter":                  {{"oracle", "postgres or sqlite"}, {"mysql2", "MySQL is not supported"}},
	"database_port":                     {{"0", "a whole number from 1 to 65535"}, {"x", "a whole number"}},
	"database_sslmode":                  {{"on", "one of disable, allow, prefer, require, verify-ca, verify-full"}},
	"database_schema":                   {{"Accord", "lower-case letters"}, {"a b", "lower-case letters"}, {"1a", "lower-case"}, {`a";--`, "lower-case"}, {strings.Repeat("a", 64), "lower-case"}},
	"import":                            {{"now", "one of in-place"}},
	"database_max_connections":          {{"0", "from 1 to 1000"}, {"1001", "from 1 to 1000"}},
	"database_statement_timeout":        {{"long", "a time such as 30s"}},
	"database_transaction_timeout":      {{"-5", "a time such as 30s"}},
	"database_connect_max_retries":      {{"-1", "from 0 to 1000"}},
	"auto_migrate_db":                   {{"later", "true or false"}},
	"access":                            {{"tokens", "true or false"}},
	"basic_auth_enabled":                {{"both", "true or false"}},
	"basic_auth_username":               {{"me:you", "without a colon"}},
	"basic_auth_read_only_username":     {{"me:you", "without a colon"}},
	"allow_public_read":                 {{"some", "true or false"}},
	"public_heartbeat":                  {{"x", "true or false"}},
	"enable_public_badge_access":        {{"x", "true or false"}},
	"trusted_proxies":                   {{"proxy.example", "such as 10.0.0.0/8"}, {"0.0.0.0/0", "such as 10.0.0.0/8"}},
	"rate_limit":                        {{"-1", "from 0 to 100000000"}, {"fast", "a whole number"}},
	"trust_private_hosts":               {{"https://ci.local", "without a scheme"}, {"/(/", "regular expressions"}, {"10.0.0.0/33", "CIDR"}, {"ci.local:8443", "host name"}},
	"audit_retention":                   {{"ever", "a time such as 30s"}},
	"use_case_sensitive_resource_names": {{"x", "true or false"}},
	"check_for_potential_duplicate_pacticipant_names":                 {{"x", "true or false"}},
	"allow_dangerous_contract_modification":                           {{"x", "true or false"}},
	"max_contract_interactions":                                       {{"0", "from 1 to 10000000"}},
	"base_equality_only_on_content_that_affects_verification_results": {{"x", "true or false"}},
	"order_versions_by_date":                                          {{"x", "true or false"}},
	"create_deployed_versions_for_tags":                               {{"x", "true or false"}},
	"use_first_tag_as_branch":                                         {{"x", "true or false"}},
	"use_first_tag_as_branch_time_limit":                              {{"x", "a time such as 30s"}},
	"auto_detect_main_branch":                                         {{"x", "true or false"}},
	"dynamic_wip_window":                                              {{"x", "true or false"}},
	"default_wip_window_days":                                         {{"-1", "from 0 to 36500"}},
	"min_wip_window_days":                                             {{"x", "from 0 to 36500"}, {"15", "must not be more than PACT_BROKER_MAX_WIP_LOOKBACK_DAYS (14)"}},
	"max_wip_lookback_days":                                           {{"36501", "from 0 to 36500"}},
	"verified_by_other_branch_lookback_days":                          {{"x", "from 0 to 36500"}},
	"verdict_pending_for":                                             {{"x", "a time such as 30s"}, {"25h", "must not be longer than PACT_BROKER_VERDICT_LOST_AFTER"}},
	"verdict_lost_after":                                              {{"x", "a time such as 30s"}},
	"verdict_stale_after":                                             {{"x", "a time such as 30s"}},
	"webhook_retry_schedule":                                          {{"10 later", "waits in seconds, separated by spaces"}, {"-1", "waits in seconds"}},
	"webhook_http_method_whitelist":                                   {{"P0ST", "methods separated by spaces, such as POST PUT"}, {"POST,PUT", "separated by spaces"}},
	"webhook_scheme_whitelist":                                        {{"ftp", "http, https or both"}},
	"webhook_host_whitelist":                                          {{"https://x", "without a scheme"}, {"/(/", "regular expressions"}, {"10.0.0.0/33", "CIDR"}, {"a,b/c", "host name"}, {"user@host", "host name"}, {"/half", "host name"}},
	"webhook_private_hosts":                                           {{"http://10.0.0.1", "without a scheme"}, {"10.0.0.1/x", "host name"}},
	"webhook_http_code_success":                                       {{"2xx", "response codes from 100 to 599"}, {"99", "response codes"}, {"600", "response codes"}},
	"webhook_allow_unknown_parameters":                                {{"x", "true or false"}},
	"webhook_redact_sensitive_data":                                   {{"x", "true or false"}},
	"webhook_certificates":                                            {{"x", "PACT_BROKER_WEBHOOK_CERTIFICATES__0__PATH"}},
	"disable_ssl_verification":                                        {{"x", "true or false"}},
	"events_retention":                                                {{"x", "a time such as 30s"}},
	"database_clean_enabled":                                          {{"x", "true or false"}},
	"database_clean_cron_schedule":                                    {{"daily", "a schedule such as 15 2 * * *"}, {"99 * * * *", "a schedule"}, {"* * *", "a schedule"}},
	"database_clean_deletion_limit":                                   {{"-1", "a whole number from 0"}, {"all", "a whole number"}},
	"database_clean_overwritten_data_max_age":                         {{"x", "from 0 to 36500"}},
	"database_clean_living_branch_days":                               {{"x", "from 0 to 36500"}},
	"former_names_days":                                               {{"x", "from 0 to 36500"}},
	"database_clean_max_duration":                                     {{"x", "a time such as 30s"}},
	"database_clean_dry_run":                                          {{"x", "true or false"}},
	"database_clean_mode":                                             {{"x", "one of embedded, external"}},
	"backup_schedule":                                                 {{"nightly", "a schedule such as 15 2 * * *"}},
	"backup_to":                                                       {{"s3://", "s3://bucket/prefix"}, {"s3://Bucket", "in lower case"}, {"https://s3.example.org/x", "s3://bucket/prefix"}, {"s3://a", "s3://bucket/prefix"}},
	"backup_keep":                                                     {{"0", "from 1 to 100000"}, {"all", "a whole number"}},
	"backup_max_age":                                                  {{"old", "a time such as 30s"}},
	"backup_s3_endpoint":                                              {{"s3.example.org", "such as https://s3.example.org"}, {"https://s3.example.org/bucket", "without a path"}, {"https://u:p@s3.example.org", "an address such as"}},
	"shields_io_base_url":                                             {{"img.shields.io", "or empty to draw badges here"}},
	"badge_provider_mode":                                             {{"draw", "one of redirect, proxy"}},
	"log_level":                                                       {{"loud", "one of debug, info, warn, error"}},
	"log_format":                                                      {{"xml", "one of text, json"}},
	"seed_example_data":                                               {{"x", "true or false"}},
	"session_idle_timeout":                                            {{"x", "a time such as 30s"}, {"0", "must be more than 0"}, {"13h", "not longer than PACT_BROKER_SESSION_LIFETIME"}},
	"session_lifetime":                                                {{"x", "a time such as 30s"}, {"1h", "PACT_BROKER_SESSION_LIFETIME (1h0m0s)"}},
	"oidc_issuer":                                                     {{"login.example.org", "an address with https"}, {"http://login.example.org", "an address with https"}, {"https://x?y", "an address with https"}},
	"oidc_group_roles":                                                {{"platform", "group=role or group=role@team"}, {"=admin", "lacks a part"}, {"platform=", "lacks a part"}, {"platform=admin@", "lacks a part"}},
}

// anything are the settings of which any text may be right, or is judged where it
// is used.
var anything = []string{
	"host", "database_url_environment_variable_name", "database_host", "database_name", "database_username", "database_password", "basic_auth_password", "basic_auth_read_only_password",
	"trust_rules", "secrets_key", "secrets_key_uri", "secrets_vault_token", "vcs_github_secret", "vcs_gitlab_secret", "semver_formats", "main_branch_candidates", "user_agent", "database_clean_keep_version_selectors", "database_clean_rules",
	"badge_default_cache_setting", "features", "port_environment_variable_name", "oidc_name", "oidc_client_id", "oidc_client_secret", "oidc_scopes", "oidc_groups_claim", "oidc_name_claim", "oidc_default_role",
	"backup_s3_region", "backup_s3_access_key", "backup_s3_secret_key",
}

func TestLoad_saysOfEveryWrongValueWhichSettingItIsAndWhatWouldBeRight(t *testing.T) {
	listed := map[string]bool{}
	for _, key := range anything {
		listed[key] = true
	}
	for _, setting := range config.Catalogue() {
		cases := wrongValues[setting.Key]
		require.True(t, listed[setting.Key] != (len(cases) > 0), "%s must be listed once: with values that are wrong, or as one that takes any", setting.Key)
		for _, test := range cases {
			t.Run(setting.Key+"="+test.value, func(t *testing.T) {
				for from, sources := range map[string]config.Sources{
					setting.Variable():                 {Environ: []string{setting.Variable() + "=" + test.value}},
					"--" + setting.Flag():              {Flags: map[string]string{setting.Key: test.value}},
					"accord.yml: " + setting.Key + " ": {Flags: map[string]string{"conf": write(t, "accord.yml", setting.Key+": '"+strings.ReplaceAll(test.value, "'", "''")+"'\n")}},
				} {
					if setting.Flag() == "" && strings.HasPrefix(from, "--") || setting.Key == "webhook_certificates" && strings.HasPrefix(from, "accord.yml") {
						continue
					}
					_, err := config.Load(sources)
					require.ErrorContains(t, err, test.remedy, from)
					if !strings.HasPrefix(test.remedy, "must ") && !strings.Contains(test.remedy, "PACT_BROKER_SESSION") {
						require.ErrorContains(t, err, strings.TrimSpace(from))
					}
					if setting.Secret {
						require.NotContains(t, err.Error(), strconv.Quote(test.value), "a secret is not shown")
					}
				}
			})
		}
	}
}

func TestLoad_refusesSizesThatNoNumberHolds(t *testing.T) {
	for value, want := range map[string]int64{"1": 1, "1b": 1, "1k": 1 << 10, "2kB": 2 << 10, "3KiB": 3 << 10, "4 MB": 4 << 20, "5mib": 5 << 20, "6g": 6 << 30, "7GiB": 7 << 30} {
		require.Equal(t, want, load(t, "PACT_BROKER_MAX_BODY_SIZE="+value).Settings.Server.MaxBodySize, value)
	}
	for _, value := range []string{"9000000000GB", "999999999999M"} {
		require.NotEmpty(t, problems(t, "PACT_BROKER_MAX_BODY_SIZE="+value), value)
	}
}

func TestLoad_readsTimesInEveryForm(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"0": 0, "90": 90 * time.Second, "1.5": 1500 * time.Millisecond, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond, "2d": 48 * time.Hour, "0.5d": 12 * time.Hour, "36500d": 36500 * 24 * time.Hour,
	} {
		require.Equal(t, want, load(t, "PACT_BROKER_DATABASE_CLEAN_MAX_DURATION="+value).Settings.Cleaning.MaxDuration, value)
	}
}

func TestLoad_readsTruthAsPeopleWriteIt(t *testing.T) {
	for value, want := range map[string]bool{
		"true": true, "TRUE": true, "yes": true, "On": true, "1": true, "t": true, "y": true, " true ": true,
		"false": false, "No": false, "off": false, "0": false, "F": false, "n": false, "": false,
	} {
		require.Equal(t, want, load(t, "PACT_BROKER_ALLOW_PUBLIC_READ="+value).Settings.Access.PublicRead, "%q", value)
	}
}

func TestLoad_takesAnEmptySecretFileForAMistake(t *testing.T) {
	for _, setting := range config.Catalogue() {
		if !setting.Secret {
			continue
		}
		for _, content := range []string{"", " \n"} {
			file := write(t, "secret", content)
			found := problems(t, setting.Variable()+"_FILE="+file)
			require.Len(t, found, 1, setting.Key)
			require.Contains(t, found[0], setting.Variable()+"_FILE")
			require.Contains(t, found[0], "is empty")
		}
	}
}

func TestLoad_readsSecretFilesNamedInTheFile(t *testing.T) {
	secret := write(t, "password", "hush\r\n")
	file := write(t, "accord.yml", "basic_auth_username: me\nbasic_auth_password_file: "+secret+"\n")
	loaded, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_CONF=" + file}})
	require.NoError(t, err)
	require.Equal(t, "hush", loaded.Settings.Access.Password)
	require.Equal(t, file+": basic_auth_password_file", loaded.From["basic_auth_password"])

	loaded, err = config.Load(config.Sources{Environ: []string{"PACT_BROKER_CONF=" + file, "PACT_BROKER_BASIC_AUTH_PASSWORD=louder"}})
	require.NoError(t, err, "the environment wins over the file, in whatever form either says it")
	require.Equal(t, "louder", loaded.Settings.Access.Password)

	require.NotEmpty(t, problems(t, "PACT_BROKER_SECRETS_KEY_FILE="+filepath.Dir(secret)), "a folder is no file")
	require.Empty(t, problems(t, "PACT_BROKER_SECRETS_KEY_FILE="), "empty is not set")
}

func TestLoad_hasNoFileForWhatIsNoSecret(t *testing.T) {
	loaded := load(t, "PACT_BROKER_HOST_FILE=/etc/hostname")
	require.Len(t, loaded.Warnings, 1)
	require.Contains(t, loaded.Warnings[0], "PACT_BROKER_HOST_FILE is not a setting")
	require.Equal(t, "127.0.0.1", loaded.Settings.Server.Host)
}

func TestLoad_readsListsInTheFileAsLists(t *testing.T) {
	file := write(t, "accord.yml", `
oidc_issuer: https://login.example.org
oidc_client_id: accord
access: true
oidc_group_roles:
  - platform team=admin
  - shop devs=developer@Shop
  - cn=readers,dc=example=viewer
database_clean_rules:
  - keep the newest 20 versions on the main branch
  - delete versions older than 90 days
base_url: [https://a.example, https://b.example]
webhook_http_code_success: [200, 404]
webhook_host_whitelist:
  - ci.example.org
  - 10.0.0.0/8
`)
	loaded, err := config.Load(config.Sources{Flags: map[string]string{"conf": file}})
	require.NoError(t, err)
	s := loaded.Settings
	require.Equal(t, []config.GroupRole{{Group: "platform team", Role: "admin"}, {Group: "shop devs", Role: "developer", Team: "Shop"}, {Group: "cn=readers,dc=example", Role: "viewer"}}, s.Access.OpenID.Groups)
	require.Equal(t, "keep the newest 20 versions on the main branch; delete versions older than 90 days", s.Cleaning.Rules)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, s.Server.BaseURLs)
	require.Equal(t, []int{200, 404}, s.Webhooks.SuccessCodes)
	require.Equal(t, []string{"ci.example.org", "10.0.0.0/8"}, s.Webhooks.Hosts)
}

func TestLoad_saysWhatIsWrongWithTheFileAsAWhole(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"no YAML":         {"a: [", "cannot be read as YAML settings"},
		"a list":          {"- a\n- b\n", "cannot be read as YAML settings"},
		"a key twice":     {"port: 1\nport: 2\n", "cannot be read as YAML settings"},
		"nested":          {"log_level: {of: app}\n", "log_level must be a single value or a list of them"},
		"lists in lists":  {"base_url: [[a]]\n", "base_url must be a single value or a list of them"},
		"the file itself": {"conf: other.yml\n", "conf is not a setting"},
		"upper case":      {"PORT: 1\n", "PORT is not a setting"},
		"certificates":    {"webhook_certificates: 7\n", "webhook_certificates must be a list of description with content or path"},
	} {
		file := write(t, "accord.yml", test.content)
		_, err := config.Load(config.Sources{Flags: map[string]string{"conf": file}})
		require.ErrorContains(t, err, file, name)
		require.ErrorContains(t, err, test.want, name)
	}
	for name, content := range map[string]string{"an empty one": "", "comments alone": "# nothing\n", "empty values": "port:\nhost: ''\nbase_url: []\n", "null": "~\n"} {
		loaded, err := config.Load(config.Sources{Flags: map[string]string{"conf": write(t, "accord.yml", content)}})
		require.NoError(t, err, name)
		require.Equal(t, 9292, loaded.Settings.Server.Port, name)
		require.Empty(t, loaded.From, name)
	}
}

// certificate is one that nobody has signed but itself.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestLoad_takesCertificatesFromFileAndEnvironment(t *testing.T) {
	ca := certificate(t)
	path := write(t, "ca.pem", ca)
	loaded := load(t, "PACT_BROKER_WEBHOOK_CERTIFICATES__10__PATH="+path, "PACT_BROKER_WEBHOOK_CERTIFICATES__2__CONTENT="+ca, "PACT_BROKER_WEBHOOK_CERTIFICATES__2__DESCRIPTION=ours")
	want := strings.TrimSpace(ca)
	require.Len(t, loaded.Settings.Webhooks.Certificates, 2)
	require.Equal(t, "ours", loaded.Settings.Webhooks.Certificates[0].Description, "in the order of their numbers")
	for _, c := range loaded.Settings.Webhooks.Certificates {
		require.Equal(t, want, strings.TrimSpace(c.PEM))
	}
	file := write(t, "accord.yml", "webhook_certificates:\n  - description: one\n    path: "+path+"\n")
	fromFile, err := config.Load(config.Sources{Flags: map[string]string{"conf": file}})
	require.NoError(t, err)
	require.Equal(t, "one", fromFile.Settings.Webhooks.Certificates[0].Description)
	for entry, want := range map[string]string{
		"__0__PATH=" + path + " PACT_BROKER_WEBHOOK_CERTIFICATES__0__CONTENT=x": "must have either content or path",
		"__0__PATH=/not/there":     "names a file that cannot be read",
		"__7__CONTENT=certificate": "PACT_BROKER_WEBHOOK_CERTIFICATES__7 must be a certificate in PEM form",
	} {
		found := problems(t, strings.Split("PACT_BROKER_WEBHOOK_CERTIFICATES"+entry, " ")...)
		require.Len(t, found, 1)
		require.Contains(t, found[0], want)
	}
}

func TestLoad_keepsAddressesOfIPv6Whole(t *testing.T) {
	for _, host := range []string{"::1", "[::1]", "fd00::7"} {
		bare := strings.Trim(host, "[]")
		require.Equal(t, "postgres://["+bare+"]/pacts", load(t, "PACT_BROKER_DATABASE_HOST="+host, "PACT_BROKER_DATABASE_NAME=pacts").Settings.Database.URL)
		require.Equal(t, "postgres://["+bare+"]:5433/pacts", load(t, "PACT_BROKER_DATABASE_HOST="+host, "PACT_BROKER_DATABASE_NAME=pacts", "PACT_BROKER_DATABASE_PORT=5433").Settings.Database.URL)
	}
}

func TestDatabase_ShownHidesEveryPassword(t *testing.T) {
	for _, url := range []string{"postgres://me:hush@db/x", "postgres://db/x?password=hush", "postgres://me:hush@db/x?sslpassword=hush&sslmode=require", "postgresql://me:hush%20@db/x?PASSWORD=hush"} {
		require.NotContains(t, config.Database{URL: url}.Shown(), "hush", url)
		require.Contains(t, config.Database{URL: url}.Shown(), "db/x", url)
	}
	require.Equal(t, "(unreadable database URL)", config.Database{URL: "postgres://me:hu%zzsh@db/x"}.Shown())
}

func TestLoad_asksForWhatBelongsTogether(t *testing.T) {
	for _, test := range []struct {
		environ []string
		want    string
	}{
		{[]string{"BASIC_AUTH_USERNAME=me"}, "must be set together: with one of them alone the broker would be open"},
		{[]string{"BASIC_AUTH_PASSWORD=x"}, "must be set together"},
		{[]string{"BASIC_AUTH_READ_ONLY_PASSWORD=x"}, "PACT_BROKER_BASIC_AUTH_READ_ONLY_USERNAME and PACT_BROKER_BASIC_AUTH_READ_ONLY_PASSWORD must be set together"},
		{[]string{"BASIC_AUTH_READ_ONLY_USERNAME=a", "BASIC_AUTH_READ_ONLY_PASSWORD=b"}, "nobody could write"},
		{[]string{"BASIC_AUTH_ENABLED=true"}, "nobody could write"},
		{[]string{"BASIC_AUTH_ENABLED=true", "BASIC_AUTH_USERNAME=a"}, "nobody could write"},
		{[]string{"OIDC_ISSUER=https://login.example", "ACCESS=on"}, "the provider would not know who asks"},
		{[]string{"OIDC_ISSUER=https://login.example", "OIDC_CLIENT_ID=a"}, "nobody would have to sign in"},
		{[]string{"OIDC_ISSUER=https://login.example", "OIDC_CLIENT_ID=a", "ACCESS=on", "OIDC_SCOPES=profile"}, "must name openid"},
		{[]string{"BACKUP_S3_ACCESS_KEY=a"}, "PACT_BROKER_BACKUP_S3_ACCESS_KEY and PACT_BROKER_BACKUP_S3_SECRET_KEY must be set together"},
		{[]string{"BACKUP_S3_SECRET_KEY=a"}, "must be set together"},
		{[]string{"BACKUP_SCHEDULE=@daily", "DATABASE_URL=postgres://db/pacts"}, "copies SQLite databases only; unset it, and have a job run what `broker backup` prints"},
		{[]string{"DATABASE_HOST=db"}, "PACT_BROKER_DATABASE_NAME is missing"},
		{[]string{"DATABASE_ADAPTER=sqlite", "DATABASE_NAME=/tmp/"}, "must make up"},
		{[]string{"DATABASE_URL_ENVIRONMENT_VARIABLE_NAME=NOT_THERE"}, `names the variable "NOT_THERE", which is not set`},
		{[]string{"DATABASE_PASSWORD=x", "DATABASE_NAME=pacts", "DATABASE_HOST=db"}, "PACT_BROKER_DATABASE_USERNAME"},
	} {
		environ := make([]string, len(test.environ))
		for i, entry := range test.environ {
			environ[i] = "PACT_BROKER_" + entry
		}
		found := problems(t, environ...)
		require.Len(t, found, 1, "%v", test.environ)
		require.Contains(t, found[0], test.want, "%v", test.environ)
	}
	for _, environ := range [][]string{
		{"BASIC_AUTH_ENABLED=false", "BASIC_AUTH_USERNAME=a"}, {"BASIC_AUTH_ENABLED=false", "BASIC_AUTH_READ_ONLY_USERNAME=a", "BASIC_AUTH_READ_ONLY_PASSWORD=b"},
		{"OIDC_ISSUER=http://localhost:8080/realms/x", "OIDC_CLIENT_ID=a", "ACCESS=on"},
	} {
		for i := range environ {
			environ[i] = "PACT_BROKER_" + environ[i]
		}
		require.Empty(t, problems(t, environ...), "%v", environ)
	}
}

func TestLoad_warnsOfFeaturesThatThereAreNot(t *testing.T) {
	loaded := load(t, "PACT_BROKER_FEATURES=expand_currently_deployed_provider_versions Frobnicate")
	require.True(t, loaded.Settings.Has("expand_currently_deployed_provider_versions"))
	require.Len(t, loaded.Warnings, 1)
	require.Contains(t, loaded.Warnings[0], "PACT_BROKER_FEATURES")
	require.Contains(t, loaded.Warnings[0], "frobnicate")
	require.Contains(t, loaded.Warnings[0], "disable_pacts_for_verification")
	require.Empty(t, load(t, "PACT_BROKER_FEATURES=disable_pacts_for_verification").Warnings)
}

func FuzzLoad(f *testing.F) {
	for key, cases := range wrongValues {
		f.Add(key, cases[0].value)
	}
	f.Add("webhook_certificates__0__path", "x")
	f.Fuzz(func(t *testing.T, key, text string) {
		if strings.ContainsAny(key+text, "\x00") || strings.Contains(key, "=") || strings.Contains(key, "_file") || strings.Contains(strings.ToLower(key), "conf") || strings.HasSuffix(key, "path") {
			return // no environment holds such, and no file is read
		}
		loaded, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_" + key + "=" + text}})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		s := loaded.Settings
		require.Positive(t, s.Server.MaxBodySize)
		require.Positive(t, s.Server.MaxConcurrentBodySize)
		require.GreaterOrEqual(t, s.Server.ShutdownGrace, time.Duration(0))
		require.NotEmpty(t, s.Database.URL)
	})
}
