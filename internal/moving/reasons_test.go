package moving

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

// Every reason that archive declares can be read by people.
func TestExplain_knowsEveryReason(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../archive/reasons.go", nil, 0)
	require.NoError(t, err)
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || spec.Type == nil {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		require.NotEmpty(t, Explain(archive.Reason(code)), spec.Names[0].Name)
		declared++
		return true
	})
	require.Len(t, explanations, declared, "a reason that nobody declares, or two of one code")
}

func TestExplain_putsTheValueIntoTheSentence(t *testing.T) {
	require.Equal(t, "its name must not contain: a colon", Explain(archive.RefusedName.With("must not contain: a colon")))
	require.Contains(t, Explain(archive.TooLargeOverHTTP.With("128")), "has more than 128 MB, which")
}
