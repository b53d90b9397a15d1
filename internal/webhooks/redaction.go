package webhooks

import (
	"regexp"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Stars stand where a secret must not be shown.
const Stars = "**********"

var (
	holdsParameter = regexp.MustCompile(`\$\{(pactbroker|event|secret)\.[^}]+\}`)
	secretHeader   = regexp.MustCompile(`(?i)auth(?:$|[^o]|ori[sz])|token|cookie|secret|pass|credential|signature|jwt|bearer|session|key`)
	// secretQuery are the parameters of a URL that hold credentials.
	secretQuery = regexp.MustCompile(`(?i)^(.*(token|secret|password|credential|signature|api[-_]?key|access[-_]?key)|sig|key|auth|code)$`)
	onlyStars   = regexp.MustCompile(`^\*+$`)
)

// Masked returns the request as it may be shown: passwords, and headers that look
// like credentials, are starred unless a parameter stands in them, because then
// it is the parameter that holds the secret.
func (r Request) Masked() Request {
	shown := r
	if r.Password != "" && !holdsParameter.MatchString(r.Password) {
		shown.Password = Stars
	}
	shown.URL = maskedURL(r.URL)
	shown.Headers = nil
	for _, header := range r.Headers {
		if secretHeader.MatchString(header.Name) && !holdsParameter.MatchString(header.Value) {
			header.Value = Stars
		}
		shown.Headers = append(shown.Headers, header)
	}
	return shown
}

// maskedURL stars the password in a URL, or the user where there is no password, and the values of parameters that look
// like credentials, unless a template parameter stands in them. The rest is left
// as it was written.
func maskedURL(address string) string {
	masked, _ := partsOfURL(address).masked()
	return masked
}

// urlParts is a URL cut into what may be a credential and what stands between.
type urlParts []urlPart

type urlPart struct {
	text   string
	secret bool
}

func partsOfURL(address string) urlParts {
	var parts urlParts
	rest := address
	if scheme, authority, found := strings.Cut(address, "://"); found {
		end := len(authority)
		if at := strings.IndexAny(authority, "/?#"); at >= 0 {
			end = at
		}
		parts = append(parts, urlPart{text: scheme + "://"})
		rest = authority
		if at := strings.LastIndex(authority[:end], "@"); at >= 0 {
			if user, password, hasPassword := strings.Cut(authority[:at], ":"); hasPassword {
				parts = append(parts, urlPart{text: user + ":"}, urlPart{text: password, secret: true})
			} else {
				parts = append(parts, urlPart{text: user, secret: true}) // tokens are written so
			}
			rest = authority[at:]
		}
	}
	path, query, hasQuery := strings.Cut(rest, "?")
	parts = append(parts, urlPart{text: path})
	if !hasQuery {
		return parts
	}
	query, fragment, hasFragment := strings.Cut(query, "#")
	for i, pair := range strings.Split(query, "&") {
		name, value, hasValue := strings.Cut(pair, "=")
		separator := "&"
		if i == 0 {
			separator = "?"
		}
		if hasValue {
			name += "="
		}
		parts = append(parts, urlPart{text: separator + name}, urlPart{text: value, secret: secretQuery.MatchString(strings.TrimSuffix(name, "="))})
	}
	if hasFragment {
		parts = append(parts, urlPart{text: "#" + fragment})
	}
	return parts
}

// masked is the URL with its credentials starred, and whether there are any.
func (p urlParts) masked() (address string, hidden bool) {
	for _, part := range p {
		if part.secret && part.text != "" && !holdsParameter.MatchString(part.text) {
			part.text, hidden = Stars, true
		}
		address += part.text
	}
	return address, hidden
}

// unmasked is the URL with the credentials of an older one in the place of stars,
// and whether there were any.
func (p urlParts) unmasked(old urlParts) (address string, kept bool) {
	for i, part := range p {
		if part.secret && i > 0 && onlyStars.MatchString(part.text) {
			for n := 1; n < len(old); n++ {
				if old[n].secret && strings.TrimLeft(old[n-1].text, "?&") == strings.TrimLeft(p[i-1].text, "?&") {
					part.text, kept = old[n].text, true
				}
			}
		}
		address += part.text
	}
	return address, kept
}

// keepSecretsOf fills in the secrets that the client could not send back because
// they had been starred: a password that is missing, empty or stars, and headers
// that are empty or stars, and what is starred in the URL. A password sent as null
// is removed. It also returns what was filled in: fields, with what in them.
func (d Draft) keepSecretsOf(old Request) (request Request, kept []fault.Field) {
	request = d.Webhook.Request
	var inURL bool
	if request.URL, inURL = partsOfURL(request.URL).unmasked(partsOfURL(old.URL)); inURL {
		kept = append(kept, fault.Field{Name: "request.url", Message: "its credentials"})
	}
	if !d.PasswordRemoved && (request.Password == "" || onlyStars.MatchString(request.Password)) {
		request.Password = old.Password
		if old.Password != "" && !holdsParameter.MatchString(old.Password) {
			kept = append(kept, fault.Field{Name: "request.password", Message: "the password"})
		}
	}
	headers := make([]Header, len(request.Headers))
	for i, header := range request.Headers {
		if header.Value == "" || onlyStars.MatchString(header.Value) {
			if value, found := old.Header(header.Name); found && value != header.Value {
				header.Value = value
				kept = append(kept, fault.Field{Name: "request.headers", Message: "the value of " + header.Name})
			}
		}
		headers[i] = header
	}
	request.Headers = headers
	return request, kept
}

// shortestRedacted is how long a secret must be to be starred in what others have
// written: stars for every letter e would tell that the secret is an e.
const shortestRedacted = 4

// redact stars every occurrence of the secrets in a text. It looks for all of
// them in the text as it was, so that one secret which is part of another, or
// overlaps with it, uncovers nothing.
func redact(text string, secrets []string) string {
	covered := make([]bool, len(text))
	found := false
	for _, secret := range secrets {
		if len(secret) < shortestRedacted {
			continue
		}
		for at := 0; at+len(secret) <= len(text); at++ {
			next := strings.Index(text[at:], secret)
			if next < 0 {
				break
			}
			at, found = at+next, true
			for i := range len(secret) {
				covered[at+i] = true
			}
		}
	}
	if !found {
		return text
	}
	return starred(text, covered)
}

// starred replaces each run of covered bytes by stars.
func starred(text string, covered []bool) string {
	var shown strings.Builder
	for i := range len(text) {
		switch {
		case !covered[i]:
			shown.WriteByte(text[i])
		case i == 0 || !covered[i-1]:
			shown.WriteString(Stars)
		}
	}
	return shown.String()
}
