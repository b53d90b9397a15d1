package webhooks

import (
	"regexp"
	"strings"
)

// Stars stand where a secret must not be shown.
const Stars = "**********"

var (
	holdsParameter = regexp.MustCompile(`\$\{(pactbroker|event|secret)\.[^}]+\}`)
	secretHeader   = regexp.MustCompile(`(?i)authorization|token`)
	onlyStars      = regexp.MustCompile(`^\*+$`)
)

// Masked returns the request as it may be shown: passwords, and headers that look
// like credentials, are starred unless a parameter stands in them, because then
// it is the parameter that holds the secret.
func (r Request) Masked() Request {
	shown := r
	if r.Password != "" && !holdsParameter.MatchString(r.Password) {
		shown.Password = Stars
	}
	shown.Headers = nil
	for _, header := range r.Headers {
		if secretHeader.MatchString(header.Name) && !holdsParameter.MatchString(header.Value) {
			header.Value = Stars
		}
		shown.Headers = append(shown.Headers, header)
	}
	return shown
}

// keepSecretsOf fills in the secrets that the client could not send back because
// they had been starred: a password that is missing, empty or stars, and headers
// that are empty or stars. A password sent as null is removed.
func (d Draft) keepSecretsOf(old Request) Request {
	request := d.Webhook.Request
	if !d.passwordRemoved && (request.Password == "" || onlyStars.MatchString(request.Password)) {
		request.Password = old.Password
	}
	headers := make([]Header, len(request.Headers))
	for i, header := range request.Headers {
		if header.Value == "" || onlyStars.MatchString(header.Value) {
			if kept, found := old.Header(header.Name); found {
				header.Value = kept
			}
		}
		headers[i] = header
	}
	request.Headers = headers
	return request
}

// redact stars every occurrence of the secrets in a text.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, Stars)
	}
	return text
}
