// Package browser looks at every page in a real browser: whether it can be used
// by everybody, at any width, and loads nothing from elsewhere.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

// look is how a page is looked at.
type look struct {
	name          string
	width, height int64
	scheme        string
	// axe tells that barriers are looked for, shown that a picture is kept.
	axe, shown bool
}

var looks = []look{
	{"1280-light", 1280, 800, "light", true, true}, {"1280-dark", 1280, 800, "dark", true, true}, {"390-light", 390, 844, "light", false, true}, {"390-dark", 390, 844, "dark", false, true},
	// 200 % zoom halves the room.
	{"640-zoom", 640, 400, "light", false, false}, {"320", 320, 640, "light", false, false},
}

// browser is one Chromium with a tab.
type browser struct {
	ctx  context.Context
	axe  string
	base string

	mu      sync.Mutex
	problem []string
}

// chromium is the path of the browser. Without one the test is skipped, but never
// where the environment asks for it.
func chromium(t *testing.T) string {
	for _, name := range []string{os.Getenv("ACCORD_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("ACCORD_REQUIRE_CHROMIUM") != "" {
		t.Fatal("no Chromium was found; .ci/tools chromium brings it")
	}
	t.Skip("no Chromium was found; .ci/tools chromium brings it")
	return ""
}

// axeSource is the text of axe-core, or "" if it is not there and need not be.
func axeSource(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", ".tools", "axe", "axe.min.js"))
	if err != nil && os.Getenv("ACCORD_REQUIRE_CHROMIUM") != "" {
		t.Fatal("axe-core was not found; .ci/tools axe brings it")
	}
	return string(text)
}

func open(t *testing.T, base string) *browser {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, axe: axeSource(t), base: base}
	chromedp.ListenTarget(ctx, b.listen)
	require.NoError(t, chromedp.Run(ctx, network.Enable(), runtime.Enable(), page.Enable()))
	return b
}

// listen notes what no page may do: say something on the console, throw, or load
// from elsewhere.
func (b *browser) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.note("exception: " + e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			b.note(fmt.Sprintf("console: %s", e.Type))
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.base) && !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "about:") {
			b.note("foreign request: " + e.Request.URL)
		}
	case *network.EventLoadingFailed:
		if e.BlockedReason != "" {
			b.note("blocked: " + string(e.BlockedReason))
		}
	case *page.EventJavascriptDialogOpening:
		b.note("dialog: " + e.Message)
	}
}

func (b *browser) note(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problem = append(b.problem, text)
}

// taken returns what was noted since the last time.
func (b *browser) taken() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	noted := b.problem
	b.problem = nil
	return noted
}

func (b *browser) run(t *testing.T, what string, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	require.NoError(t, chromedp.Run(ctx, actions...), what)
}

// as sets how the next page is looked at.
func (b *browser) as(t *testing.T, l look) {
	b.run(t, l.name, emulation.SetDeviceMetricsOverride(l.width, l.height, 1, l.width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

// visit opens an address.
func (b *browser) visit(t *testing.T, address string) {
	b.run(t, address, chromedp.Navigate(b.base+address))
}

// widest is how far the page reaches beyond the window, and which element does.
const widest = `(() => {
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= room) return "";
	for (const e of document.querySelectorAll("main *, header *, footer *")) {
		const r = e.getBoundingClientRect();
		if (r.right > room + 1 && !e.closest(".scroll, pre, .vh, .sprite, .skip")) return e.tagName + "." + e.className + " reaches to " + r.right;
	}
	return "the page is " + document.documentElement.scrollWidth + " wide";
})()`

// check asks whether the page that is open is as every page ought to be.
func (b *browser) check(t *testing.T, address string, l look) {
	t.Helper()
	var wide string
	b.run(t, address, chromedp.Evaluate(widest, &wide))
	require.Empty(t, wide, "%s at %s is wider than the window", address, l.name)
	if l.axe && b.axe != "" {
		require.Empty(t, b.violations(t), "%s at %s: axe", address, l.name)
	}
	require.Empty(t, b.taken(), address)
}

// violations are the rules of axe that the page breaks.
func (b *browser) violations(t *testing.T) []string {
	var loaded bool
	b.run(t, "axe", chromedp.Evaluate(b.axe+";true", &loaded))
	var raw string
	b.run(t, "axe", chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + " " + (n.any[0] ? n.any[0].message : "")).join(" | "))))`,
		&raw, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var found []string
	require.NoError(t, json.Unmarshal([]byte(raw), &found))
	return found
}

// shoot keeps a picture of the page, where the environment names a folder.
func (b *browser) shoot(t *testing.T, name string) {
	folder := os.Getenv("ACCORD_SHOTS")
	if folder == "" {
		return
	}
	require.NoError(t, os.MkdirAll(folder, 0o755))
	var picture []byte
	b.run(t, name, chromedp.FullScreenshot(&picture, 100))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644))
}

// follow opens the first link with a text.
func (b *browser) follow(t *testing.T, text string) {
	b.run(t, text, chromedp.Click(`//a[contains(., "`+text+`")]`, chromedp.BySearch), chromedp.WaitReady("main"))
}

// text is what the page says.
func (b *browser) text(t *testing.T) (text string) {
	b.run(t, "text", chromedp.Text("main", &text))
	return text
}

// at is the address of the page, without the server.
func (b *browser) at(t *testing.T) (address string) {
	b.run(t, "address", chromedp.Location(&address))
	return strings.TrimPrefix(address, b.base)
}

func (b *browser) press(t *testing.T, key string) { b.run(t, key, chromedp.KeyEvent(key)) }

// focused is the id of the element that has the keyboard.
func (b *browser) focused(t *testing.T) (id string) {
	b.run(t, "focus", chromedp.Evaluate("document.activeElement.id", &id))
	return id
}

// at is the base of the addresses that are opened.
const at = links.Base("")

// escaped is a text within a query.
func escaped(text string) string { return url.QueryEscape(text) }

// longestQuery is how much of a query stands in the name of a picture.
const longestQuery = 40

// named is the name of an address in pictures.
func named(address string) string {
	u, err := url.Parse(address)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return "home"
	}
	return strings.NewReplacer("/", "-", "%", "", " ", "-", "=", "-", "&", "-").Replace(strings.Trim(u.Path, "/") + u.RawQuery[:min(len(u.RawQuery), longestQuery)])
}
