package canideploy

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// exitCodeVariable replaces exit code 1, as a beta of the Pact Broker's client has it.
const exitCodeVariable = "PACT_BROKER_CAN_I_DEPLOY_EXIT_CODE_BETA"

// usageError is a wrong or incomplete command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func misuse(format string, values ...any) error {
	return &usageError{message: fmt.Sprintf(format, values...)}
}

// task is what the command line asks for.
type task int

const (
	taskAsk task = iota
	taskHelp
	taskMan
	taskVersion
	taskCompletion
)

// arguments is the command line, understood.
type arguments struct {
	task  task
	shell string

	question
	output  string
	explain bool
	dryRun  bool
	verbose bool
	notes   []string

	unknownRetries int
	interval       time.Duration
	attempts       int
	timeout        time.Duration
	exitCodeForNo  int

	baseURL                   string
	base                      *url.URL
	username, password, token string
	headers                   http.Header
	ciIdentity                bool
	audience                  string

	caFile, caDir         string
	systemCAs, insecure   bool
	clientCert, clientKey string

	// early holds what was said of an application before its name.
	early *selector
	// order holds applications and ignored ones as they came.
	order []*selector
	// given are the options on the command line that have a value.
	given map[string]string
}

func newArguments() *arguments {
	return &arguments{
		output: "table", interval: defaultInterval, timeout: defaultTimeout, attempts: defaultAttempts,
		exitCodeForNo: exitNo, systemCAs: true, headers: http.Header{}, given: map[string]string{},
	}
}

// audienceOfJob is for whom the token of the CI job is made: the broker, unless the
// arguments say otherwise.
func (a *arguments) audienceOfJob() string {
	if a.audience != "" {
		return a.audience
	}
	own := *a.base
	own.User = nil
	return strings.TrimRight(own.String(), "/")
}

// current is the application that selecting options speak of: the last one named,
// or the first to come.
func (a *arguments) current() *selector {
	if len(a.order) > 0 {
		return a.order[len(a.order)-1]
	}
	if a.early == nil {
		a.early = &selector{}
	}
	return a.early
}

func (a *arguments) addApplication(name string) error {
	s := &selector{}
	if a.early != nil {
		s, a.early = a.early, nil
	}
	s.name = name
	a.order = append(a.order, s)
	return notBlank(name)
}

func (a *arguments) addIgnored(name string) error {
	a.order = append(a.order, &selector{name: name, ignored: true})
	return notBlank(name)
}

// ignoreList takes names with commas between them; blank ones are passed over.
func (a *arguments) ignoreList(names string) error {
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			a.order = append(a.order, &selector{name: name, ignored: true})
		}
	}
	return nil
}

func (a *arguments) selectorText(field func(*selector) *string) func(string) error {
	return func(value string) error {
		return once(field(a.current()), value)
	}
}

// once fills a field that may not be filled twice with different values.
func once(field *string, value string) error {
	if err := notBlank(value); err != nil {
		return err
	}
	if *field != "" && *field != value {
		return fmt.Errorf("is given twice for the same application: %s and %s", *field, value)
	}
	*field = value
	return nil
}

func (a *arguments) setLatest(tag string) error {
	s := a.current()
	s.latest = true
	if tag == "" {
		return nil
	}
	return once(&s.tag, tag)
}

func (a *arguments) setAllTagged(tag string) error {
	return once(&a.current().tag, tag)
}

func (a *arguments) setMainBranch(value string) error {
	return boolean(&a.current().mainBranch)(value)
}

func (a *arguments) addHeader(line string) error {
	name, value, found := strings.Cut(line, ":")
	if name = strings.TrimSpace(name); !found || name == "" || strings.ContainsAny(name, " \t") {
		return fmt.Errorf("is to be written as 'Name: value', with one word before the colon") // the value may be a secret
	}
	a.headers.Add(name, strings.TrimSpace(value))
	return nil
}

func (a *arguments) setCompletion(shell string) error {
	a.task, a.shell = taskCompletion, shell
	return nil
}

func (a *arguments) do(t task) func(string) error {
	return func(string) error {
		a.task = t
		return nil
	}
}

func (a *arguments) note(line string) func(string) error {
	return func(string) error {
		a.notes = append(a.notes, line)
		return nil
	}
}

func freeText(field *string) func(string) error {
	return func(value string) error {
		*field = value
		return nil
	}
}

// filled is text that may not be blank: an unset variable in a script must not
// turn a question into a wider one.
func filled(field *string) func(string) error {
	return func(value string) error {
		*field = value
		return notBlank(value)
	}
}

func notBlank(value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("has a blank value; is a variable not set?")
	}
	return nil
}

func boolean(field *bool) func(string) error {
	return func(value string) error {
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "true", "1", "yes", "on":
			*field = true
		case "false", "0", "no", "off":
			*field = false
		default:
			return fmt.Errorf("is true or false, not %q", value)
		}
		return nil
	}
}

func whole(field *int, least int) func(string) error {
	return func(value string) error {
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < least {
			return fmt.Errorf("is a whole number from %d up, not %q", least, value)
		}
		*field = n
		return nil
	}
}

func seconds(field *time.Duration) func(string) error {
	const most = 24 * 60 * 60
	return func(value string) error {
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(n > 0 && n <= most) {
			return fmt.Errorf("is a number of seconds above 0 and up to %d, not %q", most, value)
		}
		*field = time.Duration(n * float64(time.Second))
		return nil
	}
}
