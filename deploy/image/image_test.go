package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

var architectures = []string{"amd64", "arm64"}

// fakes are a build from small files in the place of programs.
func fakes(t *testing.T) build {
	t.Helper()
	root := t.TempDir()
	for _, architecture := range architectures {
		platform := "linux-" + architecture
		for name, mode := range map[string]fs.FileMode{
			"programs/" + platform + "/broker": 0o700, "programs/" + platform + "/can-i-deploy": 0o700, "busybox/" + platform + "/busybox": 0o755,
			"notices/" + platform + "/CHANGELOG.md": 0o600, "notices/" + platform + "/LICENSE": 0o600, "notices/" + platform + "/sbom.cdx.json": 0o600, "notices/" + platform + "/licences/a/LICENSE": 0o600,
			"certificates.crt": 0o600,
		} {
			put(t, filepath.Join(root, name), name, mode)
		}
	}
	return build{programs: filepath.Join(root, "programs"), notices: filepath.Join(root, "notices"), certificates: filepath.Join(root, "certificates.crt"), version: "1.2.3"}
}

func withShell(b build) build {
	b.busybox = filepath.Join(filepath.Dir(b.programs), "busybox")
	return b
}

func put(t *testing.T, name, content string, mode fs.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(t, os.WriteFile(name, []byte(content), mode))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// built is what run writes, and what it tells.
func built(t *testing.T, b build, architectures ...string) (out, told string) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "images", "accord")
	var said bytes.Buffer
	must(t, run(b, out, "", architectures, &said))
	return out, said.String()
}

type packed struct {
	header tar.Header
	body   string
}

// inside are the files of the only layer of an image.
func inside(t *testing.T, b build, architecture string) []packed {
	t.Helper()
	image, err := b.image(architecture)
	must(t, err)
	layers, err := image.Layers()
	must(t, err)
	expect(t, "layers", len(layers), 1)
	open, err := layers[0].Uncompressed()
	must(t, err)
	defer open.Close()
	var all []packed
	for r := tar.NewReader(open); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		body, err := io.ReadAll(r)
		must(t, err)
		all = append(all, packed{*header, string(body)})
	}
}

// listed is a file as the lists beside this one have it: the licences, which depend
// on what programs are made of, by their folder alone.
func listed(p packed) (string, bool) {
	name := "/" + strings.TrimSuffix(p.header.Name, "/")
	if strings.HasPrefix(name, "/usr/share/doc/accord/licences/") {
		return "", false
	}
	mode := p.header.FileInfo().Mode()
	kind := map[byte]string{tar.TypeDir: "d", tar.TypeReg: "-", tar.TypeSymlink: "l"}[p.header.Typeflag]
	permissions := mode.Perm().String()[1:]
	if mode&fs.ModeSticky != 0 {
		permissions = permissions[:8] + "t"
	}
	line := fmt.Sprintf("%s%s %d:%d %s", kind, permissions, p.header.Uid, p.header.Gid, name)
	if p.header.Linkname != "" {
		line += " " + p.header.Linkname
	}
	return line, true
}

func TestImage_holdsWhatIsListedAndNothingElse(t *testing.T) {
	for list, b := range map[string]build{"accord-static.list": fakes(t), "accord.list": withShell(fakes(t))} {
		content, err := os.ReadFile(list)
		must(t, err)
		want := strings.Split(strings.TrimSpace(string(content)), "\n")
		for _, architecture := range architectures {
			var got []string
			for _, file := range inside(t, b, architecture) {
				if line, counts := listed(file); counts {
					got = append(got, line)
				}
			}
			slices.SortFunc(got, byName)
			slices.SortFunc(want, byName)
			if !slices.Equal(got, want) {
				t.Errorf("%s for %s differs:\n%s\ninstead of\n%s", list, architecture, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// byName is an order of lines of a list by the names in them.
func byName(a, b string) int { return strings.Compare(strings.Fields(a)[2], strings.Fields(b)[2]) }

// A folder stands before what is in it, and nothing stands there twice: engines unpack
// in the order of the layer, with what comes later on top.
func TestLayer_hasEachFolderBeforeWhatIsInIt(t *testing.T) {
	known := map[string]bool{"./": true}
	for _, file := range inside(t, withShell(fakes(t)), "amd64") {
		name := file.header.Name
		if known[name] {
			t.Errorf("%s stands there twice", name)
		}
		parent := "./"
		if at := strings.LastIndexByte(strings.TrimSuffix(name, "/"), '/'); at >= 0 {
			parent = name[:at+1]
		}
		if !known[parent] {
			t.Errorf("%s stands before its folder %s", name, parent)
		}
		if strings.HasPrefix(name, "/") || !filepath.IsLocal(name) {
			t.Errorf("%s is no name within the image", name)
		}
		known[name] = true
	}
}

func TestImage_holdsTheProgramsOfItsArchitecture(t *testing.T) {
	b := withShell(fakes(t))
	for _, architecture := range architectures {
		bodies := map[string]string{}
		for _, file := range inside(t, b, architecture) {
			bodies["/"+file.header.Name] = file.body
		}
		for name, want := range map[string]string{
			"/usr/bin/broker": "programs/linux-" + architecture + "/broker", "/usr/bin/can-i-deploy": "programs/linux-" + architecture + "/can-i-deploy",
			"/bin/busybox": "busybox/linux-" + architecture + "/busybox", "/etc/ssl/certs/ca-certificates.crt": "certificates.crt",
			"/usr/share/doc/accord/licences/a/LICENSE": "notices/linux-" + architecture + "/licences/a/LICENSE",
		} {
			expect(t, name, bodies[name], want)
		}
		passwd := strings.Split(strings.TrimSpace(bodies["/etc/passwd"]), "\n")
		expect(t, "users", len(passwd), 2)
		expect(t, "the user whom the image runs as", strings.Split(passwd[1], ":")[2], fmt.Sprint(uid))
		expect(t, "the home of that user", strings.Split(passwd[1], ":")[5], home)
		if !strings.HasPrefix(bodies[home+"/entrypoint.sh"], "#!/bin/sh\nexec broker") {
			t.Errorf("the script hands over to something else: %q", bodies[home+"/entrypoint.sh"])
		}
	}
}

// Whoever builds the same gets the same bytes, whatever the clock, the folder and the
// rights of files say.
func TestRun_givesTheSameBytesForTheSamePrograms(t *testing.T) {
	b := withShell(fakes(t))
	one, told := built(t, b, architectures...)
	other := withShell(fakes(t))
	must(t, os.Chmod(other.certificates, 0o444))
	again, toldAgain := built(t, other, architectures...)
	expect(t, "what is told", toldAgain, told)
	first, second := contents(t, filepath.Dir(one)), contents(t, filepath.Dir(again))
	if !maps.Equal(first, second) {
		t.Error("the files differ")
	}
	expect(t, "archives for docker load and a layout", len(slices.DeleteFunc(slices.Collect(maps.Keys(first)), func(name string) bool { return !strings.HasSuffix(name, ".tar") && name != "accord/index.json" })), 3)
	for name, change := range map[string]func(*build){
		"another program":      func(b *build) { put(t, filepath.Join(b.programs, "linux-arm64/broker"), "changed", 0o755) },
		"another version":      func(b *build) { b.version = "1.2.4" },
		"other certificates":   func(b *build) { put(t, b.certificates, "changed", 0o644) },
		"no shell":             func(b *build) { b.busybox = "" },
		"another notice":       func(b *build) { put(t, filepath.Join(b.notices, "linux-amd64/NEW"), "new", 0o644) },
		"nothing to read":      func(b *build) { b.notices = "" },
		"another architecture": func(b *build) { put(t, filepath.Join(b.busybox, "linux-arm64/busybox"), "changed", 0o644) },
	} {
		changed := withShell(fakes(t))
		change(&changed)
		if _, said := built(t, changed, architectures...); lastLine(said) == lastLine(told) {
			t.Errorf("%s: the digest is the same", name)
		}
	}
}

// lastLine tells the digest of all.
func lastLine(told string) string {
	lines := strings.Split(strings.TrimSpace(told), "\n")
	return lines[len(lines)-1]
}

func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(at)
		below, _ := filepath.Rel(root, at)
		found[below] = string(content)
		return err
	}))
	return found
}

func TestRun_writesOneIndexThatNamesEachArchitecture(t *testing.T) {
	out, told := built(t, fakes(t), architectures...)
	index, err := read(out)
	must(t, err)
	manifest, err := index.IndexManifest()
	must(t, err)
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.OS+"/"+m.Platform.Architecture)
	}
	if !slices.Equal(platforms, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("the index names %v", platforms)
	}
	digest, err := index.Digest()
	must(t, err)
	expect(t, "what is told at the end", lastLine(told), "accord "+digest.String())
	for _, architecture := range architectures {
		if !strings.Contains(told, "accord linux/"+architecture+": ") {
			t.Errorf("nothing is told of %s: %s", architecture, told)
		}
		image, err := tarball.ImageFromPath(out+"-"+architecture+".tar", nil)
		must(t, err)
		config, err := image.ConfigFile()
		must(t, err)
		expect(t, "the architecture that docker load finds", config.Architecture, architecture)
		loaded, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(out + "-" + architecture + ".tar") })
		must(t, err)
		expect(t, "the name that docker load gives it", loaded[0].RepoTags[0], "accord:latest")
	}
	must(t, run(fakes(t), out, "", []string{"amd64"}, io.Discard))
	index, err = read(out)
	must(t, err)
	manifest, err = index.IndexManifest()
	must(t, err)
	expect(t, "images after it was built again for one", len(manifest.Manifests), 1)
	blobs, err := os.ReadDir(filepath.Join(out, "blobs", "sha256"))
	must(t, err)
	expect(t, "what is left there: index, manifest, settings and files", len(blobs), 4)
}

// The Dockerfile makes accord-static, too: what both say is the same.
func TestConfig_isThatOfTheDockerfile(t *testing.T) {
	content, err := os.ReadFile("Dockerfile")
	must(t, err)
	said := map[string]string{}
	environment := map[string]string{}
	for line := range strings.Lines(strings.ReplaceAll(string(content), "\\\n", " ")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		said[word] = rest
		if word == "ENV" {
			for _, variable := range strings.Fields(rest) {
				name, value, _ := strings.Cut(variable, "=")
				environment[name] = value
			}
		}
	}
	image, err := fakes(t).image("amd64")
	must(t, err)
	file, err := image.ConfigFile()
	must(t, err)
	config := file.Config
	expect(t, "the user", config.User, said["USER"])
	expect(t, "the folder", config.WorkingDir, said["WORKDIR"])
	expect(t, "the program", fmt.Sprintf("%q", config.Entrypoint), said["ENTRYPOINT"])
	for port := range config.ExposedPorts {
		expect(t, "the port", port, said["EXPOSE"]+"/tcp")
	}
	expect(t, "how many variables there are", len(config.Env), len(environment))
	for _, variable := range config.Env {
		name, value, _ := strings.Cut(variable, "=")
		if want, both := environment[name]; name != "PATH" && (!both || value != want) {
			t.Errorf("%s is %q, and %q in the Dockerfile", name, value, want)
		}
	}
	expect(t, "the version", config.Labels["org.opencontainers.image.version"], "1.2.3")
	shell, err := withShell(fakes(t)).image("amd64")
	must(t, err)
	file, err = shell.ConfigFile()
	must(t, err)
	expect(t, "how the image with a shell begins", strings.Join(file.Config.Entrypoint, " "), "sh ./entrypoint.sh")
	expect(t, "its system", file.OS+"/"+file.Architecture, "linux/amd64")
}

func TestUnpack_makesTheFilesOfTheImageForThisMachine(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("files get their owners as root only")
	}
	out, _ := built(t, withShell(fakes(t)), architectures...)
	root := filepath.Join(t.TempDir(), "root")
	must(t, run(build{}, out, root, nil, io.Discard))
	for _, file := range inside(t, withShell(fakes(t)), runtime.GOARCH) {
		at := filepath.Join(root, file.header.Name)
		found, err := os.Lstat(at)
		must(t, err)
		if file.header.Typeflag == tar.TypeSymlink {
			target, err := os.Readlink(at)
			must(t, err)
			expect(t, at, target, file.header.Linkname)
			continue
		}
		expect(t, at, found.Mode(), file.header.FileInfo().Mode())
		if file.header.Typeflag == tar.TypeReg {
			content, err := os.ReadFile(at)
			must(t, err)
			expect(t, at, string(content), file.body)
		}
	}
}

func TestUnpack_leadsNowhereElse(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"../x", "/etc/x", "a/../../x", "..", ""} {
		if err := unpackOne(strings.NewReader("x"), &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, filepath.Join(root, "in")); err == nil {
			t.Errorf("%q was unpacked", name)
		}
	}
	found, err := os.ReadDir(root)
	must(t, err)
	expect(t, "files that were made", len(found), 0)
}

func TestRun_saysWhatIsMissing(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*build)
		want   string
	}{
		"a program":        {func(b *build) { must(t, os.Remove(filepath.Join(b.programs, "linux-amd64/can-i-deploy"))) }, "linux-amd64/can-i-deploy"},
		"all programs":     {func(b *build) { b.programs = "nowhere" }, "nowhere/linux-amd64/broker"},
		"the certificates": {func(b *build) { b.certificates = "nowhere.crt" }, "nowhere.crt"},
		"the notices":      {func(b *build) { must(t, os.RemoveAll(filepath.Join(b.notices, "linux-amd64"))) }, "notices/linux-amd64"},
		"the shell":        {func(b *build) { must(t, os.Remove(filepath.Join(b.busybox, "linux-amd64/busybox"))) }, "linux-amd64/busybox"},
	} {
		b := withShell(fakes(t))
		test.change(&b)
		out := filepath.Join(t.TempDir(), "accord")
		err := run(b, out, "", []string{"amd64"}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("without %s: %v", name, err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("without %s an image was written", name)
		}
	}
	for name, from := range map[string]string{"nothing": filepath.Join(t.TempDir(), "none"), "a folder of something else": t.TempDir()} {
		if err := run(build{}, from, t.TempDir(), nil, io.Discard); err == nil {
			t.Errorf("%s was unpacked", name)
		}
	}
	out, _ := built(t, fakes(t), otherArchitecture())
	if err := run(build{}, out, t.TempDir(), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "has 0 images for linux/"+runtime.GOARCH) {
		t.Errorf("an image for another machine was unpacked: %v", err)
	}
}

func otherArchitecture() string {
	if runtime.GOARCH == "amd64" {
		return "arm64"
	}
	return "amd64"
}
