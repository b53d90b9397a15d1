package canideploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/support/release"
)

// maxBody bounds what is read of an answer; a matrix of ten thousand rows stays below.
const maxBody = 64 << 20

// broker is the other end of the line.
type broker struct {
	*program
	client   *http.Client
	base     *url.URL
	username string
	password string
	token    string
	// ciIdentity lets the CI job prove what it is, to the audience; tokenUntil is
	// when the token is replaced that it was given.
	ciIdentity bool
	audience   string
	tokenUntil time.Time
	headers    http.Header
	attempts   int
	verbose    bool
	warned     map[string]bool
}

func newBroker(p *program, a *arguments) (*broker, error) {
	transport, err := newTransport(a)
	if err != nil {
		return nil, err
	}
	return &broker{
		program: p, client: &http.Client{Transport: transport, Timeout: a.timeout}, base: a.base,
		username: a.username, password: a.password, token: a.token, headers: a.headers, ciIdentity: a.ciIdentity, audience: a.audienceOfJob(),
		attempts: a.attempts, verbose: a.verbose, warned: map[string]bool{},
	}, nil
}

// response is a whole answer of the broker.
type response struct {
	status int
	header http.Header
	body   []byte
}

// json reports whether the body calls itself JSON of any kind.
func (r *response) json() bool {
	kind, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// get asks for the path below the base URL and returns the answer if it is a
// success. A failure that may pass is tried again; in the end it returns a
// *brokerError or what the network said.
func (b *broker) get(ctx context.Context, path, query string) (*response, error) {
	address := b.address(path, query)
	for attempt := 1; ; attempt++ {
		answer, err := b.signedIn(ctx, address)
		if err == nil {
			b.warnOfDeprecation(path, answer.header)
			return answer, nil
		}
		if attempt >= b.attempts || !mayPass(err) {
			return nil, b.inWords(err)
		}
		wait := backOff(attempt, err, b.now())
		b.say("%s; trying again in %s (%d of %d)", briefly(err), inSeconds(wait), attempt+1, b.attempts)
		if err := b.pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// signedIn asks once, with a token of the CI job if the arguments ask for that.
func (b *broker) signedIn(ctx context.Context, address *url.URL) (*response, error) {
	if err := b.signIn(ctx); err != nil {
		return nil, err
	}
	return b.once(ctx, address)
}

// address is that of the path below the base URL.
func (b *broker) address(path, query string) *url.URL {
	address := *b.base
	address.Path, address.RawQuery = address.Path+path, query
	if address.RawPath != "" {
		address.RawPath += path
	}
	return &address
}

func (b *broker) once(ctx context.Context, address *url.URL) (*response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	b.addHeaders(request)
	if b.verbose {
		b.say("GET %s", address.Redacted())
	}
	reply, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reply.Body.Close() }() // the body has been read; nothing is lost
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxBody+1))
	if err != nil {
		return nil, &url.Error{Op: "Get", URL: address.Redacted(), Err: err}
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("the answer is longer than %d MB", maxBody>>20)
	}
	if b.verbose {
		b.say("%d, %d bytes", reply.StatusCode, len(body))
	}
	answer := &response{status: reply.StatusCode, header: reply.Header, body: body}
	if reply.StatusCode != http.StatusOK {
		return nil, &brokerError{response: answer, asked: address.Path, sent: b.credentials()}
	}
	return answer, nil
}

func (b *broker) addHeaders(request *http.Request) {
	request.Header.Set("Accept", "application/hal+json, application/json")
	request.Header.Set("User-Agent", "can-i-deploy/"+release.Version())
	switch b.credentials() {
	case "token":
		request.Header.Set("Authorization", "Bearer "+b.token)
	case "user name":
		request.SetBasicAuth(b.username, b.password)
	}
	for name, values := range b.headers {
		request.Header[name] = values
		if name == "Host" {
			request.Host = values[0]
		}
	}
}

// credentials says what kind of them is sent, "" if none is.
func (b *broker) credentials() string {
	switch {
	case b.token != "":
		return "token"
	case b.username != "":
		return "user name"
	case b.base.User != nil:
		return "user name in the address"
	}
	return ""
}

// askMatrix puts the question in the way that every broker understands.
func (b *broker) askMatrix(ctx context.Context, q *question) (answer, error) {
	reply, err := b.get(ctx, "/matrix", q.matrixQuery())
	if err != nil {
		return nil, err
	}
	if !reply.json() {
		return nil, fmt.Errorf("%s answered with %q, which is no contract broker's answer; check the address and its sub-path",
			b.base.Redacted(), reply.header.Get("Content-Type"))
	}
	m, err := readMatrix(reply.body)
	if err != nil {
		return nil, err
	}
	if len(q.ignored) > 0 && m.Summary.Ignored == nil && !b.warned["ignore"] {
		b.warned["ignore"] = true
		b.say("warning: this broker does not know --ignore; nothing was left out of the decision")
	}
	return m, nil
}

func isStatus(err error, statuses ...int) bool {
	var refused *brokerError
	if !errors.As(err, &refused) {
		return false
	}
	for _, status := range statuses {
		if refused.response.status == status {
			return true
		}
	}
	return false
}
