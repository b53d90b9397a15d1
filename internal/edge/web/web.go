// Package web is the pages for people. They ask the same services as the API
// and work without JavaScript.
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

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/ui"
)

// Web serves the pages.
type Web struct {
	services  Services
	templates *template.Template
	static    fs.FS
	// digest changes with the static files, so that browsers keep them for ever.
	digest string
	// crossOrigin refuses forms that other sites send in a person's name.
	crossOrigin *http.CrossOriginProtection
}

// New reads the templates and the static files.
func New(services Services) (*Web, error) {
	templates, err := template.New("").Funcs(functions).ParseFS(ui.Templates, "templates/*.html")
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
	w := &Web{services: services, templates: templates, static: static, digest: digest, crossOrigin: http.NewCrossOriginProtection()}
	for _, base := range services.BaseURLs {
		if err := w.trust(base); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// trust takes forms that were sent from the broker's own address although a
// proxy calls it by another.
func (w *Web) trust(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil //nolint:nilerr // whether the address is right is for the settings to say
	}
	if err := w.crossOrigin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
		return fmt.Errorf("trust the forms of %s: %w", base, err)
	}
	return nil
}

// formMedia is the type of what a form sends.
const formMedia = "application/x-www-form-urlencoded"

// page is the route of a page.
func page(path string, handler edge.HandlerFunc) edge.Route {
	return edge.Route{Method: http.MethodGet, Path: path, Offers: []string{edge.HTMLText}, Action: access.Read, ForPeople: true, Handler: handler}
}

// olderPage is the route of a page that the Pact Broker has as well, or at whose
// address the API has nothing that takes HTML: for every client that does.
func olderPage(path string, handler edge.HandlerFunc) edge.Route {
	route := page(path, handler)
	route.ForPeople = false
	return route
}

// pageOfContract is the route of a page of a contract.
func pageOfContract(path string, handler edge.HandlerFunc) edge.Route {
	route := page("/pacts/provider/:provider/consumer/:consumer"+path, handler)
	route.TakesApart = true
	return route
}

// sameOrigin runs a handler unless another site has sent the form.
func (w *Web) sameOrigin(handler edge.HandlerFunc) edge.HandlerFunc {
	return func(c *gin.Context) error {
		if err := w.crossOrigin.Check(c.Request); err != nil {
			return fault.New(fault.Forbidden, "This was sent by a page of another site, so nothing was changed. Open the page here, at the address of the broker, and send it again.").Because(err)
		}
		if err := edge.RequireMedia(c); err != nil {
			return err
		}
		return handler(c)
	}
}

// show answers with a template.
func (w *Web) show(c *gin.Context, name string, page any) error {
	return w.showAs(c, http.StatusOK, name, page)
}

// showAs does so with another status.
func (w *Web) showAs(c *gin.Context, status int, name string, page any) error {
	body, err := w.render(name, page)
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", edge.PagePolicy)
	return edge.Bytes(c, status, edge.HTMLText, body)
}

func (w *Web) render(name string, page any) ([]byte, error) {
	var buffer bytes.Buffer
	if err := w.templates.ExecuteTemplate(&buffer, name, page); err != nil {
		return nil, fmt.Errorf("write the page %s: %w", name, err)
	}
	return buffer.Bytes(), nil
}

// seeOther leads a browser on to another page.
func seeOther(c *gin.Context, address string) error {
	c.Header("Location", address)
	c.Status(http.StatusSeeOther)
	return nil
}

// moved leads a browser from an older address to the one of today.
func moved(c *gin.Context, address string) error {
	c.Header("Location", address)
	c.Status(http.StatusFound)
	return nil
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
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// here is the base of the addresses within the broker that pages link to.
func here(c *gin.Context) links.Base { return links.Base(pathOf(edge.Base(c))) }

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
