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

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/support/release"
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
	b.token = "" // the one that ends is no use here
	given, err := b.accord().ExchangeToken(ctx, identity)
	switch {
	case err != nil:
		return notExchanged(err)
	case given.AccessToken == "":
		return noIdentity("the broker did not exchange the token of the CI job: its answer has none")
	}
	b.token, b.tokenUntil = given.AccessToken, b.now().Add(time.Duration(given.ExpiresIn)*time.Second-renewBefore)
	return nil
}

// accord asks the broker over the API that only Accord has, once.
func (b *broker) accord() *client.Client {
	own := *b.client
	own.CheckRedirect = staysWithBroker
	return &client.Client{BaseURL: b.base.String(), Header: b.headers, UserAgent: "can-i-deploy/" + release.Version(), HTTP: &own, Attempts: 1}
}

// staysWithBroker refuses redirects that would take the token of the CI job to somebody
// else, or show it on the way.
func staysWithBroker(next *http.Request, made []*http.Request) error {
	asked := made[0].URL
	switch {
	case next.URL.Hostname() != asked.Hostname():
		return noIdentity("the broker redirects to %s, which is not given the token of the CI job; is that its address?", next.URL.Host)
	case asked.Scheme == "https" && next.URL.Scheme != "https":
		return noIdentity("the broker redirects to http, by which the token of the CI job is not sent")
	case len(made) >= 10:
		return noIdentity("the broker redirects without an end")
	}
	return nil
}

// notExchanged says why there is no token of the broker. What the network said stays
// as it is.
func notExchanged(err error) error {
	var problem *client.Problem
	var network *url.Error
	var redirected *identityError
	switch {
	case errors.As(err, &redirected):
		return redirected
	case errors.As(err, &network):
		return err
	case !errors.As(err, &problem):
		return noIdentity("the broker did not exchange the token of the CI job: its answer cannot be read")
	case problem.Status == http.StatusNotFound:
		return noIdentity("this broker exchanges no tokens of CI jobs (404 for /api/v1/token-exchange); --ci-identity needs Accord")
	case problem.Type == "" && problem.Detail != "": // the reason that OAuth has a place for
		return noIdentity("the broker does not trust this CI job: %s", problem.Detail)
	}
	return &identityError{fmt.Sprintf("the broker did not exchange the token of the CI job (%d)", problem.Status), slices.Contains(passing, problem.Status)}
}

// jobToken is the token with which the CI provider says what job this is.
func (b *broker) jobToken(ctx context.Context) (string, error) {
	if address := b.env(githubAddress); address != "" {
		return b.githubToken(ctx, address)
	}
	if token := strings.TrimSpace(b.env(readyToken)); token != "" {
		return token, nil
	}
	return "", noIdentity(
		"--ci-identity finds no identity of a CI job: on GitHub the job needs \"permissions: id-token: write\"; on GitLab declare \"id_tokens: %s: aud: %s\"; elsewhere put the token into %s",
		readyToken,
		b.audience,
		readyToken,
	)
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
