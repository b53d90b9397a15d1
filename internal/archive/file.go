package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// File is an archive in a file, which can be read more than once.
type File struct {
	path   string
	header Header
	size   int64
	read   atomic.Int64
}

// OpenFile looks at an archive.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	err := f.open(func(r *Reader) error {
		f.header = r.Header()
		return nil
	})
	return f, err
}

// Header is the first line of the archive.
func (f *File) Header() Header { return f.header }

// Progress is how many bytes have been read of how many.
func (f *File) Progress() (done, all int64) { return f.read.Load(), f.size }

// Skipped is nothing: an archive holds records only.
func (f *File) Skipped() []Skipped { return nil }

// Each hands over the records; see Source.
func (f *File) Each(ctx context.Context, want func(Kind) bool, take func(Record) error) error {
	return f.open(func(r *Reader) error {
		return r.Each(want, func(record Record) error {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			return take(record)
		})
	})
}

func (f *File) open(read func(*Reader) error) error {
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("open the archive: %w", err)
	}
	if about, err := file.Stat(); err == nil {
		f.size = about.Size()
	}
	f.read.Store(0)
	reader, err := NewReader(counting{file, &f.read})
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", f.path, err), file.Close())
	}
	err = read(reader)
	reader.Close()
	if err != nil {
		err = fmt.Errorf("%s: %w", f.path, err)
	}
	return errors.Join(err, file.Close())
}

// counting counts what is read.
type counting struct {
	io.Reader
	read *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read.Add(int64(n))
	return n, err
}
