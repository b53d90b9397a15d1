package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// notOfTheStore are interfaces that something else than the store is.
var notOfTheStore = []string{"archive.Source", "audit.Sealer"}

// ownWords are narrowing types whose names the field has given: what a selector says, and
// which events a webhook tells of.
var ownWords = []string{"matrix.Criteria", "webhooks.EventFilter"}

// What a package needs of the store is called so that everybody knows what it may do; an
// interface of one method is named by that, as in Go.
func TestNames_ofInterfacesAndQueriesFollowOnePattern(t *testing.T) {
	eachType(t, func(name string, spec *ast.TypeSpec) {
		ends := func(ends string) bool { return strings.HasSuffix(name, ends) }
		switch typ := spec.Type.(type) {
		case *ast.InterfaceType:
			if typ.Methods.NumFields() > 1 && !slices.ContainsFunc([]string{"Reader", "Writer", "Tx"}, ends) && !slices.Contains(notOfTheStore, name) {
				t.Errorf("%s: an interface of the store is a Reader, a Writer or a Tx", name)
			}
		case *ast.StructType:
			if slices.ContainsFunc([]string{"Which", "Criteria", "Filter", "Search", "Params"}, ends) && !slices.Contains(ownWords, name) {
				t.Errorf("%s: what narrows down what is asked for is a Query", name)
			}
		}
	})
}

// eachType calls with every exported type of the packages that the store serves.
func eachType(t *testing.T, call func(name string, spec *ast.TypeSpec)) {
	t.Helper()
	for _, f := range goFiles(t) {
		if f.test || !slices.Contains(allowed["store"], f.pkg) || strings.HasPrefix(f.pkg, "store/") || strings.HasPrefix(f.pkg, "support/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declared := range parsed.Decls {
			group, _ := declared.(*ast.GenDecl)
			if group == nil {
				continue
			}
			for _, spec := range group.Specs {
				if typ, is := spec.(*ast.TypeSpec); is && typ.Name.IsExported() {
					call(f.pkg+"."+typ.Name.Name, typ)
				}
			}
		}
	}
}
