package edge

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"

	"github.com/accord-broker/accord/internal/support/fault"
)

// maxWindow is how far back a body packed with zstd may refer. 8 MiB are what RFC 9659
// lets all who pack for the web rely on.
const maxWindow = 8 << 20

// readBody reads the body within the limit of its route, unpacked if it is
// packed with gzip. A large one takes its size from the budget before it is read.
func readBody(c *gin.Context, x *requestState) ([]byte, error) {
	limit, factor := x.bodyLimit()
	if c.Request.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	sent := &pacedBody{ReadCloser: c.Request.Body, control: x.control, within: x.partWithin}
	c.Request.Body = sent
	stream, size, err := unpacked(c.Request)
	if err != nil {
		return nil, err
	}
	body, err := fill(stream, nil, sizeOr(freeBody, size))
	if err == nil && len(body) == freeBody {
		defer sent.hurry()()
		taken, err := x.bodies.take(c.Request.Context(), sizeOr(limit, size)*factor)
		if err != nil {
			// Many clients read no answer before they have sent all.
			_, _ = io.CopyN(io.Discard, c.Request.Body, limit)
			return nil, err
		}
		if size > 0 {
			body = append(make([]byte, 0, size), body...)
		}
		body, err = fill(stream, body, sizeOr(limit+1, size))
		x.shares = append(x.shares, taken.keep(int64(len(body))*factor))
		if err != nil {
			return nil, unreadableBody(c.Request.Context(), err)
		}
	}
	switch {
	case err != nil:
		return nil, unreadableBody(c.Request.Context(), err)
	case int64(len(body)) > limit:
		return nil, tooLarge(limit)
	}
	return body, nil
}

// sizeOr returns the smaller of a limit and a size, which is negative if it is
// not known.
func sizeOr(limit, size int64) int64 {
	if size < 0 {
		return limit
	}
	return min(limit, size)
}

// bodyLimit is how large the body may be, and how much more memory it needs.
func (x *requestState) bodyLimit() (limit, factor int64) {
	if x.route != nil && x.route.LargeBody {
		return x.maxBody, 1
	}
	return min(x.maxBody, smallBody), smallFactor
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "The request body is larger than the %d bytes that this address of the broker takes.", limit)
}

// unpacked returns the body as it was before the client packed it, and its size
// if that is known, else -1.
func unpacked(r *http.Request) (io.Reader, int64, error) {
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		return r.Body, r.ContentLength, nil
	case "gzip", "x-gzip":
		stream, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, 0, notPacked("gzip", err)
		}
		return stream, -1, nil
	case "zstd":
		stream, err := zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, 0, notPacked("zstd", err)
		}
		return stream, -1, nil
	default:
		return nil, 0, refusal{
			code: "unsupported_encoding", media: HALJSON,
			detail: fmt.Sprintf("The request body is packed with %q, which this broker does not unpack.", coding),
			remedy: "Send it as it is, or packed with gzip or zstd.",
		}
	}
}

func notPacked(coding string, err error) error {
	return fault.New(fault.Malformed, "The request body is not packed with %s, as Content-Encoding says.", coding).Because(err)
}

// fill reads on until the stream ends or the body has so many bytes.
func fill(stream io.Reader, body []byte, most int64) ([]byte, error) {
	for int64(len(body)) < most {
		if len(body) == cap(body) {
			grown := make([]byte, len(body), min(max(2*int64(cap(body)), freeBody), most))
			copy(grown, body)
			body = grown
		}
		n, err := stream.Read(body[len(body):min(int64(cap(body)), most)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return body, nil
}

func unreadableBody(ctx context.Context, err error) error {
	// The end of the time ends the context of the request, too.
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.New(fault.Malformed, "The request body did not arrive in time.").Coded("body_too_slow", "").Because(err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, zstd.ErrMagicMismatch) {
		return notPacked("zstd", err)
	}
	return fault.New(fault.Malformed, "The request body could not be read to its end.").Because(err)
}
