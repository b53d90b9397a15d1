package canideploy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParse_understandsEverySpelling(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want func(*arguments)
	}{
		{"long options", []string{"--broker-base-url", "http://b", "--output", "json"}, func(a *arguments) { a.baseURL, a.output = "http://b", "json" }},
		{"equals signs", []string{"--broker-base-url=http://b?x=y", "-o=json"}, func(a *arguments) { a.baseURL, a.output = "http://b?x=y", "json" }},
		{"values attached to letters", []string{"-bhttp://b", "-ojson"}, func(a *arguments) { a.baseURL, a.output = "http://b", "json" }},
		{"underscores", []string{"--broker_base_url", "http://b", "--dry_run"}, func(a *arguments) { a.baseURL, a.dryRun = "http://b", true }},
		{"credentials", []string{"-u", "bob", "-p", "pw", "-k", "tok"}, func(a *arguments) { a.username, a.password, a.token = "bob", "pw", "tok" }},
		{"a value that begins with a dash", []string{"--broker-password=-x"}, func(a *arguments) { a.password = "-x" }},
		{"switches in one word", []string{"-vbhttp://b"}, func(a *arguments) { a.verbose, a.baseURL = true, "http://b" }},
		{"a switch turned off with no", []string{"--no-dry-run"}, func(a *arguments) { a.dryRun = false }},
		{"a switch turned off with skip", []string{"--skip-verbose"}, func(a *arguments) { a.verbose = false }},
		{"a switch that is called skip", []string{"--skip-ssl-verification"}, func(a *arguments) { a.insecure = true }},
		{"a switch with a word", []string{"--dry-run", "true", "-v=true"}, func(a *arguments) { a.dryRun, a.verbose = true, true }},
		{"a switch said twice", []string{"--dry-run", "--dry-run=true"}, func(a *arguments) { a.dryRun = true }},
		{"numbers", []string{"--retry-while-unknown", "6", "--retry-interval=2.5", "--limit", "10", "--retries", "3", "--timeout", "7"}, func(a *arguments) {
			a.unknownRetries, a.interval, a.limit, a.attempts, a.timeout = 6, 2500*time.Millisecond, 10, 3, 7*time.Second
		}},
		{"words of other programs", []string{"broker", "can-i-deploy", "-v"}, func(a *arguments) { a.verbose = true }},
		{"encryption", []string{"-c", "ca.pem", "--ssl-trust-store", "false"}, func(a *arguments) { a.caFile, a.systemCAs = "ca.pem", false }},
		{"the target", []string{"--to", "prod"}, func(a *arguments) { a.tag = "prod" }},
		{"options without effect", []string{"--enable-otel", "--log-level", "debug"}, func(a *arguments) {
			a.notes = []string{"note: --enable-otel has no effect here", "note: --log-level has no effect here"}
		}},
		{"help before anything else is wrong", []string{"-h", "--nonsense"}, func(a *arguments) { a.task = taskHelp }},
		{"help in a word", []string{"can-i-deploy", "help"}, func(a *arguments) { a.task = taskHelp }},
		{"the version of the program", []string{"--version"}, func(a *arguments) { a.task = taskVersion }},
		{"completion", []string{"completion", "fish"}, func(a *arguments) { a.task, a.shell = taskCompletion, "fish" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := newArguments()
			test.want(want)
			got, err := parse(test.args)
			require.NoError(t, err)
			got.given = want.given
			require.Equal(t, want, got)
		})
	}
}

func TestParse_groupsOptionsByTheNameBeforeThem(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want []selector
	}{
		{"one version", []string{"-a", "Shop", "-e", "1"}, []selector{{name: "Shop", version: "1"}}},
		{"two versions", []string{"-a", "Shop", "-e", "1", "-a", "Stock", "-e", "2"}, []selector{{name: "Shop", version: "1"}, {name: "Stock", version: "2"}}},
		{"other options in between", []string{"-a", "Shop", "--to", "prod", "-v", "-e", "1"}, []selector{{name: "Shop", version: "1"}}},
		{"options before the first name", []string{"--version", "1", "-a", "Shop", "-a", "Stock", "-l"}, []selector{{name: "Shop", version: "1"}, {name: "Stock", latest: true}}},
		{"latest without a tag at the end", []string{"-a", "Shop", "--latest"}, []selector{{name: "Shop", latest: true}}},
		{"latest without a tag before an option", []string{"-a", "Shop", "-l", "--to", "prod"}, []selector{{name: "Shop", latest: true}}},
		{"latest with a tag", []string{"-a", "Shop", "--latest", "dev"}, []selector{{name: "Shop", latest: true, tag: "dev"}}},
		{"latest with a tag after an equals sign", []string{"-a", "Shop", "--latest=dev"}, []selector{{name: "Shop", latest: true, tag: "dev"}}},
		{"latest with a tag attached", []string{"-a", "Shop", "-ldev"}, []selector{{name: "Shop", latest: true, tag: "dev"}}},
		{"all with a tag", []string{"-a", "Shop", "--all", "prod"}, []selector{{name: "Shop", tag: "prod"}}},
		{"all under its other name", []string{"-a", "Shop", "--tag=prod"}, []selector{{name: "Shop", tag: "prod"}}},
		{"a branch means its head", []string{"-a", "Shop", "--branch", "feat/x"}, []selector{{name: "Shop", branch: "feat/x", latest: true}}},
		{"a branch beside a version", []string{"-a", "Shop", "--branch", "main", "-e", "1"}, []selector{{name: "Shop", branch: "main", version: "1"}}},
		{"the main branch means its head", []string{"-a", "Shop", "--main-branch"}, []selector{{name: "Shop", mainBranch: true, latest: true}}},
		{"the main branch called off", []string{"-a", "Shop", "-e", "1", "--no-main-branch", "true"}, []selector{{name: "Shop", version: "1"}}},
		{"an ignored application", []string{"-a", "Shop", "-e", "1", "--ignore", "Mail"}, []selector{{name: "Shop", version: "1"}, {name: "Mail", ignored: true}}},
		{"an ignored version", []string{"-a", "Shop", "-e", "1", "--ignore", "Mail", "--version", "3"}, []selector{{name: "Shop", version: "1"}, {name: "Mail", version: "3", ignored: true}}},
		{"a version and the latest", []string{"-a", "Shop", "-e", "1", "-l"}, []selector{{name: "Shop", version: "1", latest: true, conflict: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := parse(test.args)
			require.NoError(t, err)
			var got []selector
			for _, s := range append(a.applications, a.ignored...) {
				got = append(got, *s)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestParse_refusesWithAdvice(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"a misspelt option", []string{"--to-environmen", "prod"}, "--to-environmen is no option; did you mean --to-environment?"},
		{"an unknown option", []string{"--zzzzzzzzz"}, "--zzzzzzzzz is no option"},
		{"an unknown letter", []string{"-x"}, "-x is no option"},
		{"a stray word", []string{"-a", "Shop", "173153ae0"}, `"173153ae0" is not an option; a version is given as --version 173153ae0, and so on`},
		{"a long dash", []string{"—version", "1"}, "—version begins with a long dash, as word processors make of --; write two plain dashes"},
		{"no value at the end", []string{"-a"}, "-a needs a value; one that begins with a dash is written --pacticipant=…"},
		{"no value before an option", []string{"-a", "Shop", "--version", "--to", "prod"}, "--version needs a value; one that begins with a dash is written --version=…"},
		{"a version from a variable that is not set", []string{"-a", "Shop", "--version", ""}, "--version has a blank value; is a variable not set?"},
		{"a name that is blank", []string{"-a", " "}, "-a has a blank value; is a variable not set?"},
		{"a tag that is blank", []string{"-a", "Shop", "--latest", ""}, "--latest has a blank value; is a variable not set?"},
		{"a tag that is blank after an equals sign", []string{"-a", "Shop", "--latest="}, "--latest has a blank value; is a variable not set?"},
		{"an environment that is blank", []string{"--to-environment="}, "--to-environment has a blank value; is a variable not set?"},
		{"two versions of one application", []string{"-a", "Shop", "-e", "1", "-e", "2"}, "-e is given twice for the same application: 1 and 2"},
		{"two environments", []string{"--to-environment", "test", "--to-environment", "prod"}, `--to-environment is given twice, as "test" and "prod"`},
		{"a switch on and off", []string{"--dry-run", "--no-dry-run"}, `--no-dry-run is given twice, as "true" and "false"`},
		{"a format there is not", []string{"-o", "xml"}, `-o is table or json, not "xml"`},
		{"a number that is none", []string{"--retry-while-unknown", "few"}, `--retry-while-unknown is a whole number from 0 up, not "few"`},
		{"no rows", []string{"--limit", "0"}, `--limit is a whole number from 1 up, not "0"`},
		{"no time", []string{"--timeout", "0"}, `--timeout is a number of seconds above 0 and up to 86400, not "0"`},
		{"a switch with another word", []string{"--dry-run=maybe"}, `--dry-run is true or false, not "maybe"`},
		{"a header without a colon", []string{"--custom-header", "X-Team"}, `--custom-header is to be written as 'Name: value', with one word before the colon`},
		{"the end of options", []string{"--"}, `"--" is not an option; a version is given as --version --, and so on`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(test.args)
			var usage *usageError
			require.ErrorAs(t, err, &usage)
			require.Equal(t, test.want, err.Error())
		})
	}
}

func TestCheck_refusesWhatCannotBeAsked(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no application", []string{"-b", "http://b"}, "which application? give --pacticipant NAME and --version VERSION"},
		{"a version without a name", []string{"-b", "http://b", "-e", "1"}, "which application? give --pacticipant NAME and --version VERSION"},
		{"only ignored ones", []string{"-b", "http://b", "--ignore", "Mail"}, "which application? give --pacticipant NAME and --version VERSION"},
		{"no version", []string{"-b", "http://b", "-a", "Shop"}, "which version of Shop? give --version, --branch, --main-branch, --latest or --all after --pacticipant Shop"},
		{"a version that went astray", []string{"-b", "http://b", "-a", "Shop", "--ignore", "Mail", "-e", "1"},
			"which version of Shop? give --version, --branch, --main-branch, --latest or --all after --pacticipant Shop (--version 1 follows --ignore Mail and belongs to it)"},
		{"a version and the latest", []string{"-b", "http://b", "-a", "Shop", "-e", "1", "-l"}, "--version 1 and --latest cannot both be given for Shop"},
		{"two targets", []string{"-b", "http://b", "-a", "Shop", "-e", "1", "--to", "x", "--to-environment", "y"}, "--to-environment and --to cannot be given together"},
		{"no broker", []string{"-a", "Shop", "-e", "1"}, "where is the broker? give --broker-base-url or PACT_BROKER_BASE_URL"},
		{"no address", []string{"-a", "Shop", "-e", "1", "-b", "localhost:9292"},
			`--broker-base-url or PACT_BROKER_BASE_URL is an address such as https://broker.example.org, not "localhost:9292"`},
		{"no address, with a password", []string{"-a", "Shop", "-e", "1", "-b", "ftp://bob:secret@host"},
			`--broker-base-url or PACT_BROKER_BASE_URL is an address such as https://broker.example.org, not "…@host"`},
		{"half a client certificate", []string{"-a", "Shop", "-e", "1", "-b", "https://b", "--ssl-client-key", "k"},
			"--ssl-client-certificate and --ssl-client-key go together; only one is given"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := parse(test.args)
			require.NoError(t, err)
			require.EqualError(t, a.check(), test.want)
		})
	}
}

func TestFillFromEnvironment_leavesTheLastWordToTheCommandLine(t *testing.T) {
	for _, test := range []struct {
		name      string
		args      []string
		variables map[string]string
		want      func(*arguments)
	}{
		{"nothing on the command line", nil, map[string]string{"PACT_BROKER_BASE_URL": "http://b", "PACT_BROKER_TOKEN": "tok"},
			func(a *arguments) { a.baseURL, a.token = "http://b", "tok" }},
		{"the same on the command line", []string{"-b", "http://c"}, map[string]string{"PACT_BROKER_BASE_URL": "http://b"},
			func(a *arguments) { a.baseURL = "http://c" }},
		{"a blank option", []string{"-b", ""}, map[string]string{"PACT_BROKER_BASE_URL": "http://b"},
			func(a *arguments) { a.baseURL = "http://b" }},
		{"a user name beats a token from outside", []string{"-u", "bob"}, map[string]string{"PACT_BROKER_TOKEN": "tok", "PACT_BROKER_PASSWORD": "pw"},
			func(a *arguments) { a.username, a.password = "bob", "pw" }},
		{"a token beats a user name from outside", []string{"-k", "tok"}, map[string]string{"PACT_BROKER_USERNAME": "bob", "PACT_BROKER_PASSWORD": "pw"},
			func(a *arguments) { a.token = "tok" }},
		{"a dry run", nil, map[string]string{"PACT_BROKER_CAN_I_DEPLOY_DRY_RUN": "TRUE"}, func(a *arguments) { a.dryRun = true }},
		{"a dry run called off", []string{"--no-dry-run"}, map[string]string{"PACT_BROKER_CAN_I_DEPLOY_DRY_RUN": "true"}, func(*arguments) {}},
		{"the first of several variables", nil, map[string]string{"PACT_DISABLE_SSL_VERIFICATION": "true"}, func(a *arguments) { a.insecure = true }},
		{"certificates", nil, map[string]string{"SSL_CERT_FILE": "a.pem", "SSL_CERT_DIR": "d", "SSL_TRUST_STORE": "false"},
			func(a *arguments) { a.caFile, a.caDir, a.systemCAs = "a.pem", "d", false }},
		{"another exit code", nil, map[string]string{exitCodeVariable: "7"}, func(a *arguments) { a.exitCodeForNo = 7 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := newArguments()
			test.want(want)
			got, err := parse(test.args)
			require.NoError(t, err)
			require.NoError(t, got.fillFromEnvironment(func(name string) string { return test.variables[name] }))
			got.given = want.given
			require.Equal(t, want, got)
		})
	}
}

func TestFillFromEnvironment_addsToTheIgnoredOnes(t *testing.T) {
	a, err := parse([]string{"-a", "Shop", "-e", "1", "--ignore", "Push"})
	require.NoError(t, err)
	require.NoError(t, a.fillFromEnvironment(func(name string) string {
		return map[string]string{"PACT_BROKER_CAN_I_DEPLOY_IGNORE": "Mail, ,Old Stock,"}[name]
	}))
	require.Equal(t, "q[][pacticipant]=Shop&q[][version]=1&latestby=cvp&latest=true"+
		"&ignore[][pacticipant]=Push&ignore[][pacticipant]=Mail&ignore[][pacticipant]=Old+Stock", a.matrixQuery())
}

func TestFillFromEnvironment_namesTheVariableThatIsWrong(t *testing.T) {
	for name, want := range map[string]string{
		"PACT_BROKER_CAN_I_DEPLOY_DRY_RUN": `PACT_BROKER_CAN_I_DEPLOY_DRY_RUN is true or false, not "x"`,
		"PACT_BROKER_HTTP_RETRIES":         `PACT_BROKER_HTTP_RETRIES is a whole number from 1 up, not "x"`,
		exitCodeVariable:                   `PACT_BROKER_CAN_I_DEPLOY_EXIT_CODE_BETA is a number from 0 to 255, not "x"`,
	} {
		t.Run(name, func(t *testing.T) {
			require.EqualError(t, newArguments().fillFromEnvironment(func(asked string) string {
				if asked == name {
					return "x"
				}
				return ""
			}), want)
		})
	}
}
