package commands

import "path"

// The Pact Broker's image has programs of its own for chores, and an argument
// for its web server. Compose files, cron jobs and charts name them, so links
// with these names lead to the same work here.
const (
	imageClean     = "clean"
	imageMigrate   = "db-migrate"
	imageVersion   = "db-version"
	imageRackup    = "config.ru"
	migrationLimit = "PACT_BROKER_MIGRATION_TARGET"
)

// words are the arguments, begun with the command that the program's name stands for.
func (s Shell) words() []string {
	switch path.Base(s.Name) {
	case imageClean:
		return append([]string{"clean"}, s.Args...)
	case imageMigrate:
		return append([]string{"migrate"}, s.Args...)
	case imageVersion:
		return append([]string{"db-version"}, s.Args...)
	}
	if len(s.Args) > 0 && s.Args[0] == imageRackup {
		return s.Args[1:]
	}
	return s.Args
}
