package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
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

var beginsSQL = regexp.MustCompile("^[`\"\\s(]*(SELECT|INSERT|UPDATE|DELETE|WITH|FROM|(LEFT )?JOIN|WHERE|(NOT )?EXISTS|ORDER BY|CASE)\\s")

// Whoever reads a statement that is put together sees which parts of it are SQL.
func TestNames_ofConstantsAndVariablesWithSQLBeginSo(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.pkg != "store" && !strings.HasPrefix(f.pkg, "store/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(node ast.Node) bool {
			for name, value := range namedValues(node) {
				if beginsSQL.MatchString(textOf(value)) && !strings.HasPrefix(strings.ToLower(name), "sql") {
					t.Errorf("%s: %s holds SQL, so its name begins with sql", f.path, name)
				}
			}
			return true
		})
	}
}

// namedValues are the values that a constant or a variable gets, by its name.
func namedValues(node ast.Node) map[string]ast.Expr {
	named := map[string]ast.Expr{}
	switch n := node.(type) {
	case *ast.ValueSpec:
		for i, value := range n.Values {
			named[n.Names[i].Name] = value
		}
	case *ast.AssignStmt:
		for i, value := range n.Rhs {
			if to, is := n.Lhs[i].(*ast.Ident); is {
				named[to.Name] = value
			}
		}
	}
	return named
}

// textOf is the literal with which an expression begins, "" if it begins with none.
func textOf(value ast.Expr) string {
	for {
		switch v := value.(type) {
		case *ast.BinaryExpr:
			value = v.X
		case *ast.BasicLit:
			return v.Value
		default:
			return ""
		}
	}
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
