package web_test

import (
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
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/docs"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/web"
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

func TestShowDocs_showsTheContract(t *testing.T) {
	w := visit(t, "/docs")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), `"swaggerJsonUrl":"/sub/openapi.yaml"`)
	require.Contains(t, w.Body.String(), `src="/sub/docs/swagger-ui-bundle.js"`)
	require.Equal(t, 2, strings.Count(w.Header().Get("Content-Security-Policy"), "'sha256-"))

	file := visit(t, "/docs/swagger-ui.css")
	require.Equal(t, http.StatusOK, file.Code)
	require.Contains(t, file.Header().Get("Content-Type"), "text/css")
	require.NotEmpty(t, file.Body.String())
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
