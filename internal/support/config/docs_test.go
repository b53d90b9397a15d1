package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

var update = flag.Bool("update", false, "write docs/settings.md anew")

const page = "../../../docs/settings.md"

const introduction = `# Settings

<!-- Made from internal/support/config by "go test ./internal/support/config -update"; do not edit. -->

The broker needs no settings: "broker serve" answers on 127.0.0.1:9292 and keeps everything in ./accord.db.
What is set is read once, at the start:

1. from flags (` + "`--log-level debug`" + `),
2. else from environment variables (` + "`PACT_BROKER_LOG_LEVEL=debug`" + `), whose names and meanings are the Pact Broker's,
3. else from a YAML file (` + "`log_level: debug`" + `) named by ` + "`--conf`" + ` or ` + "`PACT_BROKER_CONF`" + `.

A flag, and a key in the file, is the name of the variable without its prefix, in lower case; a flag has dashes.
An empty value counts as not set, unless its description says otherwise. A value that cannot be right stops the start,
naming what would be; so does a flag or a key in the file that is not listed here. Variables that are not listed are warned of.
Settings marked *secret* can also be read from a file: ` + "`PACT_BROKER_DATABASE_PASSWORD_FILE=/run/secrets/db`" + `.
`

func render() string {
	var b strings.Builder
	b.WriteString(introduction)
	group := ""
	for _, s := range config.Catalogue() {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n## %s\n\n| variable | default | meaning |\n|---|---|---|\n", group)
		}
		fmt.Fprintf(&b, "| `%s`%s | %s | %s |\n", s.Variable(), marks(s), code(s.Default), strings.ReplaceAll(s.Help, "|", "\\|"))
	}
	b.WriteString("\n## Accepted without effect\n\nThese may stay where they are. They mean nothing here:\n\n")
	for _, group := range config.Accepted() {
		var names []string
		for _, key := range group.Keys {
			names = append(names, code("PACT_BROKER_"+strings.ToUpper(key)))
		}
		fmt.Fprintf(&b, "* %s\n  %s\n", group.Why, strings.Join(names, ", "))
	}
	b.WriteString("\nVariables that Kubernetes and Docker set for a service named `pact-broker` (`PACT_BROKER_SERVICE_HOST`, `PACT_BROKER_PORT_9292_TCP`, …) are ignored.\n")
	return b.String()
}

func marks(s config.Setting) string {
	var marks string
	if s.Alias != "" {
		marks += " or " + code("PACT_BROKER_"+strings.ToUpper(s.Alias))
	}
	if s.Secret {
		marks += " *secret*"
	}
	return marks
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func TestDocs_listEverySetting(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(render()), 0o644))
	}
	written, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, render(), string(written), "docs/settings.md is behind: go test ./internal/support/config -update")
}

func TestCatalogue_hasNoNameTwiceAndExplainsAll(t *testing.T) {
	seen := map[string]bool{}
	for _, group := range config.Accepted() {
		for _, key := range group.Keys {
			require.False(t, seen[key], key)
			seen[key] = true
		}
	}
	for _, s := range config.Catalogue() {
		for _, name := range []string{s.Key, s.Alias, s.Key + "_file"} {
			require.False(t, name != "" && seen[name], name)
			seen[name] = true
		}
		require.True(t, strings.HasSuffix(s.Help, "."), s.Key)
		followsOthers := s.Key == "basic_auth_enabled" || s.Key == "seed_example_data"
		require.Equal(t, s.Default == "true" || s.Default == "false" || followsOthers, s.Switch, s.Key)
	}
}
