package webhooks

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Stars stand where a secret must not be shown.
const Stars = "**********"

var (
	holdsParameter = regexp.MustCompile(`\$\{(pactbroker|event|secret)\.[^}]+\}`)
	secretHeader   = regexp.MustCompile(`(?i)auth(?:$|[^o]|ori[sz])|token|cookie|secret|pass|credential|signature|jwt|bearer|session|key|pwd|(?:^|[-_])pw(?:$|[-_])`)
	// secretQuery are the parameters of a URL that hold credentials.
	secretQuery = regexp.MustCompile(`(?i)^(.*(token|secret|password|passwd|passphrase|credential|signature|api[-_]?key|access[-_]?key)|sig|key|auth|code|(.*[-_.])?(pwd?|pass|jwt|bearer))$`)
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
// as it was written: who may manage webhooks sees tokens in its path, as with the
// Pact Broker, since tools compare the address with the one that they have set.
func maskedURL(address string) string {
	masked, _ := partsOfURL(address).masked(credential)
	return masked
}

// withoutTokens stars what looks like a token in the path or the query of a URL, for
// logs and for keeping.
func withoutTokens(address string) string {
	masked, _ := partsOfURL(address).masked(token)
	return masked
}

// withoutTokens is the request without what looks like a token in its address and its
// headers.
func (r Request) withoutTokens() Request {
	r.URL, r.Headers = withoutTokens(r.URL), slices.Clone(r.Headers)
	for i, header := range r.Headers {
		if looksLikeToken(header.Value) {
			r.Headers[i].Value = Stars
		}
	}
	return r
}

// tokens are what looks like a token in the address and the headers; in a header with
// what stands behind a scheme.
func (r Request) tokens() []string {
	texts := partsOfURL(r.URL).secrets(token)
	for _, header := range r.Headers {
		if looksLikeToken(header.Value) {
			_, afterScheme, _ := strings.Cut(header.Value, " ")
			texts = append(texts, header.Value, afterScheme)
		}
	}
	return texts
}

// urlParts is a URL cut into what may be a secret and what stands between.
type urlParts []urlPart

type urlPart struct {
	text   string
	secret secretKind
}

// secretKind is what kind of secret a part of a URL is.
type secretKind int

const (
	harmless secretKind = iota
	// credential is a user, a password, or a parameter with a name that tells.
	credential
	// token is a segment of the path, or the value of a parameter, that looks like one.
	token
)

// looksLikeToken reports whether a segment of a path, or another value, is likely to be what lets
// people in who know it, as in the webhooks of chats: a UUID, or letters and digits
// in an order that nobody has written by hand.
func looksLikeToken(segment string) bool {
	if onlyStars.MatchString(segment) {
		return true
	}
	return !holdsParameter.MatchString(segment) && (uuidText.MatchString(segment) || slices.ContainsFunc(longWord.FindAllString(segment, -1), isMixed))
}

var (
	uuidText = regexp.MustCompile(`[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`)
	longWord = regexp.MustCompile(`[0-9A-Za-z]{16,}`)
)

// isMixed reports whether a long word changes between digits, small letters and
// capitals more often than one that says something.
func isMixed(word string) bool {
	const enough, enoughWithoutDigits = 4, 6
	changes, digits := 0, strings.ContainsAny(word, "0123456789")
	for i := 1; i < len(word); i++ {
		before, now := kindOf(word[i-1]), kindOf(word[i])
		if before != now && (before != 'A' || now != 'a') { // words begin with a capital
			changes++
		}
	}
	return changes >= enoughWithoutDigits || digits && changes >= enough
}

func kindOf(character byte) byte {
	switch {
	case character <= '9':
		return '0'
	case character <= 'Z':
		return 'A'
	}
	return 'a'
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
				parts = append(parts, urlPart{text: user + ":"}, urlPart{text: password, secret: credential})
			} else {
				parts = append(parts, urlPart{text: user, secret: credential}) // tokens are written so
			}
			rest = authority[at:]
		}
	}
	path, query, hasQuery := strings.Cut(rest, "?")
	parts = append(parts, partsOfPath(path)...)
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
		kind := harmless
		switch {
		case isSecretQuery(strings.TrimSuffix(name, "=")):
			kind = credential
		case looksLikeToken(value):
			kind = token
		}
		parts = append(parts, urlPart{text: separator + name}, urlPart{text: value, secret: kind})
	}
	if hasFragment {
		parts = append(parts, urlPart{text: "#" + fragment})
	}
	return parts
}

// partsOfPath cuts host and path; the host is no secret.
func partsOfPath(path string) urlParts {
	text, rest, more := strings.Cut(path, "/")
	var parts urlParts
	for more {
		var segment string
		text += "/"
		segment, rest, more = strings.Cut(rest, "/")
		if !looksLikeToken(segment) {
			text += segment
			continue
		}
		parts = append(parts, urlPart{text: text}, urlPart{text: segment, secret: token})
		text = ""
	}
	return append(parts, urlPart{text: text})
}

// isSecretQuery reports whether a parameter, as it is written, holds a credential.
func isSecretQuery(written string) bool {
	name, err := url.QueryUnescape(written)
	return secretQuery.MatchString(written) || err == nil && secretQuery.MatchString(name)
}

// masked is the URL with its secrets of these kinds starred, and whether there are
// any.
func (p urlParts) masked(kinds ...secretKind) (address string, hidden bool) {
	for _, part := range p {
		if part.isSecret(kinds...) {
			part.text, hidden = Stars, true
		}
		address += part.text
	}
	return address, hidden
}

// isSecret reports whether a part is a secret of one of the kinds, and not a
// parameter that stands for one.
func (p urlPart) isSecret(kinds ...secretKind) bool {
	return p.text != "" && slices.Contains(kinds, p.secret) && !holdsParameter.MatchString(p.text)
}

// secrets are the texts of the secrets of these kinds.
func (p urlParts) secrets(kinds ...secretKind) (texts []string) {
	for _, part := range p {
		if part.isSecret(kinds...) {
			texts = append(texts, part.text)
		}
	}
	return texts
}

// before is what stands before a part: for a token in the path all of it, for others
// what names them, wherever that is.
func (p urlParts) before(at int) string {
	if p[at].secret == token && !strings.HasPrefix(p[at-1].text, "?") && !strings.HasPrefix(p[at-1].text, "&") {
		masked, _ := p[:at].masked(credential, token)
		_, rest, _ := strings.Cut(masked, "://")
		_, path, _ := strings.Cut(rest, "/")
		return path
	}
	return strings.TrimLeft(p[at-1].text, "?&")
}

// unmasked is the URL with the secrets of an older one in the place of stars, and
// whether there were any.
func (p urlParts) unmasked(old urlParts) (address string, kept bool) {
	for i, part := range p {
		if part.secret != harmless && i > 0 && onlyStars.MatchString(part.text) {
			if alike := old.named(part.secret, p.before(i)); len(alike) > 0 {
				rank := len(p[:i].named(part.secret, p.before(i)))
				part.text, kept = alike[min(rank, len(alike)-1)], true
			}
		}
		address += part.text
	}
	return address, kept
}

// named are the texts of the parts of that kind behind the same text: a parameter may
// stand in a query several times.
func (p urlParts) named(kind secretKind, before string) (texts []string) {
	for i := 1; i < len(p); i++ {
		if p[i].secret == kind && p.before(i) == before {
			texts = append(texts, p[i].text)
		}
	}
	return texts
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

// redact stars every occurrence of the secrets in a text, in whatever case and
// however escaped. It looks for all of them in the text as it was, so that one secret
// which is part of another, or overlaps with it, uncovers nothing.
func redact(text string, secrets []string) string { return redactFirst(text, len(text), secrets) }

// redactFirst is the redacted beginning of a text, of so many bytes. A secret that
// goes on beyond it is starred, too.
func redactFirst(text string, length int, secrets []string) string {
	var patterns []pattern
	for _, secret := range secrets {
		if len(secret) >= shortestRedacted {
			patterns = append(patterns, patternsOf(secret)...)
		}
	}
	covered := make([]bool, len(text))
	for read, again := asWritten(text), 0; again <= maxSpellings && len(patterns) > 0; again++ {
		small := lower(read.text)
		for _, p := range patterns {
			read.cover(covered, small, p)
		}
		var changed bool
		if read, changed = read.unescaped(); !changed {
			break
		}
	}
	length = min(length, len(text))
	return starred(text[:length], covered[:length])
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
