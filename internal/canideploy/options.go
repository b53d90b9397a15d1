package canideploy

import "time"

// option is one row of the table from which parsing, help, completion and the
// manual page are made.
type option struct {
	name    string   // the long spelling, without dashes
	short   string   // the short spelling, without its dash; may be empty
	also    []string // further long spellings that other programs use
	takes   taking
	arg     string   // what the value is called in the help
	choices []string // the only values there are, if so
	file    bool     // the value is a path
	env     []string // variables that stand in for the option
	group   string
	text    string
	repeats bool // may be given more than once
	secret  bool // the value is shown nowhere
	set     func(value string) error
	// fromEnv, if set, takes the variable's value even beside the option.
	fromEnv func(value string) error
}

// taking says whether an option is followed by a value.
type taking int

const (
	takesNothing taking = iota // a switch, with --no-… and --skip-… to turn it off
	takesValue
	takesMaybe // a value follows, unless the next word is an option
)

const (
	groupWhat       = "What is to be deployed"
	groupWhere      = "Where it is to go"
	groupWaiting    = "Waiting and trying again"
	groupAnswer     = "The answer"
	groupBroker     = "The broker"
	groupEncryption = "Encryption"
	groupOther      = "Other"
	groupIgnored    = "Accepted without effect"
)

var groups = [...]string{
	groupWhat, groupWhere, groupWaiting, groupAnswer, groupBroker, groupEncryption, groupOther, groupIgnored,
}

// options returns the table; setting an option changes a.
func (a *arguments) options() []option {
	var all []option
	for _, some := range [][]option{
		a.optionsWhat(), a.optionsWhere(), a.optionsWaiting(), a.optionsAnswer(),
		a.optionsBroker(), a.optionsEncryption(), a.optionsOther(), a.optionsIgnored(),
	} {
		all = append(all, some...)
	}
	return all
}

func (a *arguments) optionsWhat() []option {
	return inGroup(groupWhat, []option{
		{name: "pacticipant", short: "a", takes: takesValue, arg: "NAME", repeats: true, set: a.addApplication,
			text: "An application to deploy. Give the option once for each; the options of this group belong to the name before them."},
		{name: "version", short: "e", takes: takesValue, arg: "VERSION", repeats: true, set: a.selectorText(func(s *selector) *string { return &s.version }),
			text: "The version of the application."},
		{name: "latest", short: "l", takes: takesMaybe, arg: "TAG", repeats: true, set: a.setLatest,
			text: "The latest version, or the latest version with the tag."},
		{name: "branch", takes: takesValue, arg: "BRANCH", repeats: true, set: a.selectorText(func(s *selector) *string { return &s.branch }),
			text: "The latest version of the branch."},
		{name: "main-branch", takes: takesNothing, repeats: true, set: a.setMainBranch,
			text: "The latest version of the main branch of the application."},
		{name: "all", also: []string{"tag"}, takes: takesValue, arg: "TAG", repeats: true, set: a.setAllTagged,
			text: "Every version with the tag."},
		{name: "ignore", takes: takesValue, arg: "NAME", repeats: true, set: a.addIgnored, fromEnv: a.ignoreList,
			env:  []string{"PACT_BROKER_CAN_I_DEPLOY_IGNORE"},
			text: "An application to leave out of the decision, or one version of it when --version follows. The variable holds names with commas between them."},
	})
}

func (a *arguments) optionsWhere() []option {
	return inGroup(groupWhere, []option{
		{name: "to-environment", takes: takesValue, arg: "ENVIRONMENT", set: filled(&a.environment),
			text: "The environment to deploy to: everything that is there now must go together with it."},
		{name: "to", takes: takesValue, arg: "TAG", set: filled(&a.tag),
			text: "Instead of an environment: the latest versions with the tag."},
		{name: "with-main-branches", takes: takesNothing, set: boolean(&a.mainBranches),
			text: "Instead of an environment: the latest versions of the main branches."},
	})
}

func (a *arguments) optionsWaiting() []option {
	return inGroup(groupWaiting, []option{
		{name: "retry-while-unknown", takes: takesValue, arg: "TIMES", set: whole(&a.unknownRetries, 0),
			text: "Ask up to so many times again while results are missing, because a verification may still be running. Default: 0."},
		{name: "retry-interval", takes: takesValue, arg: "SECONDS", set: seconds(&a.interval),
			text: "The time between two such questions. Default: 10."},
		{name: "retries", takes: takesValue, arg: "TIMES", set: whole(&a.attempts, 1), env: []string{"PACT_BROKER_HTTP_RETRIES"},
			text: "How often a request is tried when the network or the broker fails for the moment (no connection, 408, 429, 5xx), with growing pauses. Default: 5."},
		{name: "timeout", takes: takesValue, arg: "SECONDS", set: seconds(&a.timeout),
			text: "How long one request may take. Default: 60."},
	})
}

func (a *arguments) optionsAnswer() []option {
	return inGroup(groupAnswer, []option{
		{name: "output", short: "o", takes: takesValue, arg: "FORMAT", choices: []string{"table", "json"}, set: filled(&a.output),
			text: "table for people, or json: the answer of the broker, unchanged. Default: table."},
		{name: "explain", takes: takesNothing, set: boolean(&a.explain),
			text: "Say for each pair why it is so, since when, and what to do. Needs Accord; with another broker the ordinary answer is given."},
		{name: "dry-run", takes: takesNothing, set: boolean(&a.dryRun), env: []string{"PACT_BROKER_CAN_I_DEPLOY_DRY_RUN"},
			text: "Exit with 0 even if the answer is no or not known. A failure to get an answer is still 2."},
		{name: "limit", takes: takesValue, arg: "ROWS", set: whole(&a.limit, 1),
			text: "How many rows the broker may look at. Too few can hide results; leave it out unless the broker is slow."},
		{name: "verbose", short: "v", takes: takesNothing, set: boolean(&a.verbose),
			text: "Show the requests, and the address of every result."},
	})
}

func (a *arguments) optionsBroker() []option {
	return inGroup(groupBroker, []option{
		{name: "broker-base-url", short: "b", takes: takesValue, arg: "URL", set: freeText(&a.baseURL), env: []string{"PACT_BROKER_BASE_URL"},
			text: "Where the broker is, with the sub-path if it has one."},
		{name: "broker-username", short: "u", takes: takesValue, arg: "NAME", set: freeText(&a.username), env: []string{"PACT_BROKER_USERNAME"},
			text: "The user name for basic authentication."},
		{name: "broker-password", short: "p", takes: takesValue, arg: "PASSWORD", secret: true, set: freeText(&a.password), env: []string{"PACT_BROKER_PASSWORD"},
			text: "The password for basic authentication."},
		{name: "broker-token", short: "k", takes: takesValue, arg: "TOKEN", secret: true, set: freeText(&a.token), env: []string{"PACT_BROKER_TOKEN"},
			text: "The bearer token; it wins over a user name."},
		{name: "ci-identity", takes: takesNothing, set: boolean(&a.ciIdentity),
			text: "Sign in as the CI job that this is, without a secret: with the token that GitHub gives a job, or that PACT_BROKER_ID_TOKEN holds, as id_tokens of GitLab. Needs Accord, with a trust rule for the job."},
		{name: "ci-audience", takes: takesValue, arg: "AUDIENCE", set: filled(&a.audience),
			text: "For whom GitHub makes that token. Default: the base URL of the broker."},
		{name: "custom-header", takes: takesValue, arg: "HEADER", repeats: true, set: a.addHeader,
			text: "A header to send along, as Name: value. May be given more than once."},
	})
}

func (a *arguments) optionsEncryption() []option {
	return inGroup(groupEncryption, []option{
		{name: "ssl-certificate", short: "c", takes: takesValue, arg: "FILE", file: true, set: freeText(&a.caFile), env: []string{"SSL_CERT_FILE"},
			text: "Certificates (PEM) of authorities to trust besides those of the system."},
		{name: "ssl-certificate-dir", takes: takesValue, arg: "FOLDER", file: true, set: freeText(&a.caDir), env: []string{"SSL_CERT_DIR"},
			text: "Folders of such files, with colons between them."},
		{name: "ssl-trust-store", takes: takesValue, arg: "BOOLEAN", choices: []string{"true", "false"}, set: boolean(&a.systemCAs), env: []string{"SSL_TRUST_STORE"},
			text: "Whether the authorities of the system are trusted at all. Default: true."},
		{name: "skip-ssl-verification", takes: takesNothing, set: boolean(&a.insecure),
			env:  []string{"SSL_SKIP_VERIFICATION", "PACT_BROKER_DISABLE_SSL_VERIFICATION", "PACT_DISABLE_SSL_VERIFICATION"},
			text: "Do not check who the broker is. Only for trying things out."},
		{name: "ssl-client-certificate", takes: takesValue, arg: "FILE", file: true, set: freeText(&a.clientCert), env: []string{"X509_CLIENT_CERT_FILE"},
			text: "The certificate (PEM) that this program shows to the broker."},
		{name: "ssl-client-key", takes: takesValue, arg: "FILE", file: true, set: freeText(&a.clientKey), env: []string{"X509_CLIENT_KEY_FILE"},
			text: "The key (PEM) of that certificate."},
	})
}

func (a *arguments) optionsOther() []option {
	return inGroup(groupOther, []option{
		{name: "help", short: "h", takes: takesNothing, set: a.do(taskHelp), text: "Show this text."},
		{name: "man", takes: takesNothing, set: a.do(taskMan), text: "Print the manual page: can-i-deploy --man | man -l -"},
		{name: "completion", takes: takesValue, arg: "SHELL", choices: []string{"bash", "zsh", "fish"}, set: a.setCompletion,
			text: "Print the completion script for the shell."},
	})
}

func (a *arguments) optionsIgnored() []option {
	ignored := []option{
		{name: "enable-otel"},
		{name: "enable-otel-logs"},
		{name: "enable-otel-traces"},
		{name: "otel-exporter", takes: takesValue, arg: "NAMES"},
		{name: "otel-exporter-endpoint", takes: takesValue, arg: "URL"},
		{name: "otel-exporter-protocol", takes: takesValue, arg: "PROTOCOL"},
		{name: "log-level", takes: takesValue, arg: "LEVEL"},
	}
	for i := range ignored {
		ignored[i].text = "For compatibility with other programs of this name."
		ignored[i].set = a.note("note: --" + ignored[i].name + " has no effect here")
	}
	return inGroup(groupIgnored, ignored)
}

func inGroup(group string, options []option) []option {
	for i := range options {
		options[i].group = group
	}
	return options
}

// The defaults that the option texts name.
const (
	defaultInterval = 10 * time.Second
	defaultTimeout  = 60 * time.Second
	defaultAttempts = 5
)
