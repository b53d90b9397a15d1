package db

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sumEnding ends the name of the file beside a backup that holds its SHA-256, in the
// form that sha256sum writes and checks.
const sumEnding = ".sha256"

// ErrChanged is for a backup that is not as it was written.
var ErrChanged = errors.New("it is not what was written: some of it was changed or lost since")

// writeSum writes the sum of a draft beside the name that it will have.
func writeSum(draft, name string) error {
	sum, err := sumOf(draft)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(name+sumEnding, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s  %s\n", sum, filepath.Base(name))
	return errors.Join(err, file.Sync(), file.Close())
}

// compareSum compares a backup with the sum beside it. It returns false if there is
// none, and ErrChanged if it is another.
func compareSum(name string) (compared bool, err error) {
	text, err := os.ReadFile(name + sumEnding)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sum, err := sumOf(name)
	if err != nil {
		return false, err
	}
	if want, _, _ := strings.Cut(string(text), " "); !strings.EqualFold(strings.TrimSpace(want), sum) {
		return false, fmt.Errorf("%w (%s)", ErrChanged, name+sumEnding)
	}
	return true, nil
}

func sumOf(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	return hex.EncodeToString(hash.Sum(nil)), err
}

// removeBackup removes a backup and its sum.
func removeBackup(name string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return removeSum(name)
}

func removeSum(name string) error {
	if err := os.Remove(name + sumEnding); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
