package edge

import (
	"fmt"
	"strings"
)

// otherPages are the codes behind the types of problems that are not named after a
// code: those of fields, and those that only the compatible API has.
var otherPages = map[string]string{
	"server-error":                    "internal",
	"validation-error":                "invalid",
	"missing-body-property":           "invalid",
	"invalid-body-property-value":     "invalid",
	"invalid-body-property-format":    "invalid",
	"missing-query-parameter":         "invalid",
	"invalid-query-parameter-value":   "invalid",
	"missing-header":                  "invalid",
	"invalid-header-value":            "invalid",
	"invalid-request-parameter-value": "unprocessable",
}

// CodeOnPage returns the code that the page with that name explains.
func CodeOnPage(page string) (Code, bool) {
	if name, known := otherPages[page]; known {
		return codeOf(name), true
	}
	for _, code := range codes {
		if code.Page() == page {
			return code, true
		}
	}
	return Code{}, false
}

// Markdown explains the code to people, below a heading of that level.
func (c Code) Markdown(level int) string {
	again := "Sending the same request again gives the same answer."
	if c.Retryable {
		again = "The same request may work later: wait for as long as Retry-After says, or for a second where there is none."
	}
	return fmt.Sprintf("%s %s\n\n**%s** (%d). %s\n\n**What to do:** %s\n\n%s\n",
		strings.Repeat("#", level), c.Name, c.Title, c.Status, c.Means, c.Action, again)
}
