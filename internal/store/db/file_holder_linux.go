package db

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// nfs is the number by which Linux knows the Network File System.
const nfs = 0x6969

// hasOwnLocks reports whether locks on the file are independent of SQLite's.
func hasOwnLocks(path string) bool {
	var on syscall.Statfs_t
	return syscall.Statfs(path, &on) == nil && on.Type != nfs
}

// holderOf names the process that has locked the file under another name.
func holderOf(path string) string {
	const unknown = "a process that knows the file by another name"
	found, err := os.Stat(path)
	if err != nil {
		return unknown
	}
	of, ok := found.Sys().(*syscall.Stat_t)
	locks, err := os.ReadFile("/proc/locks")
	if err != nil || !ok {
		return unknown
	}
	inode := fmt.Sprintf(":%d", of.Ino)
	for line := range strings.Lines(string(locks)) {
		// 1: FLOCK ADVISORY WRITE 4711 08:01:123456 0 EOF
		fields := strings.Fields(line)
		if len(fields) > 5 && fields[1] == "FLOCK" && fields[3] == "WRITE" && strings.HasSuffix(fields[5], inode) {
			return "process " + fields[4] + ", which knows the file by another name"
		}
	}
	return unknown
}
