package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/accord-broker/accord/docs"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// document is a page made of a text.
type document struct {
	frame
	Body template.HTML
}

// markdown turns texts of ours into HTML; HTML inside them is left out.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

// showRelation explains a link relation, given with or without its prefix. The
// lists of webhooks ask for theirs as "webhooks-" and the relation.
func (w *Web) showRelation(c *gin.Context) error {
	rel := edge.Param(c, "rel")
	_, name, prefixed := strings.Cut(rel, ":")
	if !prefixed {
		name = rel
	}
	text, err := relation(name)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = relation(strings.TrimPrefix(name, "webhooks-"))
	}
	if err != nil {
		return fault.Missing("There is no link relation %s.", rel).Because(err)
	}
	var body bytes.Buffer
	if err := markdown.Convert(text, &body); err != nil {
		return fmt.Errorf("write the page of the relation %s: %w", name, err)
	}
	heading, _, _ := strings.Cut(string(text), "\n")
	return w.show(c, "document.html", document{
		frame: w.frame(c, strings.TrimPrefix(heading, "# "), "/docs"),
		Body:  template.HTML(body.String()), //nolint:gosec // rendered from texts that are part of the program
	})
}

// relation is the text that explains a relation.
func relation(name string) ([]byte, error) {
	return fs.ReadFile(docs.Relations, "rels/"+name+".md")
}

// showDocs shows the API's contract in a form in which it can be tried out.
func (w *Web) showDocs(c *gin.Context) error {
	page := buffer{header: http.Header{}}
	swaggerUI(c).ServeHTTP(&page, c.Request)
	c.Header("Content-Security-Policy", policyFor(page.Bytes()))
	return edge.Bytes(c, http.StatusOK, edge.HTMLText, page.Bytes())
}

// showDocsFile sends a file that the page of showDocs loads.
func (w *Web) showDocsFile(c *gin.Context) error {
	c.Header("Cache-Control", "public, max-age=3600")
	swaggerUI(c).ServeHTTP(c.Writer, c.Request)
	return nil
}

func swaggerUI(c *gin.Context) http.Handler {
	prefix := pathOf(edge.Base(c))
	return v5emb.NewHandlerWithConfig(swgui.Config{
		Title: "Accord", SwaggerJSON: prefix + "/openapi.yaml", BasePath: prefix + "/docs", InternalBasePath: "/docs",
		HideCurl: false, ShowTopBar: false,
	})
}

// inlineScript finds the scripts that a page carries itself.
var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// policyFor allows a page the scripts that it carries and those of the broker.
func policyFor(page []byte) string {
	scripts := "'self'"
	for _, script := range inlineScript.FindAllSubmatch(page, -1) {
		digest := sha256.Sum256(script[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
	}
	return "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src " + scripts +
		"; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
}

// buffer is an answer that is kept to be sent later.
type buffer struct {
	bytes.Buffer
	header http.Header
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(int) {}
