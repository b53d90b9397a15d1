package web

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuoted_marksWhatStandsBetweenBackticks(t *testing.T) {
	for text, want := range map[string][]piece{
		"":                            nil,
		"plain <b>":                   {{Text: "plain <b>"}},
		"removed `total` from `200`":  {{Text: "removed "}, {"total", true}, {Text: " from "}, {"200", true}},
		"`a` only the first, `no end": {{"a", true}, {Text: " only the first, `no end"}},
		"``":                          nil,
	} {
		require.Equal(t, want, quoted(text), text)
	}
}

func TestPathParts_cutsPathsBetweenTheirWords(t *testing.T) {
	for path, want := range map[string][]string{
		"": {""}, "/": {"/"}, "/orders/{id}": {"/", "orders/", "{id}"}, "/payment-methods?of=me": {"/", "payment-", "methods?", "of=", "me"}, "plain": {"plain"}, "/é/\xff/": {"/", "é/", "\xff/"},
	} {
		require.Equal(t, want, pathParts(path), path)
	}
}
