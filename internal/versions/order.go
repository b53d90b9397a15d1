package versions

import (
	"cmp"
	"math/big"
	"regexp"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Each version has a place in the order of its application's versions, which
// decides what "latest" means. By default the place is that of its first
// mention and never changes. Where versions are ordered by number instead, a
// new version is put behind all those it is not less than, by Number.Compare.

// DefaultFormats are the forms in which numbers are read unless a setting says otherwise.
const DefaultFormats = "%M.%m.%p%s%d %M.%m %M"

// Formats are the forms in which a version number may be written, tried one
// after the other.
type Formats []*regexp.Regexp

// ParseFormats reads a list of forms, separated by spaces, in which %M, %m and
// %p stand for the major, minor and patch number, %s for a pre-release such as
// -rc.1 and %d for build metadata such as +77.
// It returns an Invalid fault for a form without any number in it.
func ParseFormats(list string) (Formats, error) {
	parts := strings.NewReplacer(
		"%M", `(?P<major>\d+)`, "%m", `(?P<minor>\d+)`, "%p", `(?P<patch>\d+)`,
		"%s", `(?:-(?P<special>[A-Za-z][0-9A-Za-z.]*))?`, "%d", `(?:\+[0-9A-Za-z][0-9A-Za-z.-]*)?`)
	var formats Formats
	for _, form := range strings.Fields(list) {
		pattern := parts.Replace(regexp.QuoteMeta(form))
		format, err := regexp.Compile(pattern)
		if err != nil || !hasNumber(form) {
			return nil, fault.New(fault.Invalid, "%q is no form of version numbers; it needs at least one of %%M, %%m and %%p", form)
		}
		formats = append(formats, format)
	}
	return formats, nil
}

func hasNumber(form string) bool {
	return strings.Contains(form, "%M") || strings.Contains(form, "%m") || strings.Contains(form, "%p")
}

// Number is a version number as far as the order goes.
type Number struct {
	major, minor, patch *big.Int
	special             []string
	readable            bool
}

// Read reads a version number. It is lenient: what stands before and behind the
// number is passed over, so v1.2.3, 01.2.3, 1.2.3.4 and 1.2.3_x all are 1.2.3.
// A text without any number yields one that is not readable and lower than all others.
func (f Formats) Read(text string) Number {
	for _, format := range f {
		match := format.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		part := func(name string) *big.Int {
			n := new(big.Int)
			if i := format.SubexpIndex(name); i > 0 {
				n.SetString(match[i], 10)
			}
			return n
		}
		n := Number{major: part("major"), minor: part("minor"), patch: part("patch"), readable: true}
		if i := format.SubexpIndex("special"); i > 0 && match[i] != "" {
			n.special = strings.Split(match[i], ".")
		}
		return n
	}
	return Number{}
}

// Readable reports whether the text had a number in one of the forms.
func (n Number) Readable() bool { return n.readable }

// Compare returns -1, 0 or 1 as n is lower than, the same as or higher than
// other, by semantic versioning: a pre-release is lower than its release, and
// its parts count as numbers where both are, and a number is lower than a word.
func (n Number) Compare(other Number) int {
	if !n.readable || !other.readable {
		return cmp.Compare(rank(n.readable), rank(other.readable))
	}
	if c := cmp.Or(n.major.Cmp(other.major), n.minor.Cmp(other.minor), n.patch.Cmp(other.patch)); c != 0 {
		return c
	}
	if len(n.special) == 0 || len(other.special) == 0 {
		return cmp.Compare(rank(len(n.special) == 0), rank(len(other.special) == 0))
	}
	for i := range min(len(n.special), len(other.special)) {
		if c := comparePart(n.special[i], other.special[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(n.special), len(other.special))
}

func comparePart(a, b string) int {
	if isDigits(a) != isDigits(b) {
		return cmp.Compare(rank(isDigits(b)), rank(isDigits(a)))
	}
	if isDigits(a) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func rank(higher bool) int {
	if higher {
		return 1
	}
	return 0
}
