package moving

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// answering is a client of a server that answers with the handler.
func answering(t *testing.T, handler http.HandlerFunc) *client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := newClient(Remote{URL: server.URL, Pause: time.Microsecond})
	require.NoError(t, err)
	return c
}

func TestNewClient_takesAddressesOfTheWeb(t *testing.T) {
	for address, want := range map[string]string{
		"https://broker.example": "https://broker.example", "http://broker.example:9292/": "http://broker.example:9292", "https://broker.example/sub/": "https://broker.example/sub",
		"https://me:pw@broker.example": "https://broker.example", "http://[::1]:9292": "http://[::1]:9292",
	} {
		c, err := newClient(Remote{URL: address})
		require.NoError(t, err, address)
		require.Equal(t, want, c.base.String())
	}
	for _, address := range []string{"", "broker.example", "broker.example:9292", "ftp://broker.example", "https://", "https:///pacts", "://x", "http://%zz", "file:///etc/passwd"} {
		_, err := newClient(Remote{URL: address})
		require.EqualError(t, err, "the address of the broker must be https://host or https://host/path", address)
	}
}

func TestNewClient_asksAFewThingsAtOnce(t *testing.T) {
	for asked, want := range map[int]int{-1: 1, 0: 1, 1: 1, 4: 4, 8: 8, 9: 8, 1000: 8} {
		c, err := newClient(Remote{URL: "http://b", Parallel: asked})
		require.NoError(t, err)
		require.Equal(t, want, c.remote.Parallel, "of %d", asked)
	}
}

func TestNewClient_prefersCredentialsThatAreGivenToThoseOfTheAddress(t *testing.T) {
	c, err := newClient(Remote{URL: "http://other:old@b", Username: "me", Password: "pw"})
	require.NoError(t, err)
	require.Equal(t, []string{"me", "pw"}, []string{c.remote.Username, c.remote.Password})
	require.NotContains(t, c.base.String(), "old")
}

func TestClient_followsRedirects(t *testing.T) {
	var asked atomic.Int64
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/there", http.StatusMovedPermanently)
		case "/there":
			_, _ = w.Write([]byte(`{"found":true}`)) // the client's side of the test tells if this fails
		case "/circle":
			http.Redirect(w, r, "/circle?again=1", http.StatusFound)
		}
	})
	body, err := c.get(t.Context(), "/moved", largestThing)
	require.NoError(t, err)
	require.JSONEq(t, `{"found":true}`, string(body))
	asked.Store(0)
	_, err = c.get(t.Context(), "/circle", largestThing)
	require.ErrorIs(t, err, errInCircles)
	require.EqualValues(t, mostRedirects, asked.Load(), "and nobody asks once more")
}

// Credentials go along with a redirect, so it must not lead where they can be read.
func TestClient_keepsCredentialsOnEncryptedConnections(t *testing.T) {
	for name, tt := range map[string]struct {
		from, to string
		want     error
	}{
		"from https to http":       {"https://broker.example", "http://broker.example/pacts", errUnencrypted},
		"from https to https":      {"https://broker.example", "https://broker.example/pacts", nil},
		"from http to https":       {"http://broker.example", "https://broker.example/pacts", nil},
		"from http to http":        {"http://broker.example", "http://broker.example/pacts", nil},
		"to another host":          {"https://broker.example", "https://other.example/pacts", errElsewhere},
		"to a host beneath":        {"https://broker.example", "https://x.broker.example/pacts", errElsewhere},
		"to another port":          {"https://broker.example", "https://broker.example:8443/pacts", errElsewhere},
		"to a name that begins so": {"https://broker.example", "https://broker.example.evil/pacts", errElsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			base, err := url.Parse(tt.from)
			require.NoError(t, err)
			next, err := http.NewRequest(http.MethodGet, tt.to, nil)
			require.NoError(t, err)
			require.ErrorIs(t, follow(base)(next, nil), tt.want)
		})
	}
}

func TestClient_waitsAsLongAsTheBrokerWants(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "0": 0, "7": 7 * time.Second, "60": time.Minute, "3600": time.Minute, "-5": 0, "soon": 0, "1.5": 0} {
		require.Equal(t, want, retryAfter(text), text)
	}
}

func TestClient_stopsWaitingWhenItIsToldTo(t *testing.T) {
	var asked atomic.Int64
	ctx, stop := context.WithCancelCause(t.Context())
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		stop(fmt.Errorf("enough"))
	})
	c.remote.Pause = time.Hour
	_, err := c.get(ctx, "/", largestThing)
	require.ErrorContains(t, err, "enough")
	require.EqualValues(t, 1, asked.Load())
}

// A broker that was never reached may be one whose address was mistyped; one that was
// is waited for.
func TestClient_hasLittlePatienceWithABrokerThatHasNeverAnswered(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, answered := range map[string]bool{"never": false, "before": true} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithTimeoutCause(t.Context(), firstAnswerTimeout/2, fmt.Errorf("it waited"))
			defer stop()
			var told []string
			c, err := newClient(Remote{URL: gone.URL, Pause: 2 * firstAnswerTimeout, Waiting: func(why error, pause time.Duration) {
				told = append(told, fmt.Sprint(why, pause))
				stop()
			}})
			require.NoError(t, err)
			c.answered.Store(answered)
			_, err = c.get(ctx, "/", largestThing)
			if answered {
				require.ErrorIs(t, err, context.Canceled)
				require.Len(t, told, 1)
				return
			}
			require.ErrorIs(t, err, errUnreachable)
			require.Empty(t, told, "it is not tried again")
		})
	}
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	_, err := c.get(t.Context(), "/", largestThing)
	require.ErrorIs(t, err, errNotThere)
	require.True(t, c.answered.Load())
}

func TestClient_goesOnWhenTheBrokerRecovers(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		var asked atomic.Int64
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) == 1 {
				w.WriteHeader(status)
			}
			_, _ = w.Write([]byte(`{}`)) // as above
		})
		body, err := c.get(t.Context(), "/", largestThing)
		require.NoError(t, err, status)
		require.Equal(t, `{}`, string(body))
	}
}

func TestClient_readsPagesUntilThereAreNoMore(t *testing.T) {
	for name, tt := range map[string]struct {
		path  string
		pages map[string]string
		want  []string
	}{
		"one page":         {"/things", map[string]string{"page=1&size=100&pageNumber=1&pageSize=100": `{"n":1}`}, []string{`{"n":1}`}},
		"a query before":   {"/things?q=x", map[string]string{"q=x&page=1&size=100&pageNumber=1&pageSize=100": `{"n":1}`}, []string{`{"n":1}`}},
		"two pages":        {"/things", map[string]string{"page=1&size=100&pageNumber=1&pageSize=100": `{"_links":{"next":{"href":"http://inner/things?page=2"}}}`, "page=2": `{"n":2}`}, []string{`{"_links":{"next":{"href":"http://inner/things?page=2"}}}`, `{"n":2}`}},
		"a page for ever":  {"/things", map[string]string{"page=1&size=100&pageNumber=1&pageSize=100": `{"_links":{"next":{"href":"/things?page=2"}}}`, "page=2": `{"_links":{"next":{"href":"/things?page=2"}}}`}, []string{`{"_links":{"next":{"href":"/things?page=2"}}}`, `{"_links":{"next":{"href":"/things?page=2"}}}`}},
		"a next of no one": {"/things", map[string]string{"page=1&size=100&pageNumber=1&pageSize=100": `{"_links":{"next":{"href":""}}}`}, []string{`{"_links":{"next":{"href":""}}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			c := answering(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte(tt.pages[r.URL.RawQuery])) // as above
			})
			var got []string
			require.NoError(t, c.pages(t.Context(), tt.path, func(page []byte) error {
				got = append(got, string(page))
				return nil
			}))
			require.Equal(t, tt.want, got)
		})
	}
	t.Run("what is no JSON", func(t *testing.T) {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) })
		err := c.pages(t.Context(), "/things", func([]byte) error { return nil })
		require.ErrorIs(t, err, errUnreadable)
	})
	t.Run("who reads may end it", func(t *testing.T) {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"_links":{"next":{"href":"/more"}}}`))
		})
		err := c.pages(t.Context(), "/things", func([]byte) error { return fmt.Errorf("full") })
		require.EqualError(t, err, "full")
	})
}

func TestClient_givesUpAListWithoutAnEnd(t *testing.T) {
	for name, list := range map[string]string{"the same again and again": "%[2]d", "always something new": "%[1]d"} {
		var asked atomic.Int64
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"_embedded":{"things":[`+list+`]},"_links":{"next":{"href":"/things?page=%[1]d"}}}`, asked.Add(1), 0) // as above
		})
		c.mostPages = 50
		var told []string
		c.progress = func(what string, done int64) { told = append(told, fmt.Sprint(done, " ", what)) }
		err := c.pages(t.Context(), "/things", func([]byte) error { return nil })
		require.ErrorIs(t, err, errEndless, name)
		require.ErrorContains(t, err, "/things: ")
		require.LessOrEqual(t, asked.Load(), int64(50), name)
		require.Equal(t, "2 pages of /things", told[0])
	}
}

// A body that drips must not hold up an import for ever, and one that flows may take its time.
func TestClient_givesUpAnAnswerThatStalls(t *testing.T) {
	var asked atomic.Int64
	sending := func(piece string, pieces int) *client {
		asked.Store(0)
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			for range pieces {
				if _, err := io.WriteString(w, piece); err != nil || r.Context().Err() != nil {
					return
				}
				_ = http.NewResponseController(w).Flush() // as above
				<-time.After(20 * time.Millisecond)
			}
		})
		c.stall = 300 * time.Millisecond
		return c
	}
	_, err := sending(" ", 200).get(t.Context(), "/list", largestList)
	require.ErrorIs(t, err, errStalls)
	require.ErrorContains(t, err, "/list")
	require.EqualValues(t, attemptsAtFailure, asked.Load())
	body, err := sending(strings.Repeat(" ", leastProgress), 30).get(t.Context(), "/list", largestList)
	require.NoError(t, err)
	require.Len(t, body, 30*leastProgress)
}

func TestCheckBroker_knowsABrokerByItsFirstPage(t *testing.T) {
	for page, want := range map[string]error{
		`{"_links":{"pb:pacticipants":{"href":"/pacticipants"}}}`: nil,
		`{"_links":{}}`: ErrNoBroker, `{}`: ErrNoBroker, `[]`: ErrNoBroker, `<html>`: ErrNoBroker, ``: ErrNoBroker, `{"_links":[]}`: ErrNoBroker,
	} {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
		require.ErrorIs(t, c.checkBroker(t.Context()), want, page)
	}
}

func TestSend_tellsWhatTheBrokerAnswers(t *testing.T) {
	for _, tt := range []struct {
		status     int
		wantStatus int
		wantBody   string
		wantErr    error
	}{
		{http.StatusOK, http.StatusOK, "answer", nil},
		{http.StatusCreated, http.StatusOK, "answer", nil},
		{http.StatusNoContent, http.StatusOK, "", nil},
		{http.StatusBadRequest, http.StatusBadRequest, "answer", nil},
		{http.StatusConflict, http.StatusConflict, "answer", nil},
		{http.StatusNotFound, http.StatusNotFound, "", nil},
		{http.StatusUnauthorized, 0, "", ErrRefused},
		{http.StatusForbidden, 0, "", ErrRefused},
		{http.StatusServiceUnavailable, 0, "", errKeepFailing},
	} {
		t.Run(http.StatusText(tt.status), func(t *testing.T) {
			var sent, kind string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := make([]byte, 100)
				n, _ := r.Body.Read(body)
				sent, kind = r.Method+" "+r.URL.Path+" "+string(body[:n]), r.Header.Get("Content-Type")
				w.WriteHeader(tt.status)
				if tt.status != http.StatusNoContent {
					_, _ = w.Write([]byte("answer"))
				}
			}))
			defer server.Close()
			remote := Remote{URL: server.URL + "/sub", Pause: time.Microsecond}
			status, body, err := remote.Send(t.Context(), http.MethodPut, "/things", map[string]any{"a": 1})
			require.ErrorIs(t, err, tt.wantErr)
			require.Equal(t, tt.wantStatus, status)
			require.Equal(t, tt.wantBody, string(body))
			require.Equal(t, `PUT /sub/things {"a":1}`, sent)
			require.Equal(t, "application/json", kind)
		})
	}
	_, _, err := (Remote{URL: "http://b"}).Send(t.Context(), http.MethodPut, "/", func() {})
	require.ErrorContains(t, err, "unsupported type")
	_, _, err = (Remote{URL: "nowhere"}).Send(t.Context(), http.MethodPut, "/", nil)
	require.ErrorContains(t, err, "must be https://host")
}

func TestRejected_saysWhatTheBrokerSaidAndNotAllOfIt(t *testing.T) {
	err := rejected{"http://b/pacts", http.StatusBadRequest, "wrong" + strings.Repeat("x", 10_000)}
	require.Less(t, len(err.Error()), 300)
	require.Contains(t, err.Error(), "http://b/pacts answers 400: wrong")
}

// Applications may be called anything, even like the words between which their names
// stand.
func TestSegmentAfter_findsNamesInAddressesOfPacts(t *testing.T) {
	names := []string{"Shop", "Stock/Room", "a b", "ü", "100%", "consumer", "provider", "version", "pact-version", "pacts", "verification-results", "latest", "a?b#c", "..;x", "%2F"}
	for _, base := range []string{"", "/broker", "/provider", "/consumer/version"} {
		for _, provider := range names {
			for _, consumer := range names {
				pact := "https://broker.example" + base + "/pacts/provider/" + url.PathEscape(provider) + "/consumer/" + url.PathEscape(consumer)
				link := pact + "/pact-version/" + strings.Repeat("a", 40) + "/verification-results/7"
				require.Equal(t, provider, providerOf(link), link)
				require.Equal(t, consumer, segmentAfter(link, "consumer"), link)
				require.Equal(t, strings.Repeat("a", 40), segmentAfter(link, "pact-version"), link)
				require.Equal(t, "7", segmentAfter(link, "verification-results"), link)
				require.Equal(t, provider, segmentAfter(pact+"/version/"+url.PathEscape(provider), "version"))
			}
		}
	}
	require.Equal(t, "WMX", segmentAfter("https://broker.example/sub/webhooks/WMX", "webhooks"))
	for _, link := range []string{"", "/webhooks", "http://%zz/webhooks/x", "/webhooks/%zz", "/other/x"} {
		require.Empty(t, segmentAfter(link, "webhooks"), link)
	}
}

// What answers need not be a broker, or not mean well.
func TestClient_readsNoMoreThanABrokerAnswers(t *testing.T) {
	var sent, asked atomic.Int64
	for name, answer := range map[string]http.HandlerFunc{
		"an answer without an end": func(w http.ResponseWriter, _ *http.Request) {
			for piece := make([]byte, 1<<20); ; {
				n, err := w.Write(piece)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		},
		"one that says how large it is": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(largestThing+1))
			w.WriteHeader(http.StatusOK)
		},
	} {
		asked.Store(0)
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			answer(w, r)
		})
		_, err := c.get(t.Context(), "/", largestThing)
		require.ErrorIs(t, err, errTooLarge, name)
		require.ErrorContains(t, err, "(8 MB)", name)
		require.EqualValues(t, 1, asked.Load(), "asking again would not help")
	}
	require.Less(t, sent.Load(), int64(largestThing+32<<20), "the rest is not read")
	whole := strings.Repeat("a", largestThing)
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, whole) })
	got, err := c.get(t.Context(), "/", largestThing)
	require.NoError(t, err)
	require.Equal(t, whole, string(got))
}
