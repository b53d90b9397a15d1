package web_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// stay is a version that came to an environment, as somebody who writes everything down
// has it.
type stay struct {
	application, version, environment, instance string
	came, left                                  time.Time
	record                                      string
}

// there reports whether it has not left.
func (s stay) there() bool { return s.left.IsZero() }

// line is what the page of the environment says of it.
func (s stay) line() string {
	line := s.application + " " + s.version + " came"
	if s.instance != "" {
		line += " to " + s.instance
	}
	line += " at " + s.came.Format(time.RFC3339)
	if !s.there() {
		line += ", left at " + s.left.Format(time.RFC3339)
	}
	return line
}

// diary is what happened to the environments of a broker.
type diary struct {
	b     *testbroker.Broker
	now   *time.Time
	stays []*stay
	// supported are the releases that go on, by application, environment and version.
	supported map[[3]string]time.Time
	releases  map[[3]string]string
}

// happens lets something happen: a version comes, takes the place of another, leaves, or
// is released.
func (d *diary) happens(random *rand.Rand) {
	application, environment := testrandom.OneOf(random, "Web", "Api", "a b/c"), testrandom.OneOf(random, "test", "production")
	version := fmt.Sprint("v", random.IntN(4))
	switch n := random.IntN(10); {
	case n < 6:
		d.deploy(&stay{application: application, version: version, environment: environment, instance: testrandom.OneOf(random, "", "", "blue", "eu west/1"), came: *d.now})
	case n < 8:
		going := slices.DeleteFunc(slices.Clone(d.stays), func(s *stay) bool { return !s.there() })
		if len(going) > 0 {
			leaves := testrandom.OneOf(random, going...)
			d.b.Undeploy(leaves.record)
			leaves.left = *d.now
		}
	default:
		d.release([3]string{application, environment, version})
	}
}

// deploy records a version, which takes the place of what is in the same slot.
func (d *diary) deploy(comes *stay) {
	instance := []string{}
	if comes.instance != "" {
		instance = append(instance, comes.instance)
	}
	comes.record = d.b.Deploy(comes.application, comes.version, comes.environment, instance...)
	for _, s := range d.stays {
		if s.there() && s.application == comes.application && s.environment == comes.environment && s.instance == comes.instance {
			if s.version == comes.version {
				return // it is there already, and is confirmed
			}
			s.left = *d.now
		}
	}
	d.stays = append(d.stays, comes)
}

// release records a release, or ends the support of one that goes on.
func (d *diary) release(of [3]string) {
	if _, goesOn := d.supported[of]; goesOn {
		d.b.Patch(d.releases[of], testbroker.Object{"currentlySupported": false}).OK(http.StatusOK)
		delete(d.supported, of)
		return
	}
	if _, before := d.releases[of]; before {
		return
	}
	d.releases[of] = d.b.Release(of[0], of[2], of[1])
	d.supported[of] = *d.now
}

// those are the stays that fit, the newest first.
func (d *diary) those(fit func(s stay) bool) (lines []string) {
	for _, s := range slices.Backward(d.stays) {
		if fit(*s) {
			lines = append(lines, s.line())
		}
	}
	return lines
}

// cameAndWent are the lines of an environment's page, with the times in full.
func cameAndWent(page element) (found []string) {
	for _, section := range page.all("section", "aria-labelledby", "was") {
		for _, entry := range section.all("li") {
			line := entry.all("a", "class", "name")[0].text() + " " + entry.all("a", "class", "ver")[0].is("title") + " came"
			if labels := entry.all("span", "class", "label"); len(labels) > 0 {
				line += " to " + labels[0].text()
			}
			at := entry.all("time")
			line += " at " + at[0].is("datetime")
			if len(at) > 1 {
				line += ", left at " + at[1].is("datetime")
			}
			found = append(found, line)
		}
	}
	return found
}

// Whatever comes and goes, the page of an environment tells it once and in order, with
// when it came and left; what is there now is what has not left and what is still
// supported; and the page of a version tells where that one was.
func TestEnvironments_tellWhatCameAndWent(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
		d := &diary{b: b, now: &now, supported: map[[3]string]time.Time{}, releases: map[[3]string]string{}}
		for _, application := range []string{"Web", "Api", "a b/c"} {
			for i := range 4 {
				b.Version(application, fmt.Sprint("v", i), "main")
			}
		}
		uuids := map[string]string{"test": b.Environment("test"), "production": b.Environment("production")}
		for range 150 {
			now = now.Add(time.Duration(1+random.IntN(200)) * time.Minute)
			d.happens(random)
		}
		for environment, uuid := range uuids {
			address := "/environments/" + uuid
			want := d.those(func(s stay) bool { return s.environment == environment })
			require.Equal(t, want, leafed(t, b, address, cameAndWent), environment)
			require.ElementsMatch(t, d.thereNow(environment), placesOn(t, visited(t, b, address)), environment)
		}
		for _, application := range []string{"Web", "a b/c"} {
			d.checkVersion(t, application, "v1")
		}
	}, 1)
}

// thereNow are the places of versions that are in an environment, each with since when.
func (d *diary) thereNow(environment string) (lines []string) {
	for _, s := range d.stays {
		if s.there() && s.environment == environment {
			lines = append(lines, strings.TrimSpace(strings.Join([]string{s.application, s.version, s.instance}, " "))+" "+s.came.Format(time.RFC3339))
		}
	}
	for of, since := range d.supported {
		if of[1] == environment {
			lines = append(lines, of[0]+" "+of[2]+" released "+since.Format(time.RFC3339))
		}
	}
	return lines
}

// placesOn are those that the page of an environment shows.
func placesOn(t *testing.T, page element) (lines []string) {
	t.Helper()
	now := page.one(t, "section", "aria-labelledby", "now")
	for _, body := range now.all("tbody") {
		for _, row := range body.all("tr") {
			for _, cell := range row.all("div", "class", "cell") {
				for place := cell.FirstChild; place != nil; place = place.NextSibling {
					of := element{place}
					if place.Data != "span" || of.is("class") == "newer" {
						continue
					}
					line := row.one(t, "th").text() + " " + of.one(t, "a", "class", "ver").is("title")
					if labels := of.all("span", "class", "label"); len(labels) > 0 {
						line += " " + labels[0].text()
					}
					if strings.Contains(of.text(), "released") {
						line += " released"
					}
					lines = append(lines, line+" "+of.one(t, "time").is("datetime"))
				}
			}
		}
	}
	return lines
}

// checkVersion checks that the page of a version tells where it was, and from when to when.
func (d *diary) checkVersion(t *testing.T, application, version string) {
	t.Helper()
	var want []string
	for _, s := range d.stays {
		if s.application == application && s.version == version {
			line := s.environment + " " + s.instance + " " + s.came.Format(time.RFC3339)
			if !s.there() {
				line += " " + s.left.Format(time.RFC3339)
			}
			want = append(want, line)
		}
	}
	page := visited(t, d.b, "/pacticipants/"+url.PathEscape(application)+"/versions/"+version)
	var found []string
	for _, section := range page.all("section", "aria-labelledby", "hs") {
		for _, entry := range section.all("li") {
			instance := ""
			if labels := entry.all("span", "class", "label"); len(labels) > 0 {
				instance = labels[0].text()
			}
			line := []string{strings.Fields(entry.text())[0], instance}
			for _, time := range entry.all("time") {
				line = append(line, time.is("datetime"))
			}
			found = append(found, strings.Join(line, " "))
		}
	}
	require.ElementsMatch(t, want, found, "%s %s", application, version)
}
