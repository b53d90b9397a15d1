package canideploy

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// fillFromEnvironment takes from variables what the command line leaves open.
// Credentials go together: a user name on the command line is not overruled by a
// token in the environment, nor the other way round.
func (a *arguments) fillFromEnvironment(env func(string) string) error {
	for _, o := range a.options() {
		if a.isDecided(&o) {
			continue
		}
		for _, name := range o.env {
			value := env(name)
			if strings.TrimSpace(value) == "" {
				continue
			}
			if err := o.fill(value); err != nil {
				return misuse("%s %s", name, err)
			}
			break
		}
	}
	a.resolve()
	return a.fillExitCode(env(exitCodeVariable))
}

func (o *option) fill(value string) error {
	if o.fromEnv != nil {
		return o.fromEnv(value)
	}
	return o.accept(value)
}

// isDecided reports whether the environment has no say in the option any more. A blank
// value on the command line, from a variable that is not set, leaves it open.
func (a *arguments) isDecided(o *option) bool {
	if o.fromEnv != nil {
		return false
	}
	if a.given[o.name] != "" {
		return true
	}
	switch o.name {
	case "broker-token":
		return a.ciIdentity || a.given["broker-username"] != ""
	case "broker-username", "broker-password":
		return a.ciIdentity || a.given["broker-token"] != ""
	}
	return false
}

func (a *arguments) fillExitCode(value string) error {
	if value == "" {
		return nil
	}
	code, err := strconv.Atoi(value)
	if err != nil || code < 0 || code > 255 {
		return misuse("%s is a number from 0 to 255, not %q", exitCodeVariable, value)
	}
	a.exitCodeForNo = code
	return nil
}

// check tells what is missing or contradicts itself, as a *usageError.
func (a *arguments) check() error {
	if err := a.checkApplications(); err != nil {
		return err
	}
	if err := a.checkTarget(); err != nil {
		return err
	}
	if (a.clientCert == "") != (a.clientKey == "") {
		return misuse("--ssl-client-certificate and --ssl-client-key go together; only one is given")
	}
	if a.token != "" && a.username != "" {
		a.notes = append(a.notes, "note: both a token and a user name are given; the token is used")
	}
	return a.checkBaseURL()
}

func (a *arguments) checkApplications() error {
	if a.early != nil || len(a.applications) == 0 {
		return misuse("which application? give --pacticipant NAME and --version VERSION")
	}
	for _, s := range slices.Concat(a.applications, a.ignored) {
		if s.conflict {
			return misuse("--version %s and --latest cannot both be given for %s", s.version, s.name)
		}
	}
	for _, s := range a.applications {
		if s.version == "" && !s.latest && s.tag == "" {
			return misuse("which version of %s? give --version, --branch, --main-branch, --latest or --all after --pacticipant %s%s",
				s.name, s.name, a.strayVersion())
		}
	}
	return nil
}

// strayVersion points out a version that went to an ignored application.
func (a *arguments) strayVersion() string {
	for _, s := range a.ignored {
		if s.version != "" {
			return fmt.Sprintf(" (--version %s follows --ignore %s and belongs to it)", s.version, s.name)
		}
	}
	return ""
}

func (a *arguments) checkTarget() error {
	var given []string
	for _, target := range []struct {
		name string
		set  bool
	}{{"--to-environment", a.environment != ""}, {"--to", a.tag != ""}, {"--with-main-branches", a.mainBranches}} {
		if target.set {
			given = append(given, target.name)
		}
	}
	if len(given) > 1 {
		return misuse("%s cannot be given together", strings.Join(given, " and "))
	}
	return nil
}

func (a *arguments) checkBaseURL() error {
	const where = "--broker-base-url or PACT_BROKER_BASE_URL"
	value := strings.TrimSpace(a.baseURL)
	if value == "" {
		return misuse("where is the broker? give %s", where)
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return misuse("%s is an address such as https://broker.example.org, not %q", where, hidePassword(value))
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	u.RawQuery, u.Fragment = "", ""
	a.base = u
	return nil
}

// hidePassword drops what stands before an @, so that no message shows a secret.
func hidePassword(address string) string {
	if at := strings.LastIndex(address, "@"); at >= 0 {
		return "…" + address[at:]
	}
	return address
}
