package main

import (
	"fmt"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// build is what an image is made from.
type build struct {
	programs, notices, busybox, certificates, version string
}

// uid is whom the image runs as unless told otherwise, the user that the Pact
// Broker's chart sets. Any other works too, since nothing is owned by one.
const uid = 1001

// home is the working folder of the Pact Broker's image, which compose files
// mount things into.
const home = "/pact_broker"

func (b build) image(architecture string) (v1.Image, error) {
	files, err := b.files(architecture)
	if err != nil {
		return nil, err
	}
	layer, err := files.layer()
	if err != nil {
		return nil, err
	}
	oci := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.AppendLayers(oci, layer)
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(image, b.config(image, architecture))
}

func (b build) config(image v1.Image, architecture string) *v1.ConfigFile {
	config, err := image.ConfigFile()
	if err != nil {
		panic(err) // made here, of parts that are there
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", architecture
	config.Config = v1.Config{
		User:       fmt.Sprintf("%d:0", uid),
		WorkingDir: home,
		Entrypoint: []string{"/usr/bin/broker"},
		// The Pact Broker's image takes this argument; compose files repeat it.
		Cmd:          []string{"config.ru"},
		ExposedPorts: map[string]struct{}{"9292/tcp": {}},
		Env: []string{
			"PATH=/usr/bin:/bin",
			"PACT_BROKER_HOST=0.0.0.0",
			"PACT_BROKER_ENABLE_PUBLIC_BADGE_ACCESS=true",
			"PACT_BROKER_DATABASE_REQUIRED=true",
			// Containers are killed 10 s after they are told to stop.
			"PACT_BROKER_SHUTDOWN_GRACE=8s",
			// Where SQLite sorts what is large: /tmp cannot be written on a read-only root.
			"SQLITE_TMPDIR=" + data,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title":       "Accord",
			"org.opencontainers.image.description": "A contract broker that takes the place of the Pact Broker",
			"org.opencontainers.image.version":     b.version,
			"org.opencontainers.image.licenses":    "MIT",
		},
	}
	if b.busybox != "" {
		config.Config.Entrypoint = []string{"sh", "./entrypoint.sh"}
	}
	return config
}

// data is where compose files mount the volume with a SQLite file. A container
// engine gives a new volume the owner and the mode of the folder it is mounted on.
const data = "/data"

// applets are what health checks and entry points call by name; each is a link,
// since the shell finds nothing without one.
var applets = []string{
	"[", "ash", "awk", "base64", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "expr", "false", "find", "grep", "head",
	"hostname", "id", "kill", "ls", "mkdir", "mktemp", "mv", "nc", "nslookup", "printf", "ps", "pwd", "rm", "sed", "sh", "sleep", "sort", "stat", "tail",
	"tar", "tee", "test", "timeout", "touch", "tr", "true", "uname", "wc", "wget", "which", "xargs",
}

// files are the whole root file system.
func (b build) files(architecture string) (*files, error) {
	f := &files{}
	f.folder("/tmp", 0o1777)
	f.folder(home, 0o775)
	f.folder(data, 0o775)
	f.text("/etc/passwd", fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\naccord:x:%d:0:accord:%s:/bin/sh\n", uid, home))
	f.text("/etc/group", "root:x:0:\n")
	f.file("/etc/ssl/certs/ca-certificates.crt", b.certificates, 0o644)
	platform := "linux-" + architecture
	for _, program := range []string{"broker", "can-i-deploy"} {
		f.file("/usr/bin/"+program, filepath.Join(b.programs, platform, program), 0o755)
	}
	for _, name := range []string{"clean", "db-migrate", "db-version"} {
		f.link("/usr/bin/"+name, "broker")
	}
	if b.notices != "" {
		f.tree("/usr/share/doc/accord", filepath.Join(b.notices, platform))
	}
	if b.busybox != "" {
		f.shell(filepath.Join(b.busybox, platform, "busybox"))
	}
	return f, f.err
}

// shell adds what health checks and entry points of the Pact Broker's image use.
func (f *files) shell(busybox string) {
	f.file("/bin/busybox", busybox, 0o755)
	for _, applet := range applets {
		f.link("/bin/"+applet, "busybox")
	}
	f.script(home+"/entrypoint.sh", "#!/bin/sh\nexec broker \"$@\"\n")
}
