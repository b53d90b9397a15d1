package canideploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The variables in which CI providers tell a job how to prove what it is: GitHub
// where to ask for a token, GitLab the token itself, under the name that the job
// has given it.
const (
	githubAddress = "ACTIONS_ID_TOKEN_REQUEST_URL"
	githubToken   = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	readyToken    = "PACT_BROKER_ID_TOKEN"
)

// maxIdentity is how much is read of an answer with a token.
const maxIdentity = 1 << 20

// renewBefore is how long before its end a token is replaced.
const renewBefore = time.Minute

// identityError says why there is no token for the CI job.
type identityError struct {
	reason  string
	mayPass bool
}

func (e *identityError) Error() string { return e.reason }

func noIdentity(format string, values ...any) error {
	return &identityError{reason: fmt.Sprintf(format, values...)}
}

// signIn exchanges the token of the CI job for one of the broker, if the arguments
// ask for that, and again before that ends.
func (b *broker) signIn(ctx context.Context) error {
	if !b.ciIdentity || b.now().Before(b.tokenUntil) {
		return nil
	}
	identity, err := b.jobToken(ctx)
	if err != nil {
		return err
	}
	request, err := b.exchange(ctx, identity)
	if err != nil {
		return err
	}
	status, body, err := b.fetch(request)
	if err != nil {
		return err
	}
	return b.takeToken(status, body)
}

// exchange asks for a token of the broker.
func (b *broker) exchange(ctx context.Context, identity string) (*http.Request, error) {
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"}, "subject_token": {identity},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address("/api/v1/token-exchange", "").String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	b.token = "" // the one that ends is no use here
	b.addHeaders(request)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request, nil
}

// takeToken reads the answer to the exchange.
func (b *broker) takeToken(status int, body []byte) error {
	var given struct {
		Token       string `json:"access_token"`
		Seconds     int    `json:"expires_in"`
		Description string `json:"error_description"`
	}
	switch err := json.Unmarshal(body, &given); {
	case status == http.StatusNotFound:
		return noIdentity("this broker exchanges no tokens of CI jobs (404 for /api/v1/token-exchange); --ci-identity needs Accord")
	case err == nil && status == http.StatusOK && given.Token != "":
		b.token, b.tokenUntil = given.Token, b.now().Add(time.Duration(given.Seconds)*time.Second-renewBefore)
		return nil
	case given.Description != "":
		return noIdentity("the broker does not trust this CI job: %s", given.Description)
	}
	return &identityError{fmt.Sprintf("the broker did not exchange the token of the CI job (%d)", status), slices.Contains(passing, status)}
}

// jobToken is the token with which the CI provider says what job this is.
func (b *broker) jobToken(ctx context.Context) (string, error) {
	if address := b.env(githubAddress); address != "" {
		return b.githubToken(ctx, address)
	}
	if token := strings.TrimSpace(b.env(readyToken)); token != "" {
		return token, nil
	}
	return "", noIdentity("--ci-identity finds no identity of a CI job: on GitHub the job needs \"permissions: id-token: write\"; on GitLab declare \"id_tokens: %s: aud: %s\"; elsewhere put the token into %s", readyToken, b.audience, readyToken)
}

// githubToken asks GitHub for a token for the broker.
func (b *broker) githubToken(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", noIdentity("%s is no address", githubAddress)
	}
	query := u.Query()
	query.Set("audience", b.audience)
	u.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+b.env(githubToken))
	request.Header.Set("Accept", "application/json")
	status, body, err := b.fetch(request)
	if err != nil {
		return "", &identityError{"GitHub cannot be asked for the token of this job: " + reached(err), mayPass(err)}
	}
	var given struct{ Value string }
	if err := json.Unmarshal(body, &given); status != http.StatusOK || err != nil || given.Value == "" {
		return "", &identityError{fmt.Sprintf("GitHub gave no token for this job (%d)", status), slices.Contains(passing, status)}
	}
	return given.Value, nil
}

// fetch sends a request whose answer is short.
func (b *broker) fetch(request *http.Request) (status int, body []byte, err error) {
	answer, err := b.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // the body has been read; nothing is lost
	if body, err = io.ReadAll(io.LimitReader(answer.Body, maxIdentity)); err != nil {
		return 0, nil, &url.Error{Op: request.Method, URL: request.URL.Redacted(), Err: err}
	}
	return answer.StatusCode, body, nil
}

// reached is what the network said, without the address.
func reached(err error) string {
	var network *url.Error
	if errors.As(err, &network) {
		return cause(network)
	}
	return err.Error()
}
