package edge

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// maxAddress is how long a path and its query may be: enough for questions with
	// hundreds of selectors.
	maxAddress = 512 << 10
	// maxHeaders is how large the headers of a request together may be.
	maxHeaders = 64 << 10
)

// withinLimits returns a failure if the address or the headers are too large.
func withinLimits(r *http.Request) error {
	if len(r.URL.Path)+len(r.URL.RawQuery) > maxAddress {
		return fault.New(fault.Malformed, "The address is longer than the %d bytes that this broker reads.", maxAddress).Coded("address_too_long", "")
	}
	size := 0
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	if size > maxHeaders {
		return fault.New(fault.Malformed, "The headers are larger than the %d bytes that this broker reads.", maxHeaders).Coded("headers_too_large", "")
	}
	return nil
}

// packed packs answers with zstd or gzip for clients that take them so. Streams of
// events are sent as they are, so that each event leaves at once.
func packed(next http.Handler) http.Handler {
	pack, err := gzhttp.NewWrapper(gzhttp.ContentTypeFilter(func(media string) bool {
		return !strings.HasPrefix(media, EventStream) && gzhttp.DefaultContentTypeFilter(media)
	}))
	if err != nil {
		panic(err) // the options are ours
	}
	return pack(next)
}
