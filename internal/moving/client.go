package moving

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Remote is how to reach a broker over HTTP.
type Remote struct {
	URL string
	// Username and Password, or Token, are credentials that may read everything.
	Username, Password, Token string
	// Parallel is how many requests may be under way at a time.
	Parallel int
	// Pause is how long to wait before a request is tried again at first; it doubles
	// with each attempt. Zero is a second.
	Pause time.Duration
	// Waiting is told why the broker cannot be reached, and after what time it is
	// tried again.
	Waiting func(why error, pause time.Duration)
}

// Reasons for which a broker cannot be read.
var (
	ErrRefused     = errors.New("the broker does not let these credentials read; give --username and --password, or --token, of somebody who may read everything")
	ErrNoBroker    = errors.New("there is no Pact Broker at this address: its first page is not what it should be")
	errNotThere    = errors.New("it is not there")
	errUnreadable  = errors.New("the broker answered with something that is no JSON")
	errKeepFailing = errors.New("the broker keeps failing")
	errElsewhere   = errors.New("the broker redirects to another host")
	errUnencrypted = errors.New("the broker redirects from https to http, which would show the credentials to everybody on the way")
	errInCircles   = errors.New("the broker redirects from one address to the next without an end")
	errUnreachable = errors.New("the broker cannot be reached")
	errFails       = errors.New("it fails itself")
	errTooLarge    = errors.New("its answer is larger than any that a broker gives")
	errEndless     = errors.New("the broker gives page after page of this list, and no end of it")
	errStalls      = errors.New("the answer comes too slowly to end")
)

const (
	// attempts are made while a broker is busy, attemptsAtFailure where it fails
	// itself, such as by taking too long: it would do so again.
	attempts          = 8
	attemptsAtFailure = 2
	longestPause      = time.Minute
	// largestThing, largestText and largestList bound what is read of one answer: about one
	// thing, a contract or a result with its tests, and a list, which old brokers do not
	// cut into pages.
	largestThing = 8 << 20
	largestText  = 128 << 20
	largestList  = 256 << 20
	// partOfAnswer is in what pieces an answer is read that does not say how long it is.
	partOfAnswer  = 1 << 20
	mostRedirects = 10
	// mostPages is more than any list has, and samePages how many pages may bring nothing new:
	// what is made meanwhile moves the rest on.
	mostPages  = 100_000
	samePages  = 10
	oneRequest = 5 * time.Minute
	// firstAnswerTimeout is how long a broker that has never answered is tried: its address may
	// have been mistyped. longestDial is how long one attempt to reach it takes.
	firstAnswerTimeout = 12 * time.Second
	longestDial        = 10 * time.Second
	// stallTimeout is how long an answer may bring less than leastProgress bytes.
	stallTimeout  = 30 * time.Second
	leastProgress = 1 << 10
)

// client asks a broker, politely.
type client struct {
	remote Remote
	base   *url.URL
	http   *http.Client
	// answered tells that the broker has answered something.
	answered atomic.Bool
	// mostPages and stall are bounds that tests set lower.
	mostPages int
	stall     time.Duration
	// progress is told how many pages of a list have been read, from the second on.
	progress func(what string, done int64)
}

func newClient(remote Remote) (*client, error) {
	base, err := url.Parse(remote.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("the address of the broker must be https://host or https://host/path")
	}
	if base.User != nil && remote.Username == "" {
		remote.Username = base.User.Username()
		remote.Password, _ = base.User.Password()
	}
	base.User = nil
	base.Path = strings.TrimSuffix(base.Path, "/")
	if remote.Pause == 0 {
		remote.Pause = time.Second
	}
	remote.Parallel = min(max(remote.Parallel, 1), 8)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: longestDial}).DialContext
	return &client{
		remote: remote, base: base, http: &http.Client{Transport: transport, Timeout: oneRequest, CheckRedirect: follow(base)},
		mostPages: mostPages, stall: stallTimeout, progress: func(string, int64) {},
	}, nil
}

// follow says which redirects are followed: few, to the same host, and never from an
// encrypted connection to one that is not, on which credentials could be read.
func follow(base *url.URL) func(next *http.Request, before []*http.Request) error {
	return func(next *http.Request, before []*http.Request) error {
		switch {
		case next.URL.Host != base.Host:
			return fmt.Errorf("%[1]w, %[2]s: if that is the broker, give %[3]s://%[2]s as --from (or --with)", errElsewhere, next.URL.Host, next.URL.Scheme)
		case base.Scheme == "https" && next.URL.Scheme != base.Scheme:
			return errUnencrypted
		case len(before) >= mostRedirects:
			return errInCircles
		}
		return nil
	}
}

// address is where a link or a path leads. Of links only the path counts: behind a
// proxy their host may be another.
func (c *client) address(link string) (string, error) {
	parsed, err := url.Parse(link)
	if err != nil {
		return "", fmt.Errorf("the broker gave a link that cannot be read: %w", err)
	}
	path := parsed.EscapedPath()
	if parsed.Host == "" || !strings.HasPrefix(path, c.base.Path+"/") {
		path = c.base.EscapedPath() + path
	}
	to := c.base.Scheme + "://" + c.base.Host + path
	if parsed.RawQuery != "" {
		to += "?" + parsed.RawQuery
	}
	return to, nil
}

// checkBroker makes sure that a broker is there.
func (c *client) checkBroker(ctx context.Context) error {
	var index struct {
		Links map[string]json.RawMessage `json:"_links"`
	}
	if err := c.read(ctx, "/", largestThing, &index); err != nil {
		if errors.Is(err, errUnreadable) || errors.Is(err, errNotThere) {
			return ErrNoBroker
		}
		return err
	}
	if index.Links["pb:pacticipants"] == nil {
		return ErrNoBroker
	}
	return nil
}

// isAccord reports whether the broker is an Accord: a Pact Broker has no such page.
func (c *client) isAccord(ctx context.Context) (bool, error) {
	var about struct{ Version string }
	err := c.read(ctx, "/api/v1/about", largestThing, &about)
	var refused rejected
	if errors.Is(err, errNotThere) || errors.Is(err, errUnreadable) || errors.Is(err, errFails) || errors.Is(err, ErrRefused) || errors.As(err, &refused) {
		return false, nil
	}
	return err == nil && about.Version != "", err
}

// get asks for a link or a path, again and again while the broker is busy. The answer may
// have so many bytes.
func (c *client) get(ctx context.Context, link string, most int64) ([]byte, error) {
	return c.ask(ctx, http.MethodGet, link, most, nil)
}

// read asks for JSON.
func (c *client) read(ctx context.Context, link string, most int64, into any) error {
	body, err := c.get(ctx, link, most)
	if err != nil {
		return err
	}
	if json.Unmarshal(body, into) != nil {
		return fmt.Errorf("%s: %w", link, errUnreadable)
	}
	return nil
}

func (c *client) ask(ctx context.Context, method, link string, most int64, sent []byte) (body []byte, err error) {
	to, err := c.address(link)
	if err != nil {
		return nil, err
	}
	pause, began := c.remote.Pause, time.Now() //nolint:forbidigo // how long somebody has really waited
	for attempt := 1; ; attempt++ {
		var wait time.Duration
		body, wait, err = c.once(ctx, method, to, most, sent)
		if err == nil || !errors.Is(err, errKeepFailing) || attempt == attempts || attempt == attemptsAtFailure && errors.Is(err, errFails) {
			return body, err
		}
		if errors.Is(err, errUnreachable) {
			if !c.answered.Load() && time.Since(began)+pause > firstAnswerTimeout {
				return nil, err
			}
			if c.remote.Waiting != nil {
				c.remote.Waiting(err, pause)
			}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(max(wait, pause)):
		}
		pause = min(2*pause, longestPause)
	}
}

// once asks once. If asking again may help, the error is errKeepFailing, and wait
// is how long the broker wants to be left alone.
func (c *client) once(ctx context.Context, method, to string, most int64, sent []byte) (body []byte, wait time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(string(sent)))
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Accept", "application/hal+json, application/json, */*;q=0.1")
	request.Header.Set("User-Agent", "accord-import (asks once at a time; stop it with the people who run it)")
	if sent != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.remote.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.remote.Token)
	case c.remote.Username != "":
		request.SetBasicAuth(c.remote.Username, c.remote.Password)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		if errors.Is(err, errElsewhere) || errors.Is(err, errUnencrypted) || errors.Is(err, errInCircles) {
			return nil, 0, err
		}
		return nil, 0, unreachable{err}
	}
	c.answered.Store(true)
	defer answer.Body.Close()
	stalls := time.AfterFunc(c.stall, func() { cancel(errStalls) })
	defer stalls.Stop()
	body, err = readAnswer(&flowing{answer.Body, stalls, c.stall, 0}, answer.ContentLength, most)
	switch status := answer.StatusCode; {
	case errors.Is(err, errTooLarge):
		return nil, 0, fmt.Errorf("%s: %w", to, err)
	case err != nil && errors.Is(context.Cause(ctx), errStalls):
		return nil, 0, fmt.Errorf("%w: %w: %s: %w", errKeepFailing, errFails, to, errStalls)
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %s ends too early: %w", errKeepFailing, to, err)
	case status < 300:
		return body, 0, nil
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return nil, 0, fmt.Errorf("%s answers %d: %w", to, status, ErrRefused)
	case status == http.StatusNotFound:
		return nil, 0, fmt.Errorf("%s: %w", to, errNotThere)
	case status == http.StatusInternalServerError:
		return nil, 0, fmt.Errorf("%w: %w: %s answers %d", errKeepFailing, errFails, to, status)
	case status == http.StatusTooManyRequests || status > http.StatusInternalServerError:
		return nil, retryAfter(answer.Header.Get("Retry-After")), fmt.Errorf("%w: %s answers %d", errKeepFailing, to, status)
	default:
		return nil, 0, rejected{to, status, string(body)}
	}
}

// readAnswer reads a body that may have so many bytes, and takes no more memory for one
// that has more.
func readAnswer(answer io.Reader, length, most int64) ([]byte, error) {
	tooLarge := fmt.Errorf("%w (%d MB)", errTooLarge, most>>20)
	if length > most {
		return nil, tooLarge
	}
	var parts [][]byte
	for came := int64(0); ; {
		part, err := io.ReadAll(io.LimitReader(answer, partOfAnswer))
		if came += int64(len(part)); came > most {
			return nil, tooLarge
		}
		parts = append(parts, part)
		if err != nil || len(part) < partOfAnswer {
			return slices.Concat(parts...), err
		}
	}
}

// flowing is an answer that puts off the end of its time as long as it brings enough.
type flowing struct {
	body   io.Reader
	stalls *time.Timer
	after  time.Duration
	came   int
}

// Read reads from the answer.
func (f *flowing) Read(into []byte) (int, error) {
	n, err := f.body.Read(into)
	if f.came += n; f.came >= leastProgress {
		f.came = 0
		f.stalls.Reset(f.after)
	}
	return n, err
}

// unreachable is why a broker cannot be reached, which may pass.
type unreachable struct{ why error }

// Error says why.
func (u unreachable) Error() string { return errUnreachable.Error() + ": " + u.why.Error() }

// Unwrap tells that trying again may help.
func (u unreachable) Unwrap() []error { return []error{errUnreachable, errKeepFailing, u.why} }

// rejected is a request that the broker understood, and did not like.
type rejected struct {
	address string
	status  int
	body    string
}

// Error says what the broker said.
func (r rejected) Error() string {
	return fmt.Sprintf("%s answers %d: %.200s", r.address, r.status, r.body)
}

func retryAfter(text string) time.Duration {
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}

// pages reads all pages of a list and calls read with each. It fails at a list that does
// not end.
func (c *client) pages(ctx context.Context, path string, read func(page []byte) error) error {
	const size = 100
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	link := fmt.Sprintf("%s%spage=1&size=%d&pageNumber=1&pageSize=%d", path, separator, size, size)
	seen, contents, nothingNew := map[string]bool{}, map[[sha256.Size]byte]bool{}, 0
	for link != "" && !seen[link] {
		if seen[link] = true; len(seen) > c.mostPages {
			return fmt.Errorf("%s: %w: %d have come", path, errEndless, c.mostPages)
		}
		page, err := c.get(ctx, link, largestList)
		if err != nil {
			return err
		}
		if err := read(page); err != nil {
			return err
		}
		var next struct {
			Embedded json.RawMessage `json:"_embedded"`
			Links    struct {
				Next struct{ Href string } `json:"next"`
			} `json:"_links"`
		}
		if json.Unmarshal(page, &next) != nil {
			return fmt.Errorf("%s: %w", link, errUnreadable)
		}
		nothingNew++
		if content := sha256.Sum256(next.Embedded); !contents[content] {
			contents[content], nothingNew = true, 0
		}
		if nothingNew == samePages {
			return fmt.Errorf("%s: %w: the last %d brought nothing new", path, errEndless, samePages)
		}
		if len(seen) > 1 {
			c.progress("pages of "+path, int64(len(seen)))
		}
		link = next.Links.Next.Href
	}
	return nil
}
