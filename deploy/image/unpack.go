package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

// unpack writes the root file system of the image for this machine into a
// folder, with the owners and modes that it has in a container, so as root.
func unpack(from, into string) error {
	index, err := read(from)
	if err != nil {
		return err
	}
	images, err := partial.FindImages(index, match.Platforms(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	if err != nil {
		return err
	}
	if len(images) != 1 {
		return fmt.Errorf("%s has %d images for linux/%s", from, len(images), runtime.GOARCH)
	}
	flattened := mutate.Extract(images[0])
	defer flattened.Close()
	for r := tar.NewReader(flattened); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackOne(r, header, into); err != nil {
			return err
		}
	}
}

// read is the index that write wrote.
func read(from string) (v1.ImageIndex, error) {
	all, err := layout.ImageIndexFromPath(from)
	if err != nil {
		return nil, err
	}
	manifest, err := all.IndexManifest()
	if err != nil {
		return nil, err
	}
	if n := len(manifest.Manifests); n != 1 {
		return nil, fmt.Errorf("%s has %d entries instead of one", from, n)
	}
	return all.ImageIndex(manifest.Manifests[0].Digest)
}

func unpackOne(body io.Reader, header *tar.Header, into string) error {
	if !filepath.IsLocal(header.Name) {
		return fmt.Errorf("%s leads out of the image", header.Name)
	}
	name := filepath.Join(into, header.Name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeSymlink:
		return os.Symlink(header.Linkname, name)
	case tar.TypeDir:
		if err := os.MkdirAll(name, 0o755); err != nil {
			return err
		}
	default:
		if err := save(name, body); err != nil {
			return err
		}
	}
	if err := os.Chown(name, header.Uid, header.Gid); err != nil {
		return err
	}
	return os.Chmod(name, header.FileInfo().Mode())
}

func save(name string, body io.Reader) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	return errors.Join(err, file.Close())
}
