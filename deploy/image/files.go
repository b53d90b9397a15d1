package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// files are what a layer is made from. The first fault is kept, so that a list
// of files reads as one.
type files struct {
	entries []entry
	err     error
}

type entry struct {
	header tar.Header
	body   []byte
}

func (f *files) add(header tar.Header, body []byte) {
	header.Name = strings.TrimPrefix(header.Name, "/")
	header.Size = int64(len(body))
	header.ModTime = time.Unix(0, 0)
	header.Format = tar.FormatPAX
	f.entries = append(f.entries, entry{header, body})
}

func (f *files) folder(name string, mode int64) {
	f.add(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}, nil)
}

func (f *files) link(name, target string) {
	f.add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

func (f *files) text(name, text string) {
	f.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, []byte(text))
}

func (f *files) script(name, text string) {
	f.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755}, []byte(text))
}

func (f *files) file(name, from string, mode int64) {
	body, err := os.ReadFile(from)
	f.err = cmp.Or(f.err, err)
	f.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode}, body)
}

// tree adds all the files below a folder.
func (f *files) tree(name, from string) {
	err := filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(from, at)
		f.file(path.Join(name, filepath.ToSlash(below)), at, 0o644)
		return err
	})
	f.err = cmp.Or(f.err, err)
}

// layer packs the files in the order of their names, folders before what is in them.
func (f *files) layer() (v1.Layer, error) {
	f.parents()
	slices.SortFunc(f.entries, func(a, b entry) int { return cmp.Compare(a.header.Name, b.header.Name) })
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, e := range f.entries {
		if err := w.WriteHeader(&e.header); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.body); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil },
		tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithMediaType(types.OCILayer))
}

// parents adds the folders that nobody has named.
func (f *files) parents() {
	known := map[string]bool{}
	for _, e := range f.entries {
		known[e.header.Name] = true
	}
	for _, e := range f.entries {
		for at := path.Dir(strings.TrimSuffix(e.header.Name, "/")); at != "."; at = path.Dir(at) {
			if !known[at+"/"] {
				known[at+"/"] = true
				f.folder(at, 0o755)
			}
		}
	}
}
