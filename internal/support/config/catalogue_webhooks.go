package config

func (t *target) webhookSettings() []Setting {
	s := &t.Webhooks
	return []Setting{
		{Key: "webhook_retry_schedule", Default: "10 60 120 300 600 1200", set: durations(&s.RetrySchedule),
			Help: "The waits between the attempts of a call that fails, separated by spaces. Plain numbers count seconds."},
		{Key: "webhook_http_method_whitelist", Default: "POST", set: methods(&s.Methods),
			Help: "The methods that webhooks may use, separated by spaces."},
		{Key: "webhook_scheme_whitelist", Default: "https", set: schemes(&s.Schemes),
			Help: "The schemes that webhooks may call, separated by spaces: `https`, `http`."},
		{Key: "webhook_host_whitelist", set: hosts(&s.Hosts),
			Help: "The hosts that webhooks may call, separated by spaces: names, `*.example.org`, `/regular expressions/`, addresses, address ranges. Unset, any public host may be called, and responses are not shown in the logs."},
		{Key: "webhook_private_hosts", set: hosts(&s.PrivateHosts),
			Help: "Private and local hosts that webhooks may call as well, in the same forms. It does not restrict public ones."},
		{Key: "webhook_http_code_success", Default: "200 201 202 203 204 205 206", set: codes(&s.SuccessCodes),
			Help: "The response codes that count as success, separated by spaces."},
		{Key: "webhook_allow_unknown_parameters", Default: "false", Switch: true, set: boolean(&s.AllowUnknown),
			Help: "Lets webhooks be saved whose templates name parameters or secrets that do not exist, as the Pact Broker does. Parameters are then sent as they are written, those of `${event.…}` empty; a webhook that names a secret is not sent until there is one."},
		{Key: "webhook_redact_sensitive_data", Default: "true", Switch: true, set: boolean(&s.Redact),
			Help: "Hides authorization and token headers in the logs of webhooks."},
		{Key: "webhook_certificates", flagless: true, set: onlyNested,
			Help: "Certificates to trust besides the system's: in the file a list of `description` with `content` or `path`, in the environment `PACT_BROKER_WEBHOOK_CERTIFICATES__0__CONTENT` or `…__0__PATH`, counted from 0."},
		{Key: "disable_ssl_verification", Default: "false", Switch: true, set: negated(&s.VerifyTLS),
			Help: "Calls webhooks without checking certificates. Better name the certificate above."},
		{Key: "user_agent", Default: "Accord", set: text(&s.UserAgent),
			Help: "The `User-Agent` of webhooks and of requests for badges."},
	}
}

func (t *target) eventSettings() []Setting {
	return []Setting{
		{Key: "events_retention", Default: "90d", set: duration(&t.Events.Retention),
			Help: "How long the events of `/api/v1/events` are kept, such as `90d`; 0 keeps them for good. A plain number counts seconds."},
	}
}

func (t *target) badgeSettings() []Setting {
	s := &t.Badges
	return []Setting{
		{Key: "shields_io_base_url", Default: "https://img.shields.io", emptyCounts: true, set: shieldsURL(&s.ShieldsURL),
			Help: "Where badges redirect to. Set but empty, all badges are drawn by the broker itself, for closed networks."},
		{Key: "badge_provider_mode", Default: "redirect", set: badgeMode(&s.Proxy),
			Help: "`redirect` sends browsers to the address above; `proxy` fetches the picture from there."},
		{Key: "badge_default_cache_setting", Default: "max-age=30", set: text(&s.CacheControl),
			Help: "The `Cache-Control` header of badges that can be judged."},
	}
}

func (t *target) startSettings() []Setting {
	return []Setting{
		{Key: "log_level", Common: true, Default: "info", set: logLevel(&t.Log.Level),
			Help: "What is logged: `debug`, `info`, `warn` or `error`."},
		{Key: "log_format", Common: true, Default: "text", set: logFormat(&t.Log.Format),
			Help: "`text` for people, `json` for collectors, one line each, on standard error."},
		{Key: "seed_example_data", Common: true, Switch: true, set: optionalBoolean(&t.seed),
			Help: "Loads two example applications into an empty database, once. Unset, it does so only where no database is set either, so in `./accord.db`."},
		{Key: "features", set: features(&t.Features),
			Help: "Optional behaviour to switch on, separated by spaces: `disable_pacts_for_verification`, `expand_currently_deployed_provider_versions`."},
		{Key: "port_environment_variable_name", flagless: true, set: text(new(string)),
			Help: "The name of another environment variable to take the port from."},
	}
}
