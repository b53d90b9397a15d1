package canideploy

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParse gives the parser command lines that nobody of good will writes.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"", "-a\x00Shop\x00-e\x001", "--pacticipant=Shop\x00--latest\x00--to\x00prod", "-aShop\x00-e=1", "--no-dry-run", "--\x00-", "-", "--=", "--latest=\x00--latest", "--pacticipant", "-o\x00xml", "--retry-while-unknown=-1",
		"broker\x00can-i-deploy\x00--help", "completion\x00bash", "--ignore\x00--ignore", "--version\x001\x00--version\x002", "-a\x00\x00-e\x00", "--timeout=1e999", "--custom-header\x00x",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		if len(args) > 40 {
			return
		}
		a, err := parse(args)
		if err != nil {
			var wrong *usageError
			require.True(t, errors.As(err, &wrong), "%q: %T", args, err)
			require.NotEmpty(t, err.Error())
			return
		}
		again, err := parse(args)
		require.NoError(t, err)
		require.Equal(t, a.task, again.task)
		require.Equal(t, len(a.order), len(again.order))
		require.LessOrEqual(t, len(a.question.applications)+len(a.question.ignored), len(args)+1)
	})
}
