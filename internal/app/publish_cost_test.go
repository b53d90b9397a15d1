package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// statements takes down what a broker asks of its database.
type statements struct {
	mu  sync.Mutex
	all []string
}

func (s *statements) note(statement string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, statement)
}

// during returns the statements that something takes.
func (s *statements) during(act func()) []string {
	s.mu.Lock()
	s.all = nil
	s.mu.Unlock()
	act()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// Each statement of a publication is a round trip to PostgreSQL, and all of them
// are taken while others who publish for the application wait. SQLite, where they
// cost little, takes a few more.
func TestPublish_takesFewStatements(t *testing.T) {
	tests := []struct {
		name   string
		before []string
		body   string
		atMost int
	}{
		// Names that are new are looked for among the former names of other applications, too;
		// and the branch becomes the main branch, whose head may have to be compared.
		{name: "for the first time", body: publication("Foo", 1), atMost: 30},
		{name: "a new version with a new content", before: []string{publication("Foo", 1)}, body: publication("Foo", 2), atMost: 15},
		{name: "a new version with a known content", before: []string{publication("Foo", 1)}, body: strings.Replace(publication("Foo", 1), "bench-1", "bench-2", 1), atMost: 17},
		{name: "the same once more", before: []string{publication("Foo", 1)}, body: publication("Foo", 1), atMost: 12},
		{name: "a new version with a tag", before: []string{publication("Foo", 1)}, body: strings.Replace(publication("Foo", 2), `"branch"`, `"tags":["dev"],"branch"`, 1), atMost: 19},
	}
	for _, on := range []struct {
		database string
		options  []testbroker.Option
		more     int
	}{{"sqlite", nil, 5}, {"postgres", []testbroker.Option{testbroker.OnPostgres()}, 0}} {
		t.Run(on.database, func(t *testing.T) {
			var asked statements
			b := testbroker.New(t, append(on.options, testbroker.Traced(asked.note))...)
			for _, tt := range tests {
				b.Delete("/pacticipants/Foo")
				b.Delete("/pacticipants/App2")
				for _, body := range tt.before {
					b.Post("/contracts/publish", body).OK(http.StatusOK)
				}
				took := asked.during(func() { b.Post("/contracts/publish", tt.body).OK(http.StatusOK) })
				t.Logf("%s: %d", tt.name, len(took))
				require.LessOrEqual(t, len(took), tt.atMost+on.more, "%s:\n%s", tt.name, strings.Join(took, "\n"))
			}
		})
	}
}

// The statements of a publication do not grow with its contracts, and there are as
// many for each however many there are: a statement that selects once for each name
// took PostgreSQL longer to plan than all else.
func TestPublish_costsNoMoreForEachOfManyContracts(t *testing.T) {
	const parts = 5 // of one statement
	for _, on := range []struct {
		database string
		options  []testbroker.Option
	}{{"sqlite", nil}, {"postgres", []testbroker.Option{testbroker.OnPostgres()}}} {
		t.Run(on.database, func(t *testing.T) {
			var asked statements
			b := testbroker.New(t, append(on.options, testbroker.Traced(asked.note))...)
			taken := map[int]int{}
			for _, contracts := range []int{20, 40, 80} {
				took := asked.during(func() { b.Post("/contracts/publish", manyContracts(contracts, 10)).OK(http.StatusOK) })
				taken[contracts] = len(took)
				for _, statement := range took {
					require.Less(t, strings.Count(statement, "UNION ALL"), parts, statement)
				}
			}
			t.Log(taken)
			require.LessOrEqual(t, taken[80]-taken[40], 2*(taken[40]-taken[20])+10)

			refused := map[int]int{}
			for _, contracts := range []int{20, 80} {
				refused[contracts] = len(asked.during(func() {
					b.Post("/contracts/publish", manySaying(contracts, 10, "another")).OK(http.StatusConflict)
				}))
			}
			t.Log("refused", refused)
			require.LessOrEqual(t, refused[80], refused[20]+2, "what is offered is held against what was said in one statement, however much it is")
		})
	}
}
