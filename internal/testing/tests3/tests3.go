// Package tests3 is a store that speaks the protocol of Amazon S3, for tests only:
// what it is asked, and how it answers, goes over the network.
package tests3

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
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
	Answer  func(w http.ResponseWriter, r *http.Request) bool
	backend *s3mem.Backend
}

// Start returns a store that answers until the test ends.
func Start(t *testing.T) *Server {
	t.Helper()
	s := &Server{backend: s3mem.New()}
	require.NoError(t, s.backend.CreateBucket(Bucket))
	store := gofakes3.New(s.backend).Server()
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.Contains(r.Header.Get("Authorization"), "Credential="+AccessKey+"/"):
			Refuse(w, http.StatusForbidden, "InvalidAccessKeyId")
		case s.Answer == nil || !s.Answer(w, r):
			store.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(listening.Close)
	s.URL = listening.URL
	return s
}

// Refuse answers as stores do.
func Refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>It is so.</Message></Error>")
}

// Put puts something into the bucket. Headers may be nil.
func (s *Server) Put(t *testing.T, key, body string, headers map[string]string) {
	t.Helper()
	_, err := s.backend.PutObject(Bucket, key, headers, strings.NewReader(body), int64(len(body)), nil)
	require.NoError(t, err)
}

// Keys are the names of all that the bucket holds.
func (s *Server) Keys(t *testing.T) []string {
	t.Helper()
	found, err := s.backend.ListBucket(Bucket, nil, gofakes3.ListBucketPage{})
	require.NoError(t, err)
	names := []string{}
	for _, object := range found.Contents {
		names = append(names, object.Key)
	}
	return names
}
