//go:build linux || darwin

package db

import "syscall"

// freeSpace is how many bytes may still be written to the disk of a folder.
func freeSpace(folder string) (bytes int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, false
	}
	return int64(uint64(disk.Bavail) * uint64(disk.Bsize)), true
}
