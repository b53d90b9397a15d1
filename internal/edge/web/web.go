// Package web is the pages for people. They ask the same services as the API
// and work without JavaScript, but for the API's documentation.
package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"accord/internal/edge"
	"accord/internal/support/fault"
	"accord/internal/support/links"
	"accord/ui"
)

// Web serves the pages.
type Web struct {
	lists     Lists
	templates *template.Template
	static    fs.FS
	// digest changes with the static files, so that browsers keep them for ever.
	digest string
}

// New reads the templates and the static files.
func New(lists Lists) (*Web, error) {
	templates, err := template.ParseFS(ui.Templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the templates of the pages: %w", err)
	}
	static, err := fs.Sub(ui.Static, "static")
	if err != nil {
		return nil, fmt.Errorf("find the static files of the pages: %w", err)
	}
	digest, err := digestOf(static)
	if err != nil {
		return nil, fmt.Errorf("read the static files of the pages: %w", err)
	}
	return &Web{lists: lists, templates: templates, static: static, digest: digest}, nil
}

// Routes is the table of the pages.
func (w *Web) Routes() []edge.Route {
	html, anything := []string{edge.HTMLText}, []string{edge.Anything}
	return []edge.Route{
		// Applications
		{Method: http.MethodGet, Path: "/", Offers: html, Handler: w.showHome},

		// Documentation
		{Method: http.MethodGet, Path: "/doc/:rel", Operation: "showRelation", Offers: html, Handler: w.showRelation},
		{Method: http.MethodGet, Path: "/docs", Operation: "showDocs", Offers: html, Handler: w.showDocs},
		{Method: http.MethodGet, Path: "/docs/:file", Offers: anything, Handler: w.showDocsFile},

		// Files
		{Method: http.MethodGet, Path: "/static/:digest/:file", Offers: anything, Access: edge.Public, Handler: w.showStaticFile},
	}
}

// frame is what all pages have around their own content.
type frame struct {
	Title      string
	Home       string
	Docs       string
	Stylesheet string
}

func (w *Web) frame(c *gin.Context, title string) frame {
	base := edge.Base(c)
	return frame{
		Title: title, Home: pathOf(base) + "/", Docs: pathOf(base) + "/docs",
		Stylesheet: pathOf(base) + "/static/" + w.digest + "/accord.css",
	}
}

// show answers with a template.
func (w *Web) show(c *gin.Context, name string, page any) error {
	var buffer bytes.Buffer
	if err := w.templates.ExecuteTemplate(&buffer, name, page); err != nil {
		return fmt.Errorf("write the page %s: %w", name, err)
	}
	return edge.Bytes(c, http.StatusOK, edge.HTMLText, buffer.Bytes())
}

func (w *Web) showStaticFile(c *gin.Context) error {
	name := edge.Param(c, "file")
	content, err := fs.ReadFile(w.static, path.Clean(name))
	if err != nil || edge.Param(c, "digest") != w.digest {
		return fault.Missing("There is no file %s.", name)
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	media, _, _ := strings.Cut(mime.TypeByExtension(path.Ext(name)), ";")
	return edge.Bytes(c, http.StatusOK, media, content)
}

// pathOf is the path under which the broker is reached, without a slash at the
// end, so "" as a rule.
func pathOf(base links.Base) string {
	u, err := url.Parse(base.Index())
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// digestOf is a short name for the content of all files.
func digestOf(files fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil))[:12], err
}
