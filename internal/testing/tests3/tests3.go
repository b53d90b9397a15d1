// Package tests3 is a store that speaks the protocol of Amazon S3, for tests only.
// Where .ci/tools has put VersityGW it is that, a server that checks signatures and
// keeps what it holds in files; elsewhere one in the test's own process stands in,
// which checks no signatures. What either is asked, and how it answers, goes over
// the network.
package tests3

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
)

const (
	// Bucket is the one that there is.
	Bucket = "copies"
	// AccessKey is the one that the store knows.
	AccessKey = "known"
	// SecretKey is what belongs to it.
	SecretKey = "geheim"
)

// Server is a store with an empty bucket.
type Server struct {
	// URL is where it answers.
	URL string
	// Answer, if it is set, stands in for the store where it returns true.
	Answer func(w http.ResponseWriter, r *http.Request) bool
	// ChecksSignatures reports whether it is a store that knows what a secret key is for.
	ChecksSignatures bool
	handler          http.Handler
	front            *httptest.Server
	// itself reaches the store by no way that tests disturb.
	itself *minio.Client
}

// Start returns a store that answers until the test ends.
func Start(t *testing.T) *Server {
	t.Helper()
	way, installed := startGateway(t)
	if !installed {
		way = startStandIn(t)
	}
	s := &Server{ChecksSignatures: installed}
	proxy := way.proxy()
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Answer == nil || !s.Answer(w, r) {
			proxy.ServeHTTP(w, r)
		}
	})
	s.Return(t)
	var err error
	s.itself, err = minio.New(way.address.Host, &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, ""), Region: "us-east-1", Transport: way.transport})
	require.NoError(t, err)
	return s
}

// way leads to a store.
type way struct {
	address   *url.URL
	transport http.RoundTripper
}

// proxy hands requests on as they are signed, with the host that was asked.
func (w way) proxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport: w.transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(w.address)
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}

// startStandIn starts a store in this process.
func startStandIn(t *testing.T) way {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(Bucket))
	store := gofakes3.New(backend).Server()
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+AccessKey+"/") {
			Refuse(w, http.StatusForbidden, "InvalidAccessKeyId")
			return
		}
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(listening.Close)
	address, err := url.Parse(listening.URL)
	require.NoError(t, err)
	return way{address, http.DefaultTransport}
}

// Refuse answers as stores do.
func Refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>It is so.</Message></Error>")
}

// Vanish breaks off all that the store is being asked, and lets it answer nobody
// until it returns; Keys and Put still reach it.
func (s *Server) Vanish() {
	_ = s.front.Listener.Close() // it is closed again when the test ends
	s.front.CloseClientConnections()
}

// Return lets the store answer at a new URL.
func (s *Server) Return(t *testing.T) {
	t.Helper()
	s.front = httptest.NewServer(s.handler)
	s.URL = s.front.URL
	t.Cleanup(s.front.Close)
}

// Put puts something into the bucket, with what is told beside it.
func (s *Server) Put(t *testing.T, key, body string, beside map[string]string) {
	t.Helper()
	_, err := s.itself.PutObject(t.Context(), Bucket, key, strings.NewReader(body), int64(len(body)), minio.PutObjectOptions{UserMetadata: beside})
	require.NoError(t, err)
}

// Keys are the names of all that the bucket holds.
func (s *Server) Keys(t *testing.T) []string {
	t.Helper()
	names := []string{}
	for object := range s.itself.ListObjectsIter(t.Context(), Bucket, minio.ListObjectsOptions{Recursive: true}) {
		require.NoError(t, object.Err)
		names = append(names, object.Key)
	}
	return names
}
