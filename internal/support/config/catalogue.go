package config

// Setting describes one setting for people: on the help page and in the docs.
type Setting struct {
	// Key is the name in a file; Variable and Flag are made from it.
	Key string
	// Group is the heading it stands under.
	Group string
	// Default is the value when nothing is set, as one would write it.
	Default string
	// Help says what it does, in full sentences.
	Help string
	// Alias is another name for it, or "".
	Alias string
	// Secret settings are never shown, and can be read from the file that
	// Key + "_file" names.
	Secret bool
	// Switch settings are true or false.
	Switch bool
	// Common settings are on the help page; the others are in the docs only.
	Common bool
	// emptyCounts is for settings to which the empty text means something; for
	// all others it is the same as not set.
	emptyCounts bool
	// flagless is for settings that have no place on a command line.
	flagless bool
	// between stands between the entries of a list, where that is not a space.
	between string
	set     parser
}

// Variable is the name of the environment variable.
func (s Setting) Variable() string { return variable(s.Key) }

// Flag is the name on the command line, without dashes, or "" if it has none.
func (s Setting) Flag() string {
	if s.flagless {
		return ""
	}
	return flagName(s.Key)
}

// Catalogue lists every setting in the order of the documentation.
func Catalogue() []Setting {
	return new(target).catalogue()
}

// target is what the catalogue writes to: the settings, and the values from
// which some of them are put together once everything is read.
type target struct {
	Settings
	parts databaseParts
	// databaseRequired asks for one of the two.
	databaseRequired bool
	basicAuth        *bool
	seed             *bool
	rateLimit        *int
}

func (t *target) catalogue() []Setting {
	var all []Setting
	add := func(group string, settings ...Setting) {
		for _, s := range settings {
			s.Group = group
			all = append(all, s)
		}
	}
	add("Address", t.serverSettings()...)
	add("Database", t.databaseSettings()...)
	add("Access", t.accessSettings()...)
	add("People", t.peopleSettings()...)
	add("Names, contracts and versions", t.publishingSettings()...)
	add("Work in progress", t.selectionSettings()...)
	add("Verdicts", t.verdictSettings()...)
	add("Webhooks", t.webhookSettings()...)
	add("Events", t.eventSettings()...)
	add("Cleaning up", t.cleaningSettings()...)
	add("Backups", t.backupSettings()...)
	add("Version control", t.vcsSettings()...)
	add("Badges", t.badgeSettings()...)
	add("Log and start", t.startSettings()...)
	return all
}

func (t *target) serverSettings() []Setting {
	s := &t.Server
	return []Setting{
		{Key: "host", Common: true, Default: "127.0.0.1", set: text(&s.Host),
			Help: "The address to listen on. `0.0.0.0` opens the broker to the network."},
		{Key: "port", Common: true, Default: "9292", set: number(&s.Port, 0, 65535),
			Help: "The port to listen on; 0 takes any free one. A value such as `tcp://10.0.0.1:9292`, which Kubernetes sets for a service named `pact-broker`, is ignored."},
		{Key: "base_url", Common: true, Alias: "base_urls", set: baseURLs(&s.BaseURLs),
			Help: "The addresses under which clients reach the broker, separated by spaces; all links begin with one of them. Unset, they follow the `Host` and `X-Forwarded-*` headers of the request, which is unwise on an open network; those in webhooks do so only for clients that can be trusted ([webhooks.md](webhooks.md))."},
		{Key: "max_body_size", Default: "20MB", set: size(&s.MaxBodySize),
			Help: "The largest body of a contract or of results that is read, such as `500kB` or `50MB`; also the largest contract that is kept. Larger ones are answered with 413. All other bodies may have 2 MB."},
		{Key: "max_concurrent_body_size", Default: "24MB", set: size(&s.MaxConcurrentBodySize),
			Help: "How large the bodies of all requests together may be that are worked on at a time; those beyond 32 kB count. Others wait, and are answered with 503 and `Retry-After` after 20 seconds. The broker needs about five times as much memory."},
		{Key: "admin_address", set: listenAddress(&s.AdminAddress),
			Help: "Where profiles (`/debug/pprof/`) and `/metrics` are served apart from everything else and without credentials, such as `127.0.0.1:9393`. Unset, profiles are not served."},
		{Key: "shutdown_grace", Default: "20s", set: duration(&s.ShutdownGrace),
			Help: "How long requests may take to finish when the broker is told to stop."},
		{Key: "enable_diagnostic_endpoints", Default: "true", Switch: true, set: boolean(&s.DiagnosticEndpoints),
			Help: "Serves `/diagnostic/status/heartbeat` and `/diagnostic/status/dependencies`."},
		{Key: "pact_content_diff_timeout", Default: "15s", set: duration(&s.DiffTimeout),
			Help: "How long comparing two contracts may take before the answer is 408. A plain number counts seconds."},
	}
}

func (t *target) databaseSettings() []Setting {
	s, p := &t.Database, &t.parts
	return []Setting{
		{Key: "database_url", Common: true, Default: defaultDatabase, Secret: true, set: databaseURL(&s.URL),
			Help: "Where everything is kept: `postgres://user:password@host:5432/name`, or SQLite in a file: `sqlite:////var/lib/accord.db` (absolute; three slashes mean the same), `sqlite://accord.db` (in the working folder). The file is made if there is none, its folder is not. MySQL is not supported."},
		{Key: "database_url_environment_variable_name", flagless: true, set: text(new(string)),
			Help: "The name of another environment variable to take the database URL from."},
		{Key: "database_required", Default: "false", Switch: true, set: boolean(&t.databaseRequired),
			Help: "Stops the start unless a database is named, instead of using `./accord.db`: for containers, whose files go with them. Accord's images set it."},
		{Key: "database_adapter", set: adapter(&p.adapter),
			Help: "`postgres` or `sqlite`. With the settings below it makes up a database URL if none is given."},
		{Key: "database_host", set: text(&p.host), Help: "The host of the PostgreSQL server."},
		{Key: "database_port", set: number(&p.port, 1, 65535), Help: "The port of the PostgreSQL server; 5432 unless set."},
		{Key: "database_name", set: text(&p.name), Help: "The name of the PostgreSQL database, or the path of the SQLite file."},
		{Key: "database_username", set: text(&p.username), Help: "Whom to log in as."},
		{Key: "database_password", Secret: true, flagless: true, set: text(&p.password), Help: "The password to log in with."},
		{Key: "database_sslmode", set: oneOf(&p.sslmode, "disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
			Help: "How PostgreSQL connections are encrypted: `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`. A `sslmode` in the URL wins."},
		{Key: "database_schema", set: schemaName(&s.Schema),
			Help: "The schema of PostgreSQL in which Accord's tables are, so that they can stand beside those of a Pact Broker. It is made if it is not there, and refused if its tables would hide others from the same user, as those in a schema that is called like the user do."},
		{Key: "import", set: oneOf(&s.Import, "in-place"),
			Help: "`in-place` imports, at the first start, the tables of the Pact Broker that are in the same PostgreSQL database. Accord's own tables go into a schema beside them, `accord` unless another is set; the Pact Broker's stay as they are: see docs/moving.md."},
		{Key: "database_max_connections", Default: "10", set: number(&s.MaxConnections, 1, 1000),
			Help: "The most connections to PostgreSQL at a time. SQLite has one writer and several readers whatever is set."},
		{Key: "database_statement_timeout", Default: "15s", set: duration(&s.StatementTimeout),
			Help: "How long one statement may run on PostgreSQL. A plain number counts seconds; 0 sets no limit."},
		{Key: "database_transaction_timeout", Default: "20s", set: duration(&s.TransactionTimeout),
			Help: "How long one change may take, such as publishing, so that it does not keep others waiting; then it is undone and answered with 503. A plain number counts seconds; 0 sets no limit."},
		{Key: "database_connect_max_retries", Default: "0", set: number(&s.ConnectRetries, 0, 1000),
			Help: "How often a database that cannot be reached is tried again at the start, 3 seconds apart."},
		{Key: "auto_migrate_db", Common: true, Default: "true", Switch: true, set: boolean(&s.AutoMigrate),
			Help: "Brings the tables up to date at the start. If false, run `broker migrate` first; a database that is behind stops the start."},
	}
}

func (t *target) accessSettings() []Setting {
	s := &t.Access
	return []Setting{
		{Key: "access", Common: true, Default: "false", Switch: true, set: boolean(&s.Tokens),
			Help: "`on` asks everybody for credentials and accepts tokens, each with a role and, if it is limited, with the applications that it may change: see docs/access.md. `off` leaves it to the basic auth below."},
		{Key: "basic_auth_enabled", Switch: true, set: optionalBoolean(&t.basicAuth),
			Help: "Asks for a user name and password. Unset, it is on as soon as both are set below."},
		{Key: "basic_auth_username", Common: true, set: userName(&s.Username), Help: "The user who may read and write."},
		{Key: "basic_auth_password", Secret: true, flagless: true, set: text(&s.Password), Help: "The password of that user."},
		{Key: "basic_auth_read_only_username", set: userName(&s.ReadOnlyUsername), Help: "A user who may only read, and ask for the contracts to verify."},
		{Key: "basic_auth_read_only_password", Secret: true, flagless: true, set: text(&s.ReadOnlyPassword), Help: "The password of that user."},
		{Key: "allow_public_read", Common: true, Default: "false", Switch: true, set: boolean(&s.PublicRead),
			Help: "Lets everybody read without credentials; writing still needs them, and so do webhooks, their deliveries, secrets and events."},
		{Key: "public_heartbeat", Alias: "public_heartbeat_enabled", Default: "false", Switch: true, set: boolean(&s.PublicHeartbeat),
			Help: "Answers the heartbeat without credentials."},
		{Key: "enable_public_badge_access", Default: "false", Switch: true, set: boolean(&s.PublicBadges),
			Help: "Answers badges without credentials."},
		{Key: "trusted_proxies", set: networks(&s.TrustedProxies),
			Help: "The addresses and networks (`10.0.0.0/8 192.0.2.7`), separated by spaces, of proxies in front of the broker. Only they are believed when `X-Forwarded-For` or `Forwarded` says where a request comes from, which counts for throttling, rate limits, log and audit. Unset, whoever connects to the broker counts."},
		{Key: "rate_limit", set: optionalNumber(&t.rateLimit, 0, 100_000_000),
			Help: "How many requests a minute one caller may send: one token or user whose credentials are right, else one address. Those beyond are answered with 429. Unset, it is 60000 where credentials are asked for, and there is no limit otherwise; 0 sets none."},
		{Key: "trust_rules", set: text(&s.TrustRules),
			Help: "The path of a YAML file with rules by which tokens of CI providers are exchanged for tokens of the broker, in the form of `/api/v1/trust-rules`: see docs/access.md."},
		{Key: "trust_private_hosts", set: hosts(&s.TrustPrivateHosts),
			Help: "Private and local hosts of CI providers, whose keys may be read although they are not public, in the forms of `webhook_private_hosts`; of hosts named here without encryption, too."},
		{Key: "audit_retention", Default: "400d", set: duration(&s.AuditRetention),
			Help: "How long the entries of the audit are kept, such as `400d`; 0 keeps them for good. A plain number counts seconds."},
		{Key: "secrets_key", Secret: true, flagless: true, set: text(&t.Secrets.Key),
			Help: "The key with which secrets, such as webhook passwords, are encrypted in the database. With SQLite a key file is made beside the database if none is set; with PostgreSQL secrets cannot be saved without it."},
		{Key: "secrets_key_uri", set: text(&t.Secrets.KeyURI),
			Help: "Where that key is kept instead, so that `broker keys rotate` can change it while brokers run: `file:///path`, or `vault+https://vault.example.org/v1/secret/data/accord` for the member `keys` of a secret in Vault's key-value engine, version 2."},
		{Key: "secrets_vault_token", Secret: true, flagless: true, set: text(&t.Secrets.VaultToken),
			Help: "The token with which the broker reads that secret in Vault, and `broker keys rotate` updates it."},
	}
}

func (t *target) publishingSettings() []Setting {
	p, v := &t.Publishing, &t.Versions
	return []Setting{
		{Key: "use_case_sensitive_resource_names", Default: "true", Switch: true, set: boolean(&p.CaseSensitiveNames),
			Help: "Tells `Foo` from `foo` in names of applications, versions, tags and labels. Names of branches and environments are always told apart."},
		{Key: "check_for_potential_duplicate_pacticipant_names", Default: "true", Switch: true, set: boolean(&p.CheckSimilarNames),
			Help: "Answers 409 when a contract names an unknown application whose name is nearly that of a known one, such as `foo-service` beside `Foo`."},
		{Key: "allow_dangerous_contract_modification", Default: "false", Switch: true, set: boolean(&p.AllowModification),
			Help: "Lets a version publish a contract again with other content. Verdicts given before may then be wrong; better publish with a version number for each commit."},
		{Key: "max_contract_interactions", Default: "10000", set: number(&p.MaxInteractions, 1, 10000000),
			Help: "How many interactions and messages a contract may have. More are answered with 413."},
		{Key: "base_equality_only_on_content_that_affects_verification_results", Default: "true", Switch: true, set: boolean(&p.EqualByInteractions),
			Help: "Takes contracts for the same if their interactions and specification version are, whatever their order and metadata."},
		{Key: "order_versions_by_date", Default: "true", Switch: true, set: boolean(&v.OrderByDate),
			Help: "The latest version is the one first heard of last. If false, versions are ordered by their semantic version number."},
		{Key: "semver_formats", Default: "%M.%m.%p%s%d %M.%m %M", set: text(&v.SemverFormats),
			Help: "The forms of version numbers that count as semantic when versions are not ordered by date."},
		{Key: "create_deployed_versions_for_tags", Default: "true", Switch: true, set: boolean(&v.DeployForTags),
			Help: "A tag named like an environment records the version as deployed there."},
		{Key: "use_first_tag_as_branch", Default: "true", Switch: true, set: boolean(&v.FirstTagAsBranch),
			Help: "The first tag of a new version without a branch also puts it on a branch of that name."},
		{Key: "use_first_tag_as_branch_time_limit", Default: "10s", set: duration(&v.FirstTagAsBranchWithin),
			Help: "How soon after the version that first tag must come. A plain number counts seconds."},
		{Key: "auto_detect_main_branch", Default: "true", Switch: true, set: boolean(&v.DetectMainBranch),
			Help: "The first branch or tag with one of the names below becomes the main branch of an application that has none."},
		{Key: "main_branch_candidates", Default: "develop main master", set: list(&v.MainBranchCandidates),
			Help: "The names that make a main branch, separated by spaces."},
		{Key: "former_names_days", Default: "90", set: days(&v.FormerNamesFor),
			Help: "For how many days an application that was renamed, or made a part of another one, is found by the name that it had before: clients that know that name alone go on as they are."},
	}
}

func (t *target) selectionSettings() []Setting {
	s := &t.Selection
	const days = 36500
	return []Setting{
		{Key: "dynamic_wip_window", Default: "false", Switch: true, set: boolean(&s.DynamicWIPWindow),
			Help: "Replaces the date from which a provider asks for work in progress by one that fits how old its unverified contracts are."},
		{Key: "default_wip_window_days", Default: "7", set: number(&s.DefaultWIPWindowDays, 0, days),
			Help: "The window, in days, when there are no unverified contracts to fit it to."},
		{Key: "min_wip_window_days", Default: "7", set: number(&s.MinWIPWindowDays, 0, days),
			Help: "The shortest window, in days."},
		{Key: "max_wip_lookback_days", Default: "14", set: number(&s.MaxWIPLookbackDays, 0, days),
			Help: "The longest window, in days."},
		{Key: "verified_by_other_branch_lookback_days", Default: "30", set: number(&s.OtherBranchLookbackDays, 0, days),
			Help: "For how many days a successful result takes a contract out of the work in progress."},
	}
}

func (t *target) verdictSettings() []Setting {
	s := &t.Verdicts
	return []Setting{
		{Key: "verdict_pending_for", Default: "1h", set: duration(&s.PendingFor),
			Help: "How long a result counts as being on its way after a webhook was triggered for it, or its verification begun."},
		{Key: "verdict_lost_after", Default: "24h", set: duration(&s.LostAfter),
			Help: "After what time a missing result counts as lost."},
		{Key: "verdict_stale_after", Default: "30d", set: duration(&s.StaleAfter),
			Help: "After what time a record of a deployment counts as stale if newer versions have not been deployed since."},
	}
}
