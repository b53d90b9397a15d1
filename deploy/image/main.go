// Command image builds the container images of Accord from programs that are
// there already, without a container engine, and byte for byte the same each time.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	imagename "github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	var b build
	flag.StringVar(&b.programs, "programs", "", "folder with linux-ARCH/broker and linux-ARCH/can-i-deploy")
	flag.StringVar(&b.notices, "notices", "", "folder with licences and SBOMs, for /usr/share/doc/accord")
	flag.StringVar(&b.busybox, "busybox", "", "folder with linux-ARCH/busybox; none makes an image with nothing but Accord")
	flag.StringVar(&b.certificates, "certificates", "/etc/ssl/certs/ca-certificates.crt", "certificates of the authorities to trust")
	flag.StringVar(&b.version, "version", "devel", "the version for the labels")
	out := flag.String("out", "", "folder to write an OCI layout into; beside it, FOLDER-ARCH.tar for docker load")
	root := flag.String("unpack", "", "folder to unpack the image for this machine into, instead of building")
	flag.Parse()
	if err := run(b, *out, *root, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image: "+err.Error())
		os.Exit(1)
	}
}

// run builds an index with an image for each architecture and tells its digest.
func run(b build, out, root string, architectures []string, told io.Writer) error {
	if root != "" {
		return unpack(out, root)
	}
	name := filepath.Base(out)
	tag, err := imagename.NewTag(name + ":latest")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	index := v1.ImageIndex(empty.Index)
	for _, architecture := range architectures {
		image, err := b.image(architecture)
		if err != nil {
			return err
		}
		if err := tarball.WriteToFile(fmt.Sprintf("%s-%s.tar", out, architecture), tag, image); err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
		size, err := downloadSize(image)
		if err != nil {
			return err
		}
		fmt.Fprintf(told, "%s linux/%s: %.1f MB to download\n", name, architecture, float64(size)/1e6)
	}
	if err := write(out, index); err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	fmt.Fprintf(told, "%s %s\n", name, digest)
	return nil
}

// write writes an OCI layout with the index as its one entry: tools that copy
// from a layout pick the architecture only within an index that it names.
func write(out string, index v1.ImageIndex) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	at, err := layout.Write(out, empty.Index)
	if err != nil {
		return err
	}
	return at.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "latest"}))
}

func downloadSize(image v1.Image) (size int64, err error) {
	layers, err := image.Layers()
	for _, layer := range layers {
		n, err := layer.Size()
		if err != nil {
			return 0, err
		}
		size += n
	}
	return size, err
}
