// Package ownpacts verifies what the programs of this repository need of a broker.
// Its tests need the native Pact library and stand behind the build tag pact.
package ownpacts
