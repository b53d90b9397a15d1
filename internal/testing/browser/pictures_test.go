package browser

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// The pictures of the README show the example data three hours after it was loaded, at
// an address of its own, so that they are the same each time.
func TestPictures_ofTheReadme(t *testing.T) {
	folder := os.Getenv("ACCORD_PICTURES")
	if folder == "" {
		t.Skip("ACCORD_PICTURES names no folder; make pictures does")
	}
	var later atomic.Int64
	loaded := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return loaded.Add(time.Duration(later.Load())) }), testbroker.With(func(s *config.Settings) {
		s.SeedExampleData, s.Server.BaseURLs = true, []string{"https://contracts.example.org"}
	}))
	later.Store(int64(3 * time.Hour))
	newest := b.Get("/pacticipants/checkout-web/latest-version").OK(http.StatusOK).Find("number").(string)
	seen := open(t, b.URL())
	for _, scheme := range pictureSchemes {
		seen.as(t, look{scheme, 1280, 900, scheme, false, true})
		for name, of := range map[string]struct {
			address string
			height  float64
		}{
			"home":     {"/", 960},
			"verdict":  {"/can-i-deploy?pacticipant=checkout-web&version=" + newest + "&environment=production", 840},
			"contract": {"/pacts/provider/payments/consumer/checkout-web/latest?show=changed", 900},
			"network":  {"/network?view=picture", 660},
		} {
			seen.visit(t, of.address)
			var picture []byte
			seen.run(t, name, chromedp.ActionFunc(func(ctx context.Context) (err error) {
				picture, err = page.CaptureScreenshot().WithClip(&page.Viewport{Width: 1280, Height: of.height, Scale: 1}).WithCaptureBeyondViewport(true).Do(ctx)
				return err
			}))
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+"-"+scheme+".png"), picture, 0o644))
		}
	}
	require.Empty(t, seen.taken())
}

// pictureSchemes are the appearances in which the README shows each page.
var pictureSchemes = []string{"light", "dark"}

// pictureAtMost is how many bytes a picture of the README may have.
const pictureAtMost = 150_000

// The README shows each picture that is kept, in both appearances, and none that is not
// there; all are small.
func TestPictures_areThoseOfTheReadme(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	shown := map[string]bool{}
	for _, found := range regexp.MustCompile(`docs/images/[a-z-]+\.png`).FindAllString(string(readme), -1) {
		shown[found] = true
	}
	kept, err := filepath.Glob(filepath.Join(root, "docs", "images", "*.png"))
	require.NoError(t, err)
	require.Len(t, shown, len(kept))
	require.NotEmpty(t, kept)
	for _, path := range kept {
		require.True(t, shown["docs/images/"+filepath.Base(path)], path)
		size, err := os.Stat(path)
		require.NoError(t, err)
		require.LessOrEqual(t, size.Size(), int64(pictureAtMost), path)
	}
	for path := range shown {
		for _, scheme := range pictureSchemes {
			other := regexp.MustCompile(`-(light|dark)\.png$`).ReplaceAllString(path, "-"+scheme+".png")
			require.True(t, shown[other], other)
		}
	}
}
