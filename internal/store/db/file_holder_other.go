//go:build !linux

package db

// hasOwnLocks reports whether locks on the file are independent of SQLite's, which
// is known of Linux only.
func hasOwnLocks(string) bool { return false }

// holderOf names the process that has locked the file under another name.
func holderOf(string) string { return "a process that knows the file by another name" }
