// Package architecture holds the test that keeps the direction of imports.
package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// allowed says which packages of ours each package may import. The business
// packages form a line: later ones may import earlier ones, never back.
var allowed = table{
	"support/fault":        {},
	"support/openapi":      {"support/fault", "support/rackquery"},
	"support/spelling":     {},
	"support/characters":   {},
	"support/links":        {},
	"support/rackquery":    {},
	"support/secrets":      {},
	"support/config":       {"support/spelling"},
	"support/release":      {},
	"telemetry":            {},
	"testing/testpostgres": {},
	"testing/testrandom":   {},
	"testing/benchmark":    {"store/db"},
	"testing/memory":       {},
	"testing/testprovider": {},
	"testing/pactbrokerdb": {},
	"testing/testissuer":   {},
	"testing/tests3":       {},
	"testing/openapitest":  {"", "support/fault", "support/openapi"},

	"testing/ownpacts": {},

	"testing/openapitest/seen": {"testing/openapitest"},

	"audit":        {},
	"access":       {"support/characters", "support/fault", "audit"},
	"openid":       {"support/fault", "access"},
	"trust":        {"support/characters", "support/fault", "audit", "access"},
	"pactfile":     {"support/fault"},
	"events":       {"support/fault"},
	"pacticipants": {"support/characters", "support/fault", "support/spelling", "access", "audit", "events"},
	"versions":     {"support/fault", "access", "audit", "events", "pacticipants"},
	"deployments":  {"support/fault", "access", "audit", "events", "pacticipants", "versions"},
	"contracts":    {"support/fault", "pactfile", "access", "events", "pacticipants", "versions"},
	"comparison":   {"support/spelling"},
	"verification": {"support/fault", "access", "events", "pacticipants", "versions", "contracts"},

	"oaschanges":        {"comparison"},
	"providercontracts": {"support/fault", "access", "pactfile", "events", "pacticipants", "versions", "contracts", "comparison", "oaschanges"},

	"selection":    {"pacticipants", "versions", "deployments", "contracts"},
	"matrix":       {"support/fault", "pacticipants", "versions", "deployments", "contracts", "providercontracts"},
	"verdicts":     {"support/fault", "events", "pacticipants", "versions", "deployments", "pactfile", "contracts", "verification", "providercontracts", "matrix"},
	"webhooks":     {"support/fault", "support/spelling", "support/links", "support/secrets", "access", "audit", "events", "pacticipants", "contracts", "verification"},
	"requests":     {"support/fault", "events", "webhooks"},
	"integrations": {"access", "events", "pacticipants", "contracts"},
	"dashboard":    {"pacticipants", "versions", "deployments", "contracts", "matrix"},
	"archive":      {},
	"vcs":          {"support/fault", "pacticipants", "versions"},
	"cleaning":     {"versions"},
	"badges":       {"support/fault", "pacticipants", "versions", "deployments", "contracts", "matrix"},

	"moving": {"archive", "pacticipants", "webhooks"},

	"store":    {"support/fault", "store/db", "store/queue", "audit", "access", "trust", "pactfile", "events", "pacticipants", "versions", "deployments", "contracts", "comparison", "verification", "providercontracts", "selection", "matrix", "verdicts", "webhooks", "requests", "integrations", "dashboard", "badges", "archive", "cleaning"},
	"store/db": {"support/fault", "migrations"},

	"store/queue":      {"store/db"},
	"store/backups":    {"store/db"},
	"store/pactbroker": {"archive", "pacticipants", "store/db"},

	"edge":     {"access", "audit", "support/fault", "support/links"},
	"edge/api": {"", "edge", "edge/hal", "edge/questions", "support/fault", "support/links", "support/rackquery", "access", "pactfile", "events", "pacticipants", "versions", "deployments", "contracts", "comparison", "verification", "providercontracts", "selection", "matrix", "webhooks", "integrations", "dashboard", "badges"},
	"edge/hal": {"edge", "support/links"},
	"edge/v1":  {"", "edge", "edge/actions", "edge/questions", "support/fault", "support/links", "support/openapi", "access", "audit", "trust", "pactfile", "events", "pacticipants", "versions", "contracts", "comparison", "providercontracts", "matrix", "verdicts", "webhooks", "vcs", "requests"},
	"edge/web": {"", "edge", "edge/actions", "edge/questions", "support/fault", "support/links", "support/openapi", "ui", "docs", "access", "openid", "audit", "trust", "pactfile", "events", "pacticipants", "versions", "deployments", "contracts", "comparison", "verification", "providercontracts", "matrix", "verdicts", "webhooks", "dashboard", "badges"},

	"edge/actions":   {"support/links", "matrix", "verdicts"},
	"edge/questions": {"support/fault", "support/rackquery", "pacticipants", "contracts", "matrix"},

	"app":                  {anything},
	"testing/testbroker":   {anything},
	"testing/architecture": {},
	"commands":             {"support/config", "support/fault", "support/release", "support/secrets", "support/spelling", "access", "audit", "pacticipants", "archive", "cleaning", "moving", "example", "app", "store", "store/db", "store/backups", "store/pactbroker", "edge", "comparison", "client"},
	"example":              {"support/links"},
	"client":               {},
	"canideploy":           {"support/spelling", "support/release", "client"},
	"":                     {},
	"migrations":           {},
	"ui":                   {},
	"docs":                 {},
	"cmd/broker":           {"commands"},
	"cmd/can-i-deploy":     {"canideploy"},
}

// homes are the only places that may import a framework.
var homes = map[string][]string{
	"github.com/gin-gonic/gin":                                      {"edge", "edge/hal", "edge/api", "edge/v1", "edge/web"},
	"gorm.io/":                                                      {"store/db"},
	"github.com/prometheus/client_golang":                           {"telemetry"},
	"go.opentelemetry.io/otel":                                      {"telemetry"},
	"github.com/jackc/pgx":                                          {"store/db", "store/queue", "testing/testpostgres"},
	"github.com/mattn/go-sqlite3":                                   {"store/db"},
	"github.com/go-sql-driver/mysql":                                {"store/db"},
	"github.com/riverqueue/river":                                   {"store/queue", "app"},
	"github.com/minio/minio-go":                                     {"store/backups", "testing/tests3"},
	"github.com/johannesboyne/gofakes3":                             {"testing/tests3"},
	"github.com/getkin/kin-openapi":                                 {"testing/openapitest", "oaschanges"},
	"github.com/oasdiff/oasdiff":                                    {"oaschanges"},
	"github.com/stretchr/testify":                                   {"testing/testbroker", "testing/openapitest", "testing/testpostgres", "testing/testprovider", "testing/testissuer", "testing/tests3"},
	"testing":                                                       {"testing/testbroker", "testing/openapitest", "testing/testpostgres", "testing/testprovider", "testing/testissuer", "testing/testrandom", "testing/tests3"},
	"github.com/accord-broker/accord/internal/testing/testbroker":   {},
	"github.com/accord-broker/accord/internal/testing/testprovider": {},
	"github.com/coreos/go-oidc":                                     {"openid"},
	"golang.org/x/oauth2":                                           {"openid"},
	"github.com/accord-broker/accord/internal/testing/testpostgres": {"testing/testbroker"},
	"github.com/accord-broker/accord/internal/testing/benchmark":    {},
	"github.com/accord-broker/accord/internal/testing/openapitest":  {"testing/testbroker", "testing/openapitest/seen"},
	"github.com/accord-broker/accord/internal/testing/architecture": {},
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb": {},
	"github.com/accord-broker/accord/internal/testing/testissuer":   {},
	"github.com/accord-broker/accord/internal/testing/testrandom":   {"testing/testbroker"},
	"github.com/accord-broker/accord/internal/testing/tests3":       {},
	"github.com/pact-foundation/pact-go/v2":                         {},
}

type table map[string][]string

const anything = "anything"

// file is one Go file: the package it belongs to and what it imports.
type file struct {
	path, pkg string
	test      bool
	imports   []string
}

func TestImports_followTheTable(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		entries, known := allowed[f.pkg]
		if !known {
			t.Errorf("%s: package %q is missing from the import table", f.path, f.pkg)
			continue
		}
		for _, path := range f.imports {
			if ours, is := inner(path); is && !mayImport(entries, ours) {
				t.Errorf("%s: package %q may not import %q", f.path, f.pkg, ours)
			}
		}
	}
}

// An entry that nobody needs any more would let the next one in unseen.
func TestTable_allowsNothingThatIsNotImported(t *testing.T) {
	imported := map[string]map[string]bool{}
	for _, f := range goFiles(t) {
		if imported[f.pkg] == nil {
			imported[f.pkg] = map[string]bool{}
		}
		if f.test {
			continue
		}
		for _, path := range f.imports {
			if ours, is := inner(path); is {
				imported[f.pkg][ours] = true
			}
		}
	}
	for pkg, entries := range allowed {
		if imported[pkg] == nil {
			t.Errorf("there is no package %q any more", pkg)
		}
		for _, entry := range entries {
			if entry != anything && !imported[pkg][entry] {
				t.Errorf("package %q does not import %q; take it out of the table", pkg, entry)
			}
		}
	}
}

func TestImports_keepFrameworksAtHome(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, path := range f.imports {
			for framework, places := range homes {
				if within(path, framework) && !slices.Contains(places, f.pkg) {
					t.Errorf("%s: %s belongs to %v, not to %q", f.path, path, places, f.pkg)
				}
			}
		}
	}
}

func mayImport(entries []string, ours string) bool {
	return slices.ContainsFunc(entries, func(entry string) bool {
		return entry == anything || entry == ours
	})
}

// within reports whether the import path is the framework or lies in it.
func within(path, framework string) bool {
	return path == framework || strings.HasPrefix(path, strings.TrimSuffix(framework, "/")+"/")
}

// inner returns the name that the table gives to a package of this module.
func inner(path string) (string, bool) {
	if path == "github.com/accord-broker/accord" {
		return "", true
	}
	rest, ours := strings.CutPrefix(path, "github.com/accord-broker/accord/")
	return strings.TrimPrefix(rest, "internal/"), ours
}

// goFiles reads the files in this process, so that the test cache notices a
// change in any of them.
func goFiles(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	var files []file
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (path != root && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "examples" || isOtherModule(root, path)) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := read(root, path)
		files = append(files, f)
		return err
	}))
	require.NotEmpty(t, files)
	return files
}

// isOtherModule reports whether a folder below root is a module of its own.
func isOtherModule(root, path string) bool {
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return path != root && err == nil
}

func read(root, path string) (file, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
	if err != nil {
		return file{}, err
	}
	dir, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		return file{}, err
	}
	pkg := strings.TrimPrefix(filepath.ToSlash(dir), "internal/")
	if pkg == "." {
		pkg = ""
	}
	f := file{path: path, pkg: pkg, test: strings.HasSuffix(path, "_test.go")}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, imported)
	}
	return f, nil
}
