package comparison

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Names of formats that stand for no format: they carry what the engine has to
// know about a schema.
const (
	// stepFormat counts the work of a validation.
	stepFormat = "accord-step"
	// brokenFormat marks a reference that leads to nothing.
	brokenFormat = "accord-unresolved"
	// regexFormat stands for "regex": under its own name the compiler would ask the
	// engine for patterns, which refuses none.
	regexFormat = "accord-regex"
)

var errBroken = errors.New("the reference leads to nothing")

// judgedFormats are the formats that are enforced; values of others pass.
var judgedFormats = map[string]bool{
	"date": true, "time": true, "date-time": true, "duration": true, "uri": true, "uri-reference": true,
	"uri-template": true, "url": true, "email": true, "hostname": true, "ipv4": true, "ipv6": true, "regex": true,
	"uuid": true, "json-pointer": true, "relative-json-pointer": true, "byte": true, "int32": true, "int64": true,
	"float": true, "double": true, "iso-time": true, "iso-date-time": true,
}

// registerFormats teaches a compiler the formats of OpenAPI, and those that JSON
// Schema's own validators judge otherwise than is usual.
func registerFormats(compiler *jsonschema.Compiler) {
	formats := map[string]func(any) error{
		"byte":          onText(isBase64),
		"int32":         onNumber(func(n *big.Rat) bool { return n.IsInt() && fits(n.Num(), 31) }),
		"int64":         onNumber((*big.Rat).IsInt),
		"float":         nil,
		"double":        nil,
		"url":           onText(isURL),
		"uri":           onText(isURI),
		"uri-reference": onText(isURIReference),
		"email":         onText(email.MatchString),
		"uuid":          onText(uuid.MatchString),
		"date-time": onText(func(text string) bool {
			return isoDateTime.MatchString(text) && zoned.MatchString(text) && isDay(text[:10])
		}),
		"uri-template":  onText(isURITemplate),
		"iso-time":      onText(isoTime.MatchString),
		"iso-date-time": onText(isoDateTime.MatchString),
		regexFormat:     onText(func(text string) bool { return !unreadable((&patterns{}).read(text)) }),
		brokenFormat:    func(any) error { return errBroken },
	}
	for name, validate := range formats {
		if validate == nil {
			validate = func(any) error { return nil }
		}
		compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: validate})
	}
}

var errFormat = errors.New("wrong form")

func onText(holds func(string) bool) func(any) error {
	return func(value any) error {
		if text, ok := value.(string); ok && !holds(text) {
			return errFormat
		}
		return nil
	}
}

func onNumber(holds func(*big.Rat) bool) func(any) error {
	return func(value any) error {
		number, ok := value.(json.Number)
		if !ok {
			return nil
		}
		if exact, ok := new(big.Rat).SetString(number.String()); ok && !holds(exact) {
			return errFormat
		}
		return nil
	}
}

// fits reports whether a whole number has room in bits and a sign.
func fits(number *big.Int, bits int) bool {
	limit := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	return number.Cmp(limit) < 0 && number.Cmp(new(big.Int).Neg(limit)) >= 0
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.DecodeString(strings.Map(dropSpace, text))
	return err == nil
}

// outsideURI are characters that are written with a percent sign in a URI.
const outsideURI = " \\\"<>{}|^`"

func isURIReference(text string) bool {
	_, err := url.Parse(text)
	return err == nil && !strings.ContainsAny(text, outsideURI) && !strings.ContainsFunc(text, func(r rune) bool { return r > 126 })
}

func isURI(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme != "" && isURIReference(text)
}

// isURL tells an address that anybody can reach: its host is a full name or an
// IPv4 address.
func isURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && publicHost.MatchString(parsed.Hostname()) && !strings.Contains(text, " ") &&
		(parsed.Scheme == "http" || parsed.Scheme == "https" || parsed.Scheme == "ftp")
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

var (
	email       = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$")
	uuid        = regexp.MustCompile(`^(?i:urn:uuid:)?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	publicHost  = regexp.MustCompile(`^(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[^.\s]+\.)+\p{L}{2,})$`)
	zoned       = regexp.MustCompile(`(?:[zZ]|[+-]\d\d:?\d\d)$`)
	isoTime     = regexp.MustCompile(`^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[zZ]|[+-]\d\d(?::?\d\d)?)?$`)
	isoDateTime = regexp.MustCompile(`^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[tT\s](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[zZ]|[+-]\d\d(?::?\d\d)?)?$`)
	expression  = regexp.MustCompile(`^[+#./;?&=,!@|]?(?:[A-Za-z0-9_.]|%[0-9a-fA-F]{2})+(?::[1-9]\d{0,3}|\*)?(?:,(?:[A-Za-z0-9_.]|%[0-9a-fA-F]{2})+(?::[1-9]\d{0,3}|\*)?)*$`)
)

// isURITemplate follows RFC 6570, with operators such as {/id} has.
func isURITemplate(text string) bool {
	for {
		open := strings.IndexAny(text, "{}")
		if open < 0 {
			return !strings.ContainsAny(text, " \"'<>\\^`|")
		}
		end := strings.IndexByte(text, '}')
		if text[open] == '}' || end < open || !expression.MatchString(text[open+1:end]) {
			return false
		}
		if strings.ContainsAny(text[:open], " \"'<>\\^`|") {
			return false
		}
		text = text[end+1:]
	}
}
