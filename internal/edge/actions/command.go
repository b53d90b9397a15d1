package actions

import (
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/matrix"
)

// Command is a command line. It may hold words in capital letters, which whoever
// runs it has to fill in.
type Command struct {
	// Program is the program with what it is to do: "pact broker publish PACTS_FOLDER".
	Program string
	// Options are written as a shell reads them, each with its value.
	Options []string
}

// None reports whether there is no command.
func (c Command) None() bool { return c.Program == "" }

// Option returns the command with an option and its value. One that begins with a
// dash would be taken for an option if it stood in a word of its own.
func (c Command) Option(name, value string) Command {
	between := " "
	if strings.HasPrefix(value, "-") {
		between = "="
	}
	return c.Words(name + between + Quote(value))
}

// OptionIf does so unless the value is empty.
func (c Command) OptionIf(name, value string) Command {
	if value == "" {
		return c
	}
	return c.Option(name, value)
}

// Words returns the command with options that are written as they are.
func (c Command) Words(options ...string) Command {
	c.Options = slices.Concat(c.Options, options)
	return c
}

// To returns the command with the address of the broker as its first option, unless
// it names the broker already.
func (c Command) To(broker string) Command {
	for _, option := range c.Options {
		if strings.HasPrefix(option, "--broker-url ") {
			return c
		}
	}
	c.Options = slices.Concat([]string{"--broker-base-url " + Quote(broker)}, c.Options)
	return c
}

// OfPact returns the command in the words of the Pact client, which has all of them. The
// program can-i-deploy takes the same options as the command of that name there.
func (c Command) OfPact() Command {
	if c.Program == canIDeploy {
		c.Program = "pact broker " + canIDeploy
	}
	return c
}

// Line is the command in one line.
func (c Command) Line() string { return c.joined(" ") }

// Lines is the command with each option in a line of its own.
func (c Command) Lines() string { return c.joined(" \\\n    ") }

func (c Command) joined(between string) string {
	return strings.Join(slices.Concat([]string{c.Program}, c.Options), between)
}

const canIDeploy = "can-i-deploy"

// Ask is the command that asks whether a version may go to a target, the newest
// version if none is named.
func Ask(application, version string, target matrix.Target) Command {
	c := Command{Program: canIDeploy}.Option("--pacticipant", application)
	if version == "" {
		c = c.Words("--latest")
	}
	c = c.OptionIf("--version", version)
	switch {
	case target.Environment != "":
		return c.Option("--to-environment", target.Environment)
	case target.Tag != "":
		return c.Option("--to", target.Tag)
	case target.MainBranch:
		return c.Words("--with-main-branches")
	}
	return c
}

// RecordDeployment is the command that records a version in an environment.
func RecordDeployment(application, version, environment string) Command {
	return Command{Program: "pact broker record-deployment"}.Option("--pacticipant", application).Option("--version", version).Option("--environment", environment)
}

// Quote writes a text as one word of a command line as a POSIX shell reads it.
func Quote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(plainLetters, r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

const plainLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/@%+="
