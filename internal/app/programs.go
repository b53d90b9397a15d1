package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// howToCall tells how somebody who stands where the broker was started calls a
// program: by its name where the shell finds it, else by the path of the one
// beside the broker or, in a checkout, of the one that its tools have brought or
// that Go can run. Where it is nowhere, it is called by its name.
func howToCall(program string) string {
	if _, err := exec.LookPath(program); err == nil {
		return program
	}
	broker, err := os.Executable()
	if err != nil {
		broker = ""
	}
	for _, path := range []string{filepath.Join(filepath.Dir(broker), program), filepath.Join(".tools", "bin", program)} {
		if _, err := exec.LookPath(path); err == nil {
			return fromHere(path)
		}
	}
	if _, err := os.Stat(filepath.Join("cmd", program, "main.go")); err == nil {
		return "go run ./cmd/" + program
	}
	return program
}

// fromHere is the path as it is written in the working folder: relative if it
// is below that.
func fromHere(path string) string {
	folder, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	relative, err := filepath.Rel(folder, path)
	if err != nil || strings.HasPrefix(relative, "..") {
		return path
	}
	if !strings.Contains(relative, string(filepath.Separator)) {
		return "." + string(filepath.Separator) + relative // a shell looks a bare name up elsewhere
	}
	return relative
}
