package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/klauspost/compress/zstd"
)

const (
	// longestLine is how long a line may be, longestHeader the first.
	longestLine   = 256 << 20
	longestHeader = 1 << 20
	// largestWindow is how far back zstd may refer: what its own program takes.
	largestWindow = 128 << 20
	// partOfLine is in what pieces long lines are read, so that one that is too long
	// takes no more memory than it may have.
	partOfLine = 4 << 20
)

// Reasons for which an archive is not read.
var (
	ErrNoArchive = errors.New("this is no archive of Accord: its first line must say so (see docs/archive.md)")
	ErrCutOff    = errors.New("the archive is cut off: its last line is missing; take it again")
	ErrAltered   = errors.New("the archive was altered or damaged: it is not what was written; take it again")
)

// Reader reads an archive, one record at a time.
type Reader struct {
	in     *bufio.Reader
	closer func()
	header Header
	sum    hash.Hash
	counts map[Kind]int64
	lines  int64
	// latest is the kind of those so far that comes last in the order of kinds.
	latest Kind
	line   []byte
}

// NewReader begins to read an archive, compressed or not.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{sum: sha256.New(), counts: map[Kind]int64{}, closer: func() {}}
	buffered := bufio.NewReaderSize(from, 64<<10)
	start, _ := buffered.Peek(4) // shorter ones are no archive
	switch {
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		unpacked, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(largestWindow))
		if err != nil {
			return nil, fmt.Errorf("archive: %w", err)
		}
		r.closer = unpacked.Close
		buffered = bufio.NewReaderSize(unpacked, 64<<10)
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(buffered)
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, ErrCutOff
		}
		if err != nil {
			return nil, fmt.Errorf("archive: %w", err)
		}
		buffered = bufio.NewReaderSize(unpacked, 64<<10)
	}
	r.in = buffered
	return r, r.readHeader()
}

// Close lets go of what was needed to read.
func (r *Reader) Close() { r.closer() }

// Header is the first line.
func (r *Reader) Header() Header { return r.header }

// Each hands over one record after the other until the archive ends or take
// returns an error. It fails if the archive is not whole.
func (r *Reader) Each(want func(Kind) bool, take func(Record) error) error {
	for {
		record, err := r.next(want)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = take(record)
		}
		if err != nil {
			return err
		}
	}
}

func (r *Reader) readHeader() error {
	line, err := r.readLine(longestHeader)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) && kindOf(line) == kindHeader {
		return ErrCutOff
	}
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return fmt.Errorf("archive: %w", err)
	}
	if err != nil || kindOf(line) != kindHeader || json.Unmarshal(line, &r.header) != nil || r.header.Format != Format {
		return ErrNoArchive
	}
	if r.header.Version > FormatVersion {
		return fmt.Errorf("the archive has version %d, and this program reads up to %d: use a newer Accord", r.header.Version, FormatVersion)
	}
	r.sum.Write(line)
	return nil
}

// Next returns the next record, or io.EOF behind the last one of an archive that
// is whole.
func (r *Reader) Next() (Record, error) { return r.next(nil) }

func (r *Reader) next(want func(Kind) bool) (Record, error) {
	for {
		line, err := r.readLine(longestLine)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, ErrCutOff
		}
		if err != nil {
			return nil, r.at(err)
		}
		kind := kindOf(line)
		if kind == kindEnd {
			return nil, r.checkEnd(line)
		}
		r.sum.Write(line)
		r.counts[kind]++
		makeBlank, known := blank[kind]
		if !known {
			if optional(line) {
				continue
			}
			return nil, r.at(fmt.Errorf("the kind of record %q is not known: use a newer Accord", kind))
		}
		if slices.Index(Kinds, kind) < slices.Index(Kinds, r.latest) {
			return nil, r.at(fmt.Errorf("a record of kind %s stands behind one of kind %s, and belongs before it "+
				"(see docs/archive.md)", kind, r.latest))
		}
		r.latest = kind
		if want != nil && !want(kind) {
			continue
		}
		record := makeBlank()
		if err := unmarshal(line, record); err != nil {
			return nil, r.at(err)
		}
		return record, nil
	}
}

func (r *Reader) at(err error) error { return fmt.Errorf("line %d of the archive: %w", r.lines, err) }

// errNoObject is for lines that cannot be a record.
var errNoObject = errors.New("it is no JSON object")

// readLine reads a line with its end, which may be so long. What it returns stays until
// the next call.
func (r *Reader) readLine(longest int) ([]byte, error) {
	if cap(r.line) > partOfLine {
		r.line = nil
	}
	r.line = r.line[:0]
	r.lines++
	var before [][]byte
	for length := 0; ; {
		part, err := r.in.ReadSlice('\n')
		if length == 0 && len(part) > 0 && part[0] != '{' {
			return nil, errNoObject
		}
		if length += len(part); length > longest {
			return nil, fmt.Errorf("it is longer than %d MB", longest>>20)
		}
		if len(r.line)+len(part) > partOfLine {
			before = append(before, r.line)
			r.line = make([]byte, 0, partOfLine)
		}
		r.line = append(r.line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(before) > 0 {
			r.line = slices.Concat(append(before, r.line)...)
		}
		return r.line, err
	}
}

func (r *Reader) checkEnd(line []byte) error {
	var last end
	if err := unmarshal(line, &last); err != nil {
		return r.at(err)
	}
	if last.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) || !maps.Equal(last.Records, r.counts) {
		return ErrAltered
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return ErrAltered
	}
	return io.EOF
}

// kindOf reads what a line is about.
func kindOf(line []byte) Kind {
	// Archives that were written here have the kind first.
	if rest, found := bytes.CutPrefix(line, []byte(`{"kind":"`)); found {
		if kind, _, found := bytes.Cut(rest, []byte(`"`)); found {
			return Kind(kind)
		}
	}
	var named struct {
		Kind Kind `json:"kind"`
	}
	if json.Unmarshal(line, &named) != nil {
		return ""
	}
	return named.Kind
}

func optional(line []byte) bool {
	var said struct {
		Optional bool `json:"optional"`
	}
	return json.Unmarshal(line, &said) == nil && said.Optional
}
