package canideploy

import (
	"fmt"
	"strings"
)

// synopsis is how the program is called.
const synopsis = "can-i-deploy -a NAME -e VERSION [-a NAME -e VERSION ...] --to-environment ENVIRONMENT [options]"

const description = "Asks a contract broker whether versions of applications may be deployed: " +
	"whether each contract between them and what is in the environment has been verified with success. " +
	"Works with Accord and with the Pact Broker."

// exitCodes are in the help, in the manual page and in the documentation.
var exitCodes = [...]struct {
	code    int
	meaning string
}{
	{exitYes, "yes, it may be deployed"},
	{exitNo, "no, or not known"},
	{exitNoVerdict, "no verdict was to be had: wrong usage, network, credentials, or the broker failed"},
}

// example is a call with what it asks for.
type example struct{ asks, call string }

var examples = [...]example{
	{"may version 1a2b of Shop go to production?",
		"can-i-deploy -a Shop -e 1a2b --to-environment production"},
	{"and to test, waiting five minutes for verifications that are still running?",
		"can-i-deploy -a Shop -e 1a2b --to-environment test --retry-while-unknown 30"},
	{"do the heads of two branches go together?",
		"can-i-deploy -a Shop --branch main -a Stock --branch feat/x"},
	{"why not, since when, and what is to be done?",
		"can-i-deploy -a Shop -e 1a2b --to-environment production --explain"},
}

// helpText is what --help prints, in 80 columns.
func helpText(options []option) string {
	var b strings.Builder
	page := screen{width: usualWidth}
	b.WriteString(page.bullet("Usage: ", plain, synopsis) + "\n")
	b.WriteString(page.bullet("", plain, description))
	for _, group := range groups {
		b.WriteString("\n" + group + ":\n")
		for _, o := range options {
			if o.group == group {
				b.WriteString("  " + o.spellings() + "\n")
				b.WriteString(page.bullet("        ", plain, o.wholeText()))
			}
		}
	}
	b.WriteString("\nExamples:\n")
	for _, e := range examples {
		b.WriteString(page.bullet("  # ", plain, e.asks) + "  " + e.call + "\n")
	}
	b.WriteString("\nExit codes:\n")
	for _, e := range exitCodes {
		b.WriteString(page.bullet(fmt.Sprintf("  %d  ", e.code), plain, e.meaning))
	}
	return b.String()
}

// spellings lists all ways to write the option, with its value.
func (o *option) spellings() string {
	var all []string
	if o.short != "" {
		all = append(all, "-"+o.short)
	}
	for _, name := range append([]string{o.name}, o.also...) {
		all = append(all, "--"+name)
	}
	return strings.Join(all, ", ") + o.valueWord()
}

func (o *option) valueWord() string {
	switch o.takes {
	case takesValue:
		return " " + o.arg
	case takesMaybe:
		return " [" + o.arg + "]"
	}
	return ""
}

func (o *option) wholeText() string {
	if len(o.env) == 0 {
		return o.text
	}
	return o.text + " [" + strings.Join(o.env, ", ") + "]"
}
