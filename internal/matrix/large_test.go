package matrix_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// tried makes so many consumer versions of one content, and as many results for it
// as there are provider versions: each pair is a row.
func tried(b *testbroker.Broker, consumers, providers int) {
	pact := b.Pact("Web", "1").With("Stock")
	for i := range providers {
		pact.VerifiedBy(fmt.Sprint(i + 1))
	}
	for i := 1; i < consumers; i++ {
		b.Pact("Web", fmt.Sprint(i+1)).With("Stock")
	}
}

func TestDecide_takesAnyLimitOfRowsThatAreNotTooMany(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		tried(b, 2, 2)
		for _, address := range []string{
			"/matrix?q[][pacticipant]=Web&q[][pacticipant]=Stock", "/matrix/provider/Stock/consumer/Web?latestby=cvpv",
			"/api/v1/verdicts?q[][pacticipant]=Web&q[][pacticipant]=Stock",
		} {
			b.Get(address).OK()
			for _, limit := range []string{"1", "100", "10000", "10001", "1000000"} {
				b.Get(address + "&limit=" + limit).OK()
			}
		}
	})
}

func TestDecide_refusesToRestOnMoreThanTheMostRows(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		tried(b, 100, 100)
		const any = "q[][pacticipant]=Web&q[][pacticipant]=Stock"
		answer := b.Get("/matrix?" + any + "&latestby=cvpv&latest=true").OK()
		require.Len(t, answer.Find("matrix"), 10_000, "as many as there may be are all answered")
		require.Equal(t, true, answer.Find("summary", "deployable"))

		b.Pact("Web", "101").With("Stock")
		for _, question := range []string{
			any + "&latestby=cvpv&latest=true", any + "&latest=true", any + "&tag=main", "q[][pacticipant]=Web&mainBranch=true&latest=true&q[][pacticipant]=Stock",
		} {
			for _, address := range []string{"/matrix?", "/api/v1/verdicts?"} {
				refused := b.Get(address + question).OK(http.StatusBadRequest)
				require.Contains(t, string(refused.Body), "concerns more than 10000 rows", question)
				require.Contains(t, string(refused.Body), "Name a version of each application", question)
			}
		}
		b.Get("/matrix?" + any + "&limit=10000").OK()
		require.Contains(t, string(b.Get("/matrix?"+any+"&limit=10001").OK(http.StatusBadRequest).Body), "concerns more than 10000 rows", "as clients ask that want all")
		require.Len(t, b.Get("/matrix?"+any).OK().Find("matrix"), 100)
		named := b.Get("/matrix?q[][pacticipant]=Web&q[][version]=101&q[][pacticipant]=Stock&q[][version]=7&latestby=cvpv").OK()
		require.Equal(t, true, named.Find("summary", "deployable"), "what the refusal advises is answered")
	})
}

func TestDecide_refusesSelectorsOfMoreThanTheMostVersions(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for i := range 101 {
			b.Version("Web", fmt.Sprint(i), "main")
		}
		selectors := strings.Repeat("q[][pacticipant]=Web&q[][branch]=main&", 99)
		b.Get("/matrix?" + selectors).OK()
		refused := b.Get("/matrix?" + selectors + "q[][pacticipant]=Web&q[][branch]=main").OK(http.StatusBadRequest)
		require.Contains(t, string(refused.Body), "more than 10000 rows, versions or contracts")
		ignored := strings.ReplaceAll(selectors, "q[]", "ignore[]")
		refused = b.Get("/matrix?q[][pacticipant]=Web&" + ignored + ignored).OK(http.StatusBadRequest)
		require.Contains(t, string(refused.Body), "more than 10000 rows, versions or contracts")
	})
}

func TestDecide_refusesAnswersThatSayTooMuchOfEachVersion(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		tried(b, 40, 40)
		for i := range 60 {
			b.Tag("Stock", "40", fmt.Sprintf("%d-%s", i, strings.Repeat("t", 200)))
		}
		const question = "/matrix?q[][pacticipant]=Web&q[][pacticipant]=Stock&latestby=cvpv&latest=true"
		require.Len(t, b.Get(question).OK().Find("matrix"), 1600, "the few rows with long tags leave room for the others")
	})
}

// stuck is a client that takes its answer only once it is let.
type stuck struct {
	*httptest.ResponseRecorder
	began, let chan struct{}
	once       sync.Once
}

func (s *stuck) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.began) })
	<-s.let
	return s.ResponseRecorder.Write(p)
}

func TestDecide_makesLargeAnswersWaitForOneAnotherAndSmallOnesNot(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		tried(b, 60, 60)
		const any = "?q[][pacticipant]=Web&q[][pacticipant]=Stock&limit="
		first := &stuck{ResponseRecorder: httptest.NewRecorder(), began: make(chan struct{}), let: make(chan struct{})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.Handler().ServeHTTP(first, httptest.NewRequest(http.MethodGet, "/matrix"+any+"10000", nil))
		}()
		<-first.began
		for _, address := range []string{"/matrix", "/api/v1/verdicts"} {
			require.Equal(t, http.StatusOK, answerSoon(b, address+any+"1000"), "%s: what needs little does not wait", address)
			require.NotEqual(t, http.StatusOK, answerSoon(b, address+any+"10000"), "%s: another large one waits", address)
		}
		close(first.let)
		<-done
		require.Equal(t, http.StatusOK, answerSoon(b, "/api/v1/verdicts"+any+"10000"))
	})
}

// answerSoon is the status of an answer for which nobody waits long.
func answerSoon(b *testbroker.Broker, address string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	answer := httptest.NewRecorder()
	b.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, address, nil))
	return answer.Code
}
