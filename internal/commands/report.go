package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/accord-broker/accord/internal/store"
)

// report tells what a command does: as text to people, or as one JSON object when
// all is done. Progress goes to standard error.
type report struct {
	shell Shell
	json  bool
	// news is set where something is done again and again, and only what changed is told.
	news *news
}

// news is what was told already.
type news struct {
	told map[string]bool
	// again tells that it was done at least once.
	again bool
}

func checkOutput(format string) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("--output is %q, but must be text or json", format)
	}
	return nil
}

// visible is a text in one line, without what would steer a terminal or turn the
// direction of writing: names come from other people's files and brokers.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

// say tells people a sentence or more, in lines of at most 80 columns.
func (r report) say(format string, args ...any) {
	if !r.json {
		fmt.Fprintln(r.shell.Out, wrapped(fmt.Sprintf(format, args...), ""))
	}
}

// sayOnce is say, but for what was told before.
func (r report) sayOnce(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if r.news != nil {
		if r.news.told[text] {
			return
		}
		r.news.told[text] = true
	}
	r.say("%s", text)
}

// done writes the JSON of what was done.
func (r report) done(result any) error {
	if !r.json {
		return nil
	}
	encoder := json.NewEncoder(r.shell.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return fail(encoder.Encode(result))
}

// failing is a result with a place for what went wrong.
type failing interface{ because(err error) any }

// failed tells why the work was not done, or not all of it.
func (r report) failed(result failing, err error) error {
	if !r.json {
		fmt.Fprintln(r.shell.Err, wrapped("broker: "+withAdvice(err), ""))
		return exitCode{exitFailed}
	}
	if err := r.done(result.because(err)); err != nil {
		return err
	}
	return exitCode{exitFailed}
}

// failedAt tells why the work was not done, unless the command was called wrongly.
func (r report) failedAt(result failing, err error) error {
	if !errors.As(err, new(failed)) {
		return err
	}
	return r.failed(result, err)
}

// progressEvery is how often long work says how far it is.
const progressEvery = 2 * time.Second

// steps returns what tells, from time to time, how far reading has come.
func (r report) steps() store.Progress {
	last := time.Now()
	return func(part store.Part, done, all int64) {
		if r.json || time.Since(last) < progressEvery {
			return
		}
		last = time.Now()
		fmt.Fprintf(r.shell.Err, "reading %s: %d %%\n", partNames[part], 100*done/max(all, 1))
	}
}

// progress returns what tells, from time to time, how many bytes are done.
func (r report) progress(done string) func(now, all int64) {
	last := time.Now()
	return func(now, all int64) {
		if r.json || all == 0 || time.Since(last) < progressEvery {
			return
		}
		last = time.Now()
		fmt.Fprintf(r.shell.Err, "%s %s of %s (%d %%)\n", done, size(now), size(all), 100*now/all)
	}
}

// ticks returns what tells a line about long work from time to time.
func (r report) ticks() func(line string) {
	last := time.Now()
	return func(line string) {
		if r.json || time.Since(last) < progressEvery {
			return
		}
		last = time.Now()
		fmt.Fprintln(r.shell.Err, line)
	}
}
