// Package pactfile knows the format of pacts: when two contents are the same,
// what changed where they are not, what a contract demands and which states it
// names. Its functions are pure and work on JSON; a Body has been read once and
// is known to be well-formed.
package pactfile
