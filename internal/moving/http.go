package moving

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/accord-broker/accord/internal/archive"
)

// HTTP is a broker that was read over HTTP: what came is kept in a folder, so that
// it can be read more than once, and need not be asked for again.
type HTTP struct {
	client  *client
	folder  string
	files   map[archive.Kind]*spool
	skipped archive.SkipList
	done    int64
	// came is how many records of a kind there are.
	came map[archive.Kind]int64
	// made is when applications were made.
	made map[string]archive.Time
	// tags are those of versions, by application and number.
	tags map[string][]string
	// contents are the contents that have come, by pair and sha.
	contents map[string]bool
	pairs    map[[2]string]archive.Time
	results  []resultLink
	// known are the results that were found.
	known map[resultLink]bool
	// deployments and releases come version by version, and count by time.
	deployments []*archive.Deployment
	releases    []*archive.Release
}

// spool is a file with the records of one kind.
type spool struct {
	file   *os.File
	writer *archive.Writer
}

// resultLink is where a result is to be found, and when it came.
type resultLink struct {
	consumer, provider, sha string
	number                  int64
	at                      archive.Time
}

// Fetch reads everything from a broker over HTTP into a folder, which it makes.
// Contracts and results that are there from before are not asked for again.
func Fetch(ctx context.Context, remote Remote, folder string, progress func(what string, done int64)) (*HTTP, error) {
	c, err := newClient(remote)
	if err != nil {
		return nil, err
	}
	c.progress = progress
	if err := os.MkdirAll(filepath.Join(folder, "answers"), 0o700); err != nil {
		return nil, err
	}
	h := &HTTP{
		client:   c,
		folder:   folder,
		files:    map[archive.Kind]*spool{},
		came:     map[archive.Kind]int64{},
		made:     map[string]archive.Time{},
		tags:     map[string][]string{},
		contents: map[string]bool{},
		known:    map[resultLink]bool{},
		pairs:    map[[2]string]archive.Time{},
	}
	if err := h.fetch(ctx, progress); err != nil {
		return nil, errors.Join(err, h.closeFiles())
	}
	return h, h.closeFiles()
}

// HasAnswers reports whether a folder holds answers of a broker, which need not be asked for
// again.
func HasAnswers(folder string) bool {
	files, err := os.ReadDir(filepath.Join(folder, "answers"))
	return err == nil && len(files) > 0
}

func (h *HTTP) fetch(ctx context.Context, progress func(string, int64)) error {
	if err := h.client.checkBroker(ctx); err != nil {
		return err
	}
	names, err := h.applications(ctx)
	if err != nil {
		return err
	}
	if err := h.environments(ctx); err != nil {
		return err
	}
	for i, name := range names {
		progress("applications", int64(i))
		if err := h.application(ctx, name); err != nil {
			return err
		}
	}
	if err := errors.Join(h.putPlaced(), h.integrations(ctx)); err != nil {
		return err
	}
	if err := h.fetchResults(ctx, progress); err != nil {
		return err
	}
	if err := h.webhooks(ctx); err != nil {
		return err
	}
	return h.countHidden(ctx)
}

// put keeps a record.
func (h *HTTP) put(r archive.Record) error {
	s := h.files[r.Kind()]
	if s == nil {
		file, err := os.OpenFile(h.name(r.Kind()), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		writer, err := archive.NewWriter(file, archive.Plain, h.Header())
		if err != nil {
			return errors.Join(err, file.Close())
		}
		s = &spool{file, writer}
		h.files[r.Kind()] = s
	}
	h.done++
	h.came[r.Kind()]++
	return s.writer.Write(r)
}

func (h *HTTP) name(kind archive.Kind) string { return filepath.Join(h.folder, string(kind)+".jsonl") }

func (h *HTTP) closeFiles() (err error) {
	for _, s := range h.files {
		err = errors.Join(err, s.writer.Close(), s.file.Close())
	}
	return err
}

// Header tells what about to come.
func (h *HTTP) Header() archive.Header {
	return archive.Header{Source: archive.Origin{Kind: archive.FromHTTP}, Complete: true, Omitted: []string{
		"secrets", "deliveries", "certificates", "settings in the database", "whether results were pending or work in progress", "selectors of results",
		"tags of provider versions at the time of a result", "which branches and deployments the broker made of itself", "fractions of seconds",
	}}
}

// Progress is unknown while records are handed over, which takes no time.
func (h *HTTP) Progress() (done, all int64) { return 0, 0 }

// Skipped is what could not be had.
func (h *HTTP) Skipped() []archive.Skipped { return h.skipped }

// Each hands over one record after the other; see archive.Source.
func (h *HTTP) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	for _, kind := range archive.Kinds {
		if h.files[kind] == nil || want != nil && !want(kind) {
			continue
		}
		file, err := archive.OpenFile(h.name(kind))
		if err == nil {
			err = file.Each(ctx, nil, take)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compacted is JSON as a text, without white space that means nothing.
func compacted(text json.RawMessage) *string {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		out.Reset()
		out.Write(text)
	}
	compact := out.String()
	return &compact
}

// readOrSkip reads something without which one can go on.
func (h *HTTP) readOrSkip(ctx context.Context, kind archive.Kind, link string, most int64, into any) error {
	err := h.client.read(ctx, link, most, into)
	if err == nil || errors.Is(err, ErrRefused) || ctx.Err() != nil {
		return err
	}
	h.skipped.Add(kind, whyNot(err), link, 1)
	return nil
}

// whyNot is why something could not be read.
func whyNot(err error) archive.Reason {
	if errors.Is(err, errTooLarge) {
		return archive.TooLarge
	}
	return archive.Unanswered
}

// inParallel calls do with each index, several at a time.
func (h *HTTP) inParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(h.client.remote.Parallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
