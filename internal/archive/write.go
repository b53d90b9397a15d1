package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// Compression is how the bytes of an archive are made smaller.
type Compression string

// The compressions of archives.
const (
	Plain Compression = "none"
	Zstd  Compression = "zstd"
	Gzip  Compression = "gzip"
)

// Writer writes an archive. Equal records give equal bytes.
type Writer struct {
	out      *bufio.Writer
	packer   io.WriteCloser
	sum      hash.Hash
	line     bytes.Buffer
	encoder  *json.Encoder
	counts   map[Kind]int64
	last     int
	position map[Kind]int
	// longest is how long a line may be.
	longest int
}

// ErrTooLong is for a record whose line nobody would read again.
var ErrTooLong = fmt.Errorf("its line in the archive would be longer than %d MB, which is refused when it is read: move the database as a whole, by a backup", longestLine>>20)

// NewWriter begins an archive.
func NewWriter(to io.Writer, how Compression, header Header) (*Writer, error) {
	w := &Writer{sum: sha256.New(), counts: map[Kind]int64{}, position: map[Kind]int{}, longest: longestLine}
	for i, kind := range Kinds {
		w.position[kind] = i
	}
	var err error
	switch how {
	case Zstd:
		w.packer, err = zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	case Gzip:
		w.packer = gzip.NewWriter(to)
	case Plain:
		w.packer = unpacked{to}
	default:
		err = fmt.Errorf("archive: the compression must be zstd, gzip or none, not %q", how)
	}
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewWriterSize(w.packer, 64<<10)
	w.encoder = json.NewEncoder(&w.line)
	w.encoder.SetEscapeHTML(false)
	header.Format, header.Version = Format, FormatVersion
	header.Only, header.Omitted = list(header.Only), list(header.Omitted)
	return w, w.put(kindHeader, header)
}

// unpacked writes bytes as they are.
type unpacked struct{ io.Writer }

// Close has nothing to write.
func (unpacked) Close() error { return nil }

func list(texts []string) []string { return append([]string{}, texts...) }

// Write adds a record, which must not be of a kind that belongs before the last. Of one
// that is too long nothing is written, and the error is ErrTooLong.
func (w *Writer) Write(r Record) error {
	at := w.position[r.Kind()]
	if at < w.last {
		return fmt.Errorf("archive: a record of kind %s stands behind one of kind %s", r.Kind(), Kinds[w.last])
	}
	if webhook, is := r.(*Webhook); is && webhook.Plain {
		return fmt.Errorf("archive: webhook %s holds secrets that must not be written", webhook.UUID)
	}
	if err := w.put(r.Kind(), r); err != nil {
		return fmt.Errorf("archive: write %s: %w", named(r), err)
	}
	w.last = at
	w.counts[r.Kind()]++
	return nil
}

// named names a record that may be long, others by their kind.
func named(r Record) string {
	switch r := r.(type) {
	case *Content:
		return fmt.Sprintf("contract %s of %s and %s", r.SHA, r.Consumer, r.Provider)
	case *Result:
		return fmt.Sprintf("result %d of contract %s of %s and %s", r.Number, r.SHA, r.Consumer, r.Provider)
	case *Document:
		return fmt.Sprintf("document %s of %s", r.SHA, r.Provider)
	case *Contract:
		return fmt.Sprintf("provider contract %s of %s %s", r.Name, r.Provider, r.Version)
	case *Attempt:
		return "an attempt of delivery " + r.Delivery
	}
	return "a record of kind " + string(r.Kind())
}

// Counts are how many records of each kind have been written.
func (w *Writer) Counts() map[Kind]int64 { return w.counts }

// Close ends the archive; without that it is refused when it is read.
func (w *Writer) Close() error {
	last := end{Records: w.counts, SHA256: hex.EncodeToString(w.sum.Sum(nil))}
	return errors.Join(w.put(kindEnd, last), w.out.Flush(), w.packer.Close())
}

// put writes one line: the kind, then the members of the value.
func (w *Writer) put(kind Kind, value any) error {
	w.line.Reset()
	if err := w.encoder.Encode(value); err != nil {
		return err
	}
	const keepUpTo = 4 << 20
	start := `{"kind":"` + string(kind) + `",`
	if kind.mayBePassedOver() {
		start += `"optional":true,`
	}
	rest := w.line.Bytes()[1:]
	if len(start)+len(rest) > w.longest {
		w.line = bytes.Buffer{}
		w.encoder = json.NewEncoder(&w.line)
		w.encoder.SetEscapeHTML(false)
		return ErrTooLong
	}
	if kind != kindEnd {
		w.sum.Write([]byte(start))
		w.sum.Write(rest)
	}
	_, err := w.out.WriteString(start)
	if err == nil {
		_, err = w.out.Write(rest)
	}
	if w.line.Cap() > keepUpTo {
		w.line = bytes.Buffer{}
		w.encoder = json.NewEncoder(&w.line)
		w.encoder.SetEscapeHTML(false)
	}
	return err
}

// SetText keeps the body of a content, in base64 if it is not UTF-8.
func (c *Content) SetText(body []byte) { c.Body, c.BodyBase64 = written(body) }

// Text is the body of a content.
func (c *Content) Text() ([]byte, error) { return read("content "+c.SHA, c.Body, c.BodyBase64) }

// SetText keeps the body of a document, in base64 if it is not UTF-8.
func (d *Document) SetText(body []byte) { d.Body, d.BodyBase64 = written(body) }

// Text is the body of a document.
func (d *Document) Text() ([]byte, error) { return read("document "+d.SHA, d.Body, d.BodyBase64) }

// SetText keeps a report, in base64 if it is not UTF-8.
func (e *Evidence) SetText(body []byte) { e.Body, e.BodyBase64 = written(body) }

// Text is a report, empty if there is none.
func (e *Evidence) Text() ([]byte, error) {
	if e.Body == nil && e.BodyBase64 == nil {
		return nil, nil
	}
	return read("a report", e.Body, e.BodyBase64)
}

// written is a body as it stands in an archive.
func written(body []byte) (plain, coded *string) {
	text := string(body)
	if !utf8.Valid(body) {
		text = base64.StdEncoding.EncodeToString(body)
		return nil, &text
	}
	return &text, nil
}

// read is a body that stands in an archive.
func read(what string, plain, coded *string) ([]byte, error) {
	switch {
	case plain != nil:
		return []byte(*plain), nil
	case coded != nil:
		body, err := base64.StdEncoding.DecodeString(*coded)
		if err != nil {
			return nil, fmt.Errorf("archive: the body of %s is not in base64", what)
		}
		return body, nil
	}
	return nil, fmt.Errorf("archive: %s has no body", what)
}
