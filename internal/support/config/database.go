package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// databaseParts are the settings that make up a database URL if none is given.
type databaseParts struct {
	adapter, host, name, username, password, sslmode string
	port                                             int
}

// defaultDatabase is where everything is kept if nothing is set.
const defaultDatabase = "sqlite://accord.db"

const (
	noMySQL      = "postgres or sqlite: MySQL is not supported"
	databaseURLs = "sqlite:////path/to/accord.db or postgres://user:password@host:5432/name"
)

func databaseURL(into *string) parser {
	return func(value string) error {
		if path, isFile, err := sqliteFile(value); isFile {
			*into = fileURL(path)
			return err
		}
		u, err := url.Parse(value)
		if err != nil {
			return fmt.Errorf("%s; characters such as @ : / ? in a password are written %%40 %%3A %%2F %%3F", databaseURLs)
		}
		switch u.Scheme {
		case "postgres", "postgresql":
			*into = value
			return nil
		case "mysql", "mysql2":
			return errors.New(noMySQL)
		default:
			return errors.New(databaseURLs)
		}
	}
}

// fileURL is the one way in which the settings name a file: four slashes for an
// absolute path, two for one in the working folder.
func fileURL(path string) string {
	escaped := (&url.URL{Path: path}).EscapedPath()
	if strings.HasPrefix(path, "/") {
		return "sqlite:///" + escaped
	}
	return "sqlite://" + escaped
}

// sqliteFile returns the path that a SQLite URL names, and whether it is one.
// As in the Pact Broker, two slashes begin a relative path, three or four an
// absolute one.
func sqliteFile(address string) (path string, isSQLite bool, err error) {
	rest, isSQLite := strings.CutPrefix(address, "sqlite:")
	if !isSQLite {
		return "", false, nil
	}
	wanted := errors.New("sqlite:////absolute/path.db or sqlite://relative.db, a file and nothing else")
	path, hasSlashes := strings.CutPrefix(rest, "//")
	if !hasSlashes || strings.ContainsAny(path, "?#\x00") {
		return "", true, wanted
	}
	if path, err = url.PathUnescape(path); err != nil {
		return "", true, wanted
	}
	if absolute := strings.TrimLeft(path, "/"); absolute != path {
		path = "/" + absolute
	}
	if strings.Trim(path, "/.") == "" || strings.HasSuffix(path, "/") || path == ":memory:" {
		return "", true, wanted
	}
	return path, true, nil
}

// HasPassword reports whether an address, such as that of a database, has a password in it.
func HasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	_, inFront := u.User.Password()
	return inFront || u.Query().Has("password")
}

// File returns the path of the SQLite file, and whether the database is one.
func (d Database) File() (path string, isFile bool) {
	path, isFile, _ = sqliteFile(d.URL) // a URL in the settings has been checked
	return path, isFile
}

func adapter(into *string) parser {
	return func(value string) error {
		switch strings.ToLower(value) {
		case "postgres", "postgresql":
			*into = "postgres"
		case "sqlite", "sqlite3":
			*into = "sqlite"
		case "mysql", "mysql2":
			return errors.New(noMySQL)
		default:
			return errors.New("postgres or sqlite")
		}
		return nil
	}
}

func (p databaseParts) given() bool {
	return p.adapter != "" || p.host != "" || p.name != "" || p.username != "" || p.password != "" || p.port != 0
}

// assemble makes the URL of the parts. Its error is a whole sentence.
func (p databaseParts) assemble() (string, error) {
	if p.name == "" {
		return "", fmt.Errorf("%s is missing: without %s, name the database, or the file for SQLite", variable("database_name"), variable("database_url"))
	}
	if p.adapter == "sqlite" {
		return fileURL(p.name), nil
	}
	u := url.URL{Scheme: "postgres", Host: p.host, Path: "/" + p.name}
	if strings.HasPrefix(p.host, "/") { // the folder of a socket
		u.Host, u.RawQuery = "", EncodeQuery(url.Values{"host": {p.host}})
	}
	if bare := strings.Trim(p.host, "[]"); strings.Contains(bare, ":") {
		u.Host = "[" + bare + "]"
	}
	if p.port != 0 {
		u.Host = net.JoinHostPort(strings.Trim(u.Host, "[]"), strconv.Itoa(p.port))
	}
	if p.username != "" {
		u.User = url.User(p.username)
		if p.password != "" {
			u.User = url.UserPassword(p.username, p.password)
		}
	}
	return u.String(), nil
}

// withSSLMode adds the mode to a PostgreSQL URL that does not say one.
func withSSLMode(address, mode string) string {
	u, err := url.Parse(address)
	if err != nil || mode == "" || u.Scheme == "sqlite" || u.Query().Has("sslmode") {
		return address
	}
	query := u.Query()
	query.Set("sslmode", mode)
	u.RawQuery = EncodeQuery(query)
	return u.String()
}

// EncodeQuery is the query of an address of PostgreSQL, whose clients read no plus sign as
// a space.
func EncodeQuery(query url.Values) string { return strings.ReplaceAll(query.Encode(), "+", "%20") }

// Shown is the URL without its password, for logs and people.
func (d Database) Shown() string {
	u, err := url.Parse(d.URL)
	if err != nil {
		return "(unreadable database URL)"
	}
	if _, isFile := d.File(); isFile {
		return d.URL
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Del(name)
		}
	}
	u.RawQuery = EncodeQuery(query)
	return u.Redacted()
}

// schemaName reads the name of a schema, which needs no quotes.
func schemaName(into *string) parser {
	return func(value string) error {
		if !plainName.MatchString(value) {
			return errors.New("a name of lower-case letters, digits and underscores")
		}
		*into = value
		return nil
	}
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// InPlace are the settings for a database in which the tables of a Pact Broker are
// as well.
func (d Database) InPlace() Database {
	if d.Schema == "" {
		d.Schema = "accord"
	}
	return d
}
