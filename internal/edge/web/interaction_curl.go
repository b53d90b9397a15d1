package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/accord-broker/accord/internal/edge/actions"
)

const (
	// curlBodyAtMost is how many bytes a body has that stands in a command.
	curlBodyAtMost = 8 << 10
	// providerAddress stands in commands for the address of the provider.
	providerAddress = `"$PROVIDER_URL"`
)

// headerName is what curl takes for the name of a header, and for nothing else: it reads
// files that are named after an @.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// methodName is a method that can be sent.
var methodName = regexp.MustCompile(`^[A-Z-]+$`)

// curlOf is the command that sends a request as the contract has it, nil if nobody can.
// Every word that comes of the contract is quoted for the shell.
func curlOf(label string, f map[string]json.RawMessage, wraps bool) *command {
	method, path := strings.ToUpper(textOf(f["method"])), textOf(f["path"])
	if !methodName.MatchString(method) || !strings.HasPrefix(path, "/") {
		return nil
	}
	lines := []string{"curl --globoff " + methodOption(method) + " " + providerAddress + actions.Quote(addressOf(path, f["query"]))}
	for _, m := range membersOf(f["headers"]) {
		if headerName.MatchString(m.Name) {
			lines = append(lines, "--header "+actions.Quote(headerLineOf(m.Name, headerValue(m.Value))))
		}
	}
	before, option := curlBody(sentBody(f["body"], wraps))
	if option != "" {
		lines = append(lines, option)
	}
	made := prompted(label, before+strings.Join(lines, " \\\n    "))
	return &made
}

// methodOption is how curl is told the method: it waits for a body that never comes if
// HEAD is but a name.
func methodOption(method string) string {
	if method == "HEAD" {
		return "--head"
	}
	return "--request " + method
}

// addressOf is the path and the query as they stand in an address. A query that is a
// text is in that form already.
func addressOf(path string, query json.RawMessage) string {
	pairs := queryOf(query)
	var text string
	if json.Unmarshal(query, &text) != nil {
		for i, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			pairs[i] = url.QueryEscape(name) + "=" + url.QueryEscape(value)
		}
	}
	if len(pairs) > 0 {
		path += "?" + strings.Join(pairs, "&")
	}
	return unwritable.ReplaceAllStringFunc(path, url.PathEscape)
}

// unwritable is what no address has as it is.
var unwritable = regexp.MustCompile(`[^!-~]`)

func headerValue(value json.RawMessage) string {
	var values []string
	if json.Unmarshal(value, &values) != nil {
		values = []string{textOf(value)}
	}
	return strings.Join(values, ", ")
}

// headerLineOf is a header as curl reads it, which takes one without a value for one to be
// left out, and each line for one of its own.
func headerLineOf(name, value string) string {
	value = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, value))
	if value == "" {
		return name + ";"
	}
	return name + ": " + value
}

// sentBody is a body as it is sent.
func sentBody(value json.RawMessage, wraps bool) []byte {
	encoded := ""
	if f := fields(value); wraps && f["content"] != nil {
		value, encoded = f["content"], textOf(f["encoded"])
	}
	var text string
	switch {
	case len(value) == 0 || string(value) == "null":
		return nil
	case strings.EqualFold(encoded, "json") || json.Unmarshal(value, &text) != nil:
		return value
	case strings.EqualFold(encoded, "base64"):
		if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
			return plain
		}
	}
	return []byte(text)
}

// curlBody is what hands a body to curl: what stands before it, and an option. Bytes that no
// shell can write are handed over in base64, and of a large body only where it belongs.
func curlBody(body []byte) (before, option string) {
	switch {
	case len(body) == 0:
		return "", ""
	case len(body) > curlBodyAtMost:
		return "", "--data-binary @body"
	case bytes.ContainsFunc(body, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == '\uFFFD' || r == 0x7f }):
		return "printf %s " + actions.Quote(base64.StdEncoding.EncodeToString(body)) + " | base64 -d | ", "--data-binary @-"
	}
	return "", "--data-raw " + actions.Quote(string(body))
}
