package commands

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
)

// Every part that the store tells of has a name for people.
func TestPartNames_knowEveryPart(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../store/integrity.go", nil, 0)
	require.NoError(t, err)
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || spec.Type == nil {
			return true
		}
		if kind, named := spec.Type.(*ast.Ident); named && kind.Name == "Part" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			require.NotEmpty(t, partNames[store.Part(code)], spec.Names[0].Name)
			declared++
		}
		return true
	})
	require.Len(t, partNames, declared, "a part that nobody declares, or two of one code")
	for part := range ownersOf {
		require.Contains(t, partNames, part)
	}
}
