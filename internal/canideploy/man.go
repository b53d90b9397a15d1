package canideploy

import (
	"fmt"
	"strings"
)

// manPage is the manual page in section 1, as roff.
func manPage(options []option) string {
	var b strings.Builder
	b.WriteString(".TH CAN-I-DEPLOY 1 \"\" \"Accord\" \"User Commands\"\n")
	b.WriteString(".SH NAME\ncan-i-deploy \\- ask a contract broker whether versions may be deployed\n")
	b.WriteString(".SH SYNOPSIS\n" + roff(synopsis) + "\n")
	b.WriteString(".SH DESCRIPTION\n" + roff(description) + "\n")
	b.WriteString(".SH OPTIONS\n")
	for _, group := range groups {
		b.WriteString(".SS " + roff(group) + "\n")
		for _, o := range options {
			if o.group == group {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(o.spellings()), roff(o.text))
			}
		}
	}
	b.WriteString(".SH ENVIRONMENT\nA variable stands in for its option; the option wins.\n")
	for _, o := range options {
		if len(o.env) > 0 {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.Join(o.env, ", ")), roff("--"+o.name))
		}
	}
	b.WriteString(".TP\n.B NO_COLOR\nSwitches colours off.\n")
	b.WriteString(".TP\n.B HTTP_PROXY, HTTPS_PROXY, NO_PROXY\nThe proxy to go through.\n")
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range exitCodes {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", e.code, roff(e.meaning))
	}
	b.WriteString(".SH EXAMPLES\n")
	for _, e := range examples {
		fmt.Fprintf(&b, ".TP\n%s\n.B %s\n", roff(e.asks), roff(e.call))
	}
	return b.String()
}

// roff protects what would be a command or another character in a manual page.
func roff(words string) string {
	words = strings.NewReplacer("\\", "\\e", "-", "\\-").Replace(words)
	if strings.HasPrefix(words, ".") || strings.HasPrefix(words, "'") {
		words = "\\&" + words
	}
	return words
}
