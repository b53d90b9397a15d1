package canideploy

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// warnOfDeprecation passes on, once, what the broker says of the future of the
// address: Deprecation (RFC 9745), Sunset (RFC 8594) and the links beside them.
func (b *broker) warnOfDeprecation(path string, header http.Header) {
	deprecated, sunset := header.Get("Deprecation"), header.Get("Sunset")
	if deprecated == "" && sunset == "" || b.warned[path] {
		return
	}
	b.warned[path] = true
	line := "warning: the broker calls " + path + " deprecated"
	if since, ok := deprecationDate(deprecated); ok {
		line += " since " + since.Format(time.DateOnly)
	}
	if end, err := http.ParseTime(sunset); err == nil {
		line += "; it ends on " + end.UTC().Format(time.DateOnly)
	}
	if more := adviceLink(header.Values("Link")); more != "" {
		line += "; see " + more
	}
	b.say("%s", line)
}

// deprecationDate reads "@" and Unix seconds, or a date as older drafts had it.
func deprecationDate(value string) (time.Time, bool) {
	if number, found := strings.CutPrefix(value, "@"); found {
		n, err := strconv.ParseInt(number, 10, 64)
		return time.Unix(n, 0).UTC(), err == nil
	}
	at, err := http.ParseTime(value)
	return at, err == nil
}

var linkPattern = regexp.MustCompile(`<([^>]*)>([^<]*)`)

// adviceLink finds the page that says what to use instead.
func adviceLink(links []string) string {
	for _, relation := range []string{"deprecation", "sunset", "successor-version"} {
		for _, link := range linkPattern.FindAllStringSubmatch(strings.Join(links, ", "), -1) {
			if strings.Contains(link[2], `rel="`+relation+`"`) || strings.Contains(link[2], "rel="+relation) {
				return link[1]
			}
		}
	}
	return ""
}
