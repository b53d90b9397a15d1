package openapitest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// SeenVariable names the environment variable that holds the directory where
// each test process writes down which documented answers it saw. Without it
// nothing is written.
const SeenVariable = "ACCORD_OPENAPI_SEEN"

// ErrNothingSeen tells that no test process wrote down anything.
var ErrNothingSeen = errors.New("nothing was written down; was " + SeenVariable + " set when the tests ran, and the test cache off?")

// sighting is a documented answer: the operation and the status.
type sighting struct{ operation, status string }

// notebook is where this process writes down what it saw, each answer once.
type notebook struct {
	// dir is where the file is made; nothing is written if it is empty.
	dir string

	mu   sync.Mutex
	file *os.File
	seen map[sighting]bool
}

// remember writes down that an answer was seen. It writes at once, so that a
// process which dies has told what it knew.
func (n *notebook) remember(s sighting) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dir == "" || n.seen[s] {
		return nil
	}
	if n.file == nil {
		file, err := os.CreateTemp(n.dir, "seen-*")
		if err != nil {
			return err
		}
		n.file, n.seen = file, map[sighting]bool{}
	}
	n.seen[s] = true
	_, err := fmt.Fprintln(n.file, s.operation, s.status)
	return err
}

// Unseen lists the documented answers that no test process wrote down in the
// directory, as "operationId status". An alias counts as seen with any of its
// answers, since it is served by the same function as what it stands for.
// It returns ErrNothingSeen if the directory holds no notes.
func Unseen(dir string) ([]string, error) {
	return contract().unseen(dir)
}

func (d *document) unseen(dir string) ([]string, error) {
	seen, err := readNotes(dir)
	if err != nil {
		return nil, err
	}
	var unseen []string
	for _, o := range d.operations {
		missing := o.unseen(seen)
		if o.AliasOf != "" && len(missing) < o.definition.Responses.Len() {
			continue
		}
		unseen = append(unseen, missing...)
	}
	return unseen, nil
}

// unseen lists the statuses of one operation that were not seen.
func (o Operation) unseen(seen map[sighting]bool) []string {
	var missing []string
	for status := range o.definition.Responses.Map() {
		if !seen[sighting{o.ID, status}] {
			missing = append(missing, o.ID+" "+status)
		}
	}
	slices.Sort(missing)
	return missing
}

// readNotes merges what all processes wrote down.
func readNotes(dir string) (map[sighting]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "seen-*"))
	if err != nil {
		return nil, err
	}
	seen := map[sighting]bool{}
	for _, name := range files {
		if err := readNote(name, seen); err != nil {
			return nil, err
		}
	}
	if len(seen) == 0 {
		return nil, ErrNothingSeen
	}
	return seen, nil
}

func readNote(name string, seen map[sighting]bool) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var s sighting
		if _, err := fmt.Sscan(lines.Text(), &s.operation, &s.status); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		seen[s] = true
	}
	return lines.Err()
}
