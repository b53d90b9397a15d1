package webhooks

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// parameter is what stands in a template for a value: ${pactbroker.consumerName},
// ${event.environment} for what the event says, or ${secret.NAME} for a secret
// kept beside the webhooks.
var parameter = regexp.MustCompile(`\$\{(pactbroker|event|secret)\.([A-Za-z0-9_\-]+)\}`)

// anyParameter is whatever may be meant as one, for telling which are wrong.
var anyParameter = regexp.MustCompile(`\$\{([^.{}]*)\.([^}]*)\}`)

// kinds of parameters, by the word before the dot.
var kinds = []string{"pactbroker", "event", "secret"}

// withoutParameters replaces parameters by a word, so that the rest can be read
// as a URL.
func withoutParameters(text string) string {
	return holdsParameter.ReplaceAllString(text, "parameter")
}

// Values are the values for the parameters of a template. Expansion is done in
// one pass: a value that looks like a parameter is sent as it is.
type Values struct {
	// Broker holds the values of ${pactbroker.…}; a name without an entry stays as
	// it is written.
	Broker map[string]string
	// Event holds the values of ${event.…}; a name without an entry is empty.
	Event map[string]string
	// Secrets holds the values of ${secret.…}.
	Secrets map[string]string
	// hidden fills in stars for the secrets, for what is shown.
	hidden bool
	// used collects the secrets that were filled in, also in their escaped forms,
	// to star them in answers, and missing the names of those that there are none
	// of.
	used, missing []string
}

// hiding are the same values with stars for the secrets.
func (v Values) hiding() Values {
	v.hidden = true
	return v
}

// expand fills the values in, each escaped for the place where it stands.
func (v *Values) expand(template string, escape func(string) string) string {
	return parameter.ReplaceAllStringFunc(template, func(match string) string {
		value, found := v.value(match)
		if !found {
			return match
		}
		escaped := escape(value)
		if !strings.HasPrefix(match, "${secret.") || value == "" {
			return escaped
		}
		if v.hidden {
			return Stars
		}
		v.used = append(v.used, value, escaped)
		return escaped
	})
}

func (v *Values) value(match string) (string, bool) {
	parts := parameter.FindStringSubmatch(match)
	switch name := parts[2]; parts[1] {
	case "pactbroker":
		value, found := v.Broker[name]
		return value, found
	case "event":
		return v.Event[name], true
	default:
		value, found := v.Secrets[name]
		if !found && !slices.Contains(v.missing, name) {
			v.missing = append(v.missing, name)
		}
		return value, found
	}
}

// SecretNames returns the names of the secrets that the request fills in, each
// once.
func (r Request) SecretNames() []string {
	texts := []string{r.URL, string(r.Body), r.Username, r.Password}
	for _, header := range r.Headers {
		texts = append(texts, header.Value)
	}
	var names []string
	for _, match := range parameter.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		if match[1] == "secret" && !slices.Contains(names, match[2]) {
			names = append(names, match[2])
		}
	}
	return names
}

// Expanded is a request with all values filled in, ready to be sent.
type Expanded struct {
	Method   string
	URL      string
	Headers  []Header
	Body     []byte
	Username string
	Password string
	// secrets are values that must not be shown, wherever they stand, and missing
	// the names of secrets that the request asks for in vain.
	secrets, missing []string
}

// Expand fills the values into a request. Values are escaped for the place where
// they stand, so that a branch called `","admin":"yes` stays a name: in the path
// and the query of the URL, in JSON, XML, HTML and form bodies, and in headers, which
// lose their control characters. User name and password are filled in as they are.
func (r Request) Expand(values Values) Expanded {
	e := Expanded{Method: strings.ToUpper(r.Method)}
	path, query, hasQuery := strings.Cut(r.URL, "?")
	e.URL = values.expand(path, escapePath)
	if hasQuery {
		e.URL += "?" + values.expand(query, url.QueryEscape)
	}
	for _, header := range r.Headers {
		e.Headers = append(e.Headers, Header{Name: header.Name, Value: values.expand(header.Value, escapeHeader)})
	}
	e.Body = r.expandBody(&values)
	e.Username = values.expand(r.Username, escapeNothing)
	e.Password = values.expand(r.Password, escapeNothing)
	e.secrets, e.missing = values.used, values.missing
	return e
}

// expandBody fills the values into the body: a JSON string is the text itself,
// everything else is sent as JSON.
func (r Request) expandBody(values *Values) []byte {
	var text string
	if len(r.Body) == 0 || string(r.Body) == "null" {
		return nil
	}
	if json.Unmarshal(r.Body, &text) != nil {
		return []byte(values.expand(string(r.Body), escapeJSON))
	}
	return []byte(values.expand(text, r.textEscape(text)))
}

// textEscape chooses how values are escaped in a body that was given as a string.
func (r Request) textEscape(text string) func(string) string {
	kind, _ := r.Header("content-type")
	kind = strings.ToLower(kind)
	switch {
	case strings.Contains(kind, "json") || json.Valid([]byte(text)):
		return escapeJSON
	case strings.Contains(kind, "x-www-form-urlencoded"):
		return url.QueryEscape
	case strings.Contains(kind, "xml"), strings.Contains(kind, "html"):
		return html.EscapeString
	}
	return escapeNothing
}

func escapeNothing(value string) string { return value }

// escapePath escapes as for a form, but for blanks, which a path cannot hold as `+`.
func escapePath(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

func escapeJSON(value string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "" // strings can always be encoded
	}
	encoded := strings.TrimSuffix(text.String(), "\n")
	return encoded[1 : len(encoded)-1]
}

func escapeHeader(value string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, value)
}
