package web_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/docs"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/support/openapi"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// visit asks for a page as a browser does.
func visit(t *testing.T, target string) *httptest.ResponseRecorder {
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	h := edge.New(edge.Options{Pages: pages.Routes(), BaseURLs: []string{"http://broker.test/sub"}, Logger: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestShowRelation_explainsRelationsInEveryForm(t *testing.T) {
	for _, target := range []string{"/doc/pacticipant", "/doc/pb:pacticipant", "/doc/pb%3Apacticipant?context=version", "/sub/doc/pacticipant"} {
		w := visit(t, target)
		require.Equal(t, http.StatusOK, w.Code, target)
		require.Equal(t, "text/html;charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Body.String(), "<h1>pb:pacticipant</h1>")
		require.Contains(t, w.Body.String(), "<td>PATCH</td>")
	}
	require.Contains(t, visit(t, "/doc/webhooks-create").Body.String(), "<h1>pb:create</h1>")
	require.Contains(t, visit(t, "/doc/beta:provider-pacts-for-verification").Body.String(), "<h1>pb:provider-pacts-for-verification</h1>")
	for _, target := range []string{"/doc/nothing", "/doc/..%2Fdocs", "/doc/webhooks-"} {
		require.Equal(t, http.StatusNotFound, visit(t, target).Code, target)
	}
}

// relationName is what a link relation looks like in the code.
var relationName = regexp.MustCompile(`^(?:pb|beta):([A-Za-z_-]+)$`)

// linked are the relations that the API links with, read from its code.
func linked(t *testing.T) map[string]bool {
	files, err := filepath.Glob("../api/*.go")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				if found := relationName.FindStringSubmatch(text); found != nil {
					names[found[1]] = true
				}
			}
			return true
		})
	}
	return names
}

func TestRelations_areAllExplained(t *testing.T) {
	names := linked(t)
	require.True(t, names["publish-contracts"], "the code of the API was not read")
	for name := range names {
		text, err := fs.ReadFile(docs.Relations, "rels/"+name+".md")
		require.NoError(t, err, "docs/rels has no page for the relation")
		require.True(t, strings.HasPrefix(string(text), "# pb:"+name+"\n"), name)
		require.Contains(t, string(text), "**Address:** `", name)
	}
}

// The list of operations has all of openapi.yaml, and each has a page with what is sent
// and answered; schemas are named once.
func TestShowDocs_hasEveryOperation(t *testing.T) {
	document, err := openapi.Read(broker.OpenAPI)
	require.NoError(t, err)
	page := pageIn(t, visit(t, "/docs"))
	found := map[string]string{}
	for _, row := range page.all("li") {
		for _, link := range row.all("a") {
			if id, is := strings.CutPrefix(link.is("href"), "/sub/docs/"); is {
				found[id] = strings.ToLower(row.one(t, "code").text()) + " " + link.text()
			}
		}
	}
	operations := 0
	for path, item := range document.Find("/paths").(map[string]any) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			operation, is := item.(map[string]any)[method].(map[string]any)
			if !is {
				continue
			}
			operations++
			id := operation["operationId"].(string)
			require.Equal(t, method+" "+path, found[id])
			one := pageIn(t, visit(t, "/docs/"+id))
			require.Equal(t, strings.TrimSuffix(operation["summary"].(string), "."), one.one(t, "h1").text())
			require.Len(t, one.one(t, "section", "aria-labelledby", "an").one(t, "div").all("details"), len(operation["responses"].(map[string]any)), id)
			for _, schemas := range one.all("section", "aria-labelledby", "sc") {
				names := texts(schemas.all("summary"))
				require.Equal(t, slices.Sorted(slices.Values(names)), slices.Compact(slices.Sorted(slices.Values(names))), id)
			}
		}
	}
	require.Len(t, found, operations)
	require.Equal(t, edge.PagePolicy, visit(t, "/docs").Header().Get("Content-Security-Policy"))
	require.True(t, page.has("span", fmt.Sprintf("%d operations", operations)))
	require.Equal(t, http.StatusNotFound, visit(t, "/docs/nothing").Code)
}

func TestShowDocs_findsOperations(t *testing.T) {
	found := pageIn(t, visit(t, "/docs?name=publishcontracts"))
	require.Equal(t, []string{"contracts"}, texts(found.all("h2", "id", "g-contracts")))
	require.Len(t, found.one(t, "main").all("section"), 1)
	require.True(t, found.has("span", "1 operation"))
	require.True(t, pageIn(t, visit(t, "/docs?name=%3Cnone%3E")).has("h2", "No operation fits"))

	publish := pageIn(t, visit(t, "/docs/publishContracts"))
	require.Contains(t, publish.one(t, "section", "aria-labelledby", "pa").text(), "Idempotency-Key header")
	require.Contains(t, publish.one(t, "section", "aria-labelledby", "bo").text(), "application/json as Publication")
	require.Subset(t, texts(publish.one(t, "section", "aria-labelledby", "sc").all("summary")), []string{"Publication", "Published"})
	require.Empty(t, publish.all("a", "class", "btn", "href", "/sub/contracts/publish?as=resource"))
	require.Len(t, pageIn(t, visit(t, "/docs/listPacticipants")).all("a", "href", "/sub/pacticipants?as=resource"), 1)
}

// pageIn reads what was answered as a page.
func pageIn(t *testing.T, answer *httptest.ResponseRecorder) element {
	return pageOf(t, testbroker.Response{Body: answer.Body.Bytes()})
}

func TestShowStaticFile_isKeptByBrowsersForEver(t *testing.T) {
	page := visit(t, "/doc/pacticipant").Body.String()
	address := regexp.MustCompile(`href="/sub(/static/[0-9a-f]{12}/accord\.css)"`).FindStringSubmatch(page)
	require.NotNil(t, address)
	w := visit(t, address[1])
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "text/css;charset=utf-8", w.Header().Get("Content-Type"))
	require.Contains(t, w.Header().Get("Cache-Control"), "immutable")
	want, err := os.ReadFile("../../../ui/static/accord.css")
	require.NoError(t, err)
	require.Equal(t, string(want), w.Body.String())
	require.Equal(t, http.StatusNotFound, visit(t, "/static/000000000000/accord.css").Code)
}
