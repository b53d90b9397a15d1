package edge

import (
	"fmt"
	"strings"
)

// compatiblePages are the codes behind the types of problems that only the
// compatible API has.
var compatiblePages = map[string]string{
	"server-error":                    "internal",
	"validation-error":                "invalid",
	"missing-body-property":           "invalid",
	"invalid-body-property-value":     "invalid",
	"invalid-body-property-format":    "invalid",
	"invalid-request-parameter-value": "unprocessable",
}

// CodeOnPage returns the code that the page with that name explains.
func CodeOnPage(page string) (Code, bool) {
	if name, known := compatiblePages[page]; known {
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
