package backups

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/accord-broker/accord/internal/store/db"
)

const (
	// scheme begins the address of a place in a store.
	scheme = "s3://"
	// digestKey names, beside a copy, the SHA-256 of its bytes.
	digestKey = "Accord-Sha256"
	// tries is how often a request is sent to a store that does not answer.
	tries = 4
	// roleTimeout is how long a machine of Amazon may take to tell the keys of its role.
	roleTimeout = 5 * time.Second
)

// Store says how a store is reached that speaks the protocol of Amazon S3.
type Store struct {
	// Endpoint is its address, with http or https.
	Endpoint, Region string
	// AccessKey and SecretKey are what the store knows the broker by; if both are
	// empty, Amazon's machines and containers are asked for the keys of their role.
	AccessKey, SecretKey string
}

// bucket is a place in a store.
type bucket struct {
	client       *minio.Client
	store        Store
	name, prefix string
}

func openBucket(address string, store Store) (*bucket, error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(address, scheme), "/")
	endpoint, err := url.Parse(store.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("read the address of the store: %w", err)
	}
	keys := credentials.NewStaticV4(store.AccessKey, store.SecretKey, "")
	if store.AccessKey == "" {
		keys = credentials.New(&credentials.IAM{Client: &http.Client{Timeout: roleTimeout}})
	}
	client, err := minio.New(endpoint.Host, &minio.Options{Creds: keys, Secure: endpoint.Scheme == "https", Region: store.Region, MaxRetries: tries})
	if err != nil {
		return nil, fmt.Errorf("reach the store at %s: %w", store.Endpoint, err)
	}
	return &bucket{client: client, store: store, name: name, prefix: strings.Trim(prefix, "/")}, nil
}

// authorize makes sure that there are keys to show.
func (b *bucket) authorize() error {
	if _, err := b.client.GetCreds(); err != nil {
		return fmt.Errorf("no keys for the store are set, and this machine has no role that has some; set PACT_BROKER_BACKUP_S3_ACCESS_KEY and PACT_BROKER_BACKUP_S3_SECRET_KEY (%w)", err)
	}
	return nil
}

// key is the name of a copy in the store, address the one by which people know it.
func (b *bucket) key(name string) string     { return path.Join(b.prefix, name) }
func (b *bucket) address(name string) string { return scheme + path.Join(b.name, b.key(name)) }

// sending ends the name of the folder beside the database in which a copy is made
// before it is sent.
const sending = ".sending"

// Take copies the database beside itself, sends the copy, and reads it back. What
// the store has not kept as it was sent, it does not keep at all.
func (b *bucket) Take(ctx context.Context, options Options) (db.Backup, error) {
	file, isFile := db.SQLitePath(options.URL)
	if !isFile {
		return db.Backup{}, errors.New("only SQLite databases are copied")
	}
	// What is wrong with the store is better known before much is copied.
	if _, err := b.names(ctx, file); err != nil {
		return db.Backup{}, err
	}
	if _, err := os.Stat(file); err != nil {
		return db.Backup{}, fmt.Errorf("%s: %w", file, db.ErrNothingThere)
	}
	if err := os.Mkdir(file+sending, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return db.Backup{}, fmt.Errorf("make a folder for the copy: %w", err)
	}
	var kept db.Backup
	_, err := db.TakeBackup(ctx, db.BackupOptions{
		URL: options.URL, Folder: file + sending, At: options.At, Progress: options.Progress,
		Send: func(ctx context.Context, made db.Backup) (err error) {
			kept, err = b.send(ctx, file, made, options)
			return err
		},
	})
	return kept, err
}

// send sends a copy, checks what has arrived, and deletes older ones.
func (b *bucket) send(ctx context.Context, file string, made db.Backup, options Options) (db.Backup, error) {
	name := filepath.Base(made.File)
	names, err := b.names(ctx, file)
	if err != nil {
		return db.Backup{}, err
	}
	if slices.Contains(names, name) {
		return db.Backup{}, fmt.Errorf("%s is there already; try again in a second", b.address(name))
	}
	digest, err := b.put(ctx, name, made, options.Progress)
	if err != nil {
		return db.Backup{}, err
	}
	if err := b.check(ctx, name, digest); err != nil {
		// The copy is deleted even if the broker is being stopped.
		return db.Backup{}, errors.Join(err, b.delete(context.WithoutCancel(ctx), name))
	}
	made.File = b.address(name)
	if err := made.Incomplete(); err != nil || options.Keep == 0 {
		return made, err
	}
	names = append(names, name)
	for _, old := range names[:max(len(names)-options.Keep, 0)] {
		if err := b.delete(ctx, old); err != nil {
			return made, fmt.Errorf("the backup is done, but an older one could not be deleted: %w", err)
		}
		made.Deleted = append(made.Deleted, b.address(old))
	}
	return made, nil
}

// put sends a file, and returns the digest of what it sent.
func (b *bucket) put(ctx context.Context, name string, made db.Backup, progress Progress) (digest string, err error) {
	file, err := os.Open(made.File)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if digest, err = digestOf(file); err != nil {
		return "", err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	// The digest that is sent along signs the bytes, and buckets that lock what they
	// hold ask for it. It has the parts of a large copy sent one after the other.
	_, err = b.client.PutObject(ctx, b.name, b.key(name), file, made.Size, minio.PutObjectOptions{
		ContentType: "application/vnd.sqlite3", UserMetadata: map[string]string{digestKey: digest},
		SendContentMd5: true, DisableContentSha256: true,
		Progress: &sent{all: made.Size, tell: progress},
	})
	return digest, b.explained("send the backup to "+b.address(name), err)
}

// check reads a copy back from the store.
func (b *bucket) check(ctx context.Context, name, want string) error {
	object, err := b.client.GetObject(ctx, b.name, b.key(name), minio.GetObjectOptions{})
	if err != nil {
		return b.explained("read the backup back from "+b.address(name), err)
	}
	defer object.Close()
	found, err := digestOf(object)
	if err != nil {
		return b.explained("read the backup back from "+b.address(name), err)
	}
	if found != want {
		return fmt.Errorf("%s is not what was sent: the store has changed or lost some of it, and the copy is deleted; try another store", b.address(name))
	}
	return nil
}

func (b *bucket) delete(ctx context.Context, name string) error {
	return b.explained("delete "+b.address(name), b.client.RemoveObject(ctx, b.name, b.key(name), minio.RemoveObjectOptions{}))
}

// names are those of the copies of a database file, the oldest first.
func (b *bucket) names(ctx context.Context, file string) ([]string, error) {
	if err := b.authorize(); err != nil {
		return nil, err
	}
	var names []string
	for object := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: b.key(db.BackupStem(file))}) {
		if object.Err != nil {
			return nil, b.explained("look for backups in "+b.address(""), object.Err)
		}
		if _, is := db.BackupTime(file, path.Base(object.Key)); is {
			names = append(names, path.Base(object.Key))
		}
	}
	slices.Sort(names) // which is by time
	return names, nil
}

// Newest is the last copy in the store.
func (b *bucket) Newest(ctx context.Context, file string) (Copy, bool, error) {
	names, err := b.names(ctx, file)
	if err != nil || len(names) == 0 {
		return Copy{}, false, err
	}
	last := names[len(names)-1]
	at, _ := db.BackupTime(file, last)
	return Copy{Name: b.address(last), At: at}, true, nil
}

// Fetch gets a copy beside a file, and checks that it is what was sent.
func (b *bucket) Fetch(ctx context.Context, name, beside string, progress Progress) (Fetched, error) {
	if err := b.authorize(); err != nil {
		return Fetched{}, err
	}
	draft := beside + ".fetched"
	compared, err := b.get(ctx, name, draft, progress)
	if err != nil {
		return Fetched{}, errors.Join(err, removed(draft))
	}
	return Fetched{Path: draft, Compared: compared, Release: func() error { return removed(draft) }}, nil
}

// get gets a copy, and reports whether it could be compared with what was sent.
func (b *bucket) get(ctx context.Context, name, into string, progress Progress) (compared bool, err error) {
	doing := "get " + b.address(name)
	object, err := b.client.GetObject(ctx, b.name, b.key(name), minio.GetObjectOptions{})
	if err != nil {
		return false, b.explained(doing, err)
	}
	defer object.Close()
	about, err := object.Stat()
	if err != nil {
		return false, b.explained(doing, err)
	}
	file, err := os.OpenFile(into, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return false, fmt.Errorf("%s: %w", doing, err)
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, hash, &sent{all: about.Size, tell: progress}), object)
	if err := errors.Join(b.explained(doing, err), file.Close()); err != nil {
		return false, err
	}
	want := about.UserMetadata[digestKey]
	if want != "" && want != hex.EncodeToString(hash.Sum(nil)) {
		return false, fmt.Errorf("%s: it is not what was sent there; take an older one", doing)
	}
	return want != "", nil
}

func removed(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func digestOf(r io.Reader) (string, error) {
	hash := sha256.New()
	_, err := io.Copy(hash, r)
	return hex.EncodeToString(hash.Sum(nil)), err
}

// sent tells how much went over the wire.
type sent struct {
	done, all int64
	tell      Progress
}

// Read counts what is sent: the client lets a reader look on.
func (s *sent) Read(p []byte) (int, error) { return s.Write(p) }

// Write counts what arrives.
func (s *sent) Write(p []byte) (int, error) {
	s.done += int64(len(p))
	s.tell(s.done, s.all)
	return len(p), nil
}
