package edge

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Answers keep the answers to requests that have an Idempotency-Key, so that a
// request that is sent again does nothing twice and is told the same.
type Answers interface {
	// StoredAnswer returns the answer that is kept under the key; nil if none is.
	StoredAnswer(ctx context.Context, key []byte) ([]byte, error)
	// AnswerOnce runs fn in one transaction with all that it reads and writes, and
	// keeps in the same transaction the answer that it returns. If an answer is
	// kept under the key already, that is returned and fn does not run. Nor does it
	// if the key is taken, since another replica is at it. fn may run more than once.
	AnswerOnce(ctx context.Context, key []byte, fn func(ctx context.Context) (answer []byte, err error)) (kept []byte, taken bool, err error)
	// StoreAnswer keeps an answer to what no transaction could hold.
	StoreAnswer(ctx context.Context, key, answer []byte) error
}

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
	// maxKey is how long a key may be; a UUID has 36 characters.
	maxKey = 255
)

// idempotency answers requests that have a key.
type idempotency struct {
	answers Answers
	mutex   sync.Mutex
	// running are the requests that are being answered by this process.
	running map[[sha256.Size]byte]bool
}

// newIdempotency returns nil if no answers can be kept.
func newIdempotency(answers Answers) *idempotency {
	if answers == nil {
		return nil
	}
	return &idempotency{answers: answers, running: map[[sha256.Size]byte]bool{}}
}

var (
	errKeyInUse  = fault.New(fault.Conflict, "A request with this Idempotency-Key is being answered right now.").Coded("idempotency_key_in_use", "")
	errKeyReused = fault.New(fault.Unprocessable, "This Idempotency-Key was used for another request, with another address or body.").Coded("idempotency_key_reused", "")
)

// keyOf is the Idempotency-Key of the request; "" if it has none. The draft of the
// IETF has it in quotes, many clients send it without.
func keyOf(r *http.Request) (string, error) {
	values := r.Header.Values(keyHeader)
	if len(values) == 0 || r.Method != http.MethodPost {
		return "", nil
	}
	key := values[0]
	if len(key) > 1 && strings.HasPrefix(key, `"`) && strings.HasSuffix(key, `"`) {
		key = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(key[1 : len(key)-1])
	}
	visible := !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
	if len(values) > 1 || strings.TrimSpace(key) == "" || len(key) > maxKey || !visible {
		return "", fault.InvalidHeader(keyHeader, "must be one text of 1 to %d visible ASCII characters, best a new UUID for each request", maxKey)
	}
	return key, nil
}

// answer serves a request that has a key: with the kept answer if there is one,
// else by the handler.
func (i *idempotency) answer(c *gin.Context, x *requestState, key string) error {
	if err := receive(c); err != nil {
		return err
	}
	kept := newLocker(x, key)
	if !i.begin(kept.id) {
		return errKeyInUse
	}
	defer i.end(kept.id)
	ctx := c.Request.Context()
	encrypted, err := i.answers.StoredAnswer(ctx, kept.id[:])
	if err != nil {
		return err
	}
	if encrypted != nil {
		return kept.replay(c, x, encrypted)
	}
	if x.route.OutsideTransaction {
		return i.answerUnbuffered(c, x, kept)
	}
	return i.answerBuffered(c, x, kept)
}

func (i *idempotency) begin(id [sha256.Size]byte) bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.running[id] {
		return false
	}
	i.running[id] = true
	return true
}

func (i *idempotency) end(id [sha256.Size]byte) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	delete(i.running, id)
}

// errNotStored undoes what a request did that is answered with a failure.
var errNotStored = errors.New("edge: the answer is a failure, which is not kept")

// answerBuffered lets the handler run in one transaction, which keeps the answer, too.
// Only then is it sent.
func (i *idempotency) answerBuffered(c *gin.Context, x *requestState, kept locker) error {
	request := c.Request
	buffered := bufferAnswer(c)
	defer func() { c.Request = request; buffered.release(c) }()
	var failed error
	encrypted, taken, err := i.answers.AnswerOnce(request.Context(), kept.id[:], func(ctx context.Context) ([]byte, error) {
		buffered.discard()
		c.Request = request.WithContext(ctx)
		if failed = buffered.answered(x.route.Handler(c)); failed != nil {
			return nil, failed
		}
		return kept.encrypt(x, buffered)
	})
	c.Request = request
	if err == nil && taken {
		err = errKeyInUse
	}
	if failed == nil && err == nil && encrypted != nil {
		buffered.release(c)
		return kept.replay(c, x, encrypted)
	}
	return buffered.finish(failed, err)
}

// answerUnbuffered keeps the answer of what no transaction can hold, once it is done.
func (i *idempotency) answerUnbuffered(c *gin.Context, x *requestState, kept locker) error {
	buffered := bufferAnswer(c)
	defer buffered.release(c)
	if err := x.route.Handler(c); err != nil {
		return err
	}
	if buffered.status < http.StatusBadRequest {
		encrypted, err := kept.encrypt(x, buffered)
		if err != nil {
			return err
		}
		if err := i.answers.StoreAnswer(c.Request.Context(), kept.id[:], encrypted); err != nil {
			return err
		}
	}
	return buffered.send()
}

// locker encrypts a kept answer with the key of the request, which is stored
// nowhere: an answer may hold the secret of a new token.
type locker struct {
	id     [sha256.Size]byte
	secret [sha256.Size]byte
}

// newLocker is for one caller: by what they are known, which person they are or which
// family their token is of, and what they may do. Names are no help: those of tokens are
// not unique.
func newLocker(x *requestState, key string) locker {
	said := fmt.Sprintf("%q %q %q %#v %q", x.principal.Through, cmp.Or(x.principal.Family, x.principal.ID), x.actor, x.principal.Grants, key)
	return locker{id: sha256.Sum256([]byte("id " + said)), secret: sha256.Sum256([]byte("secret " + said))}
}

// storedAnswer is an answer as it is kept.
type storedAnswer struct {
	// Request is the digest of the request that was answered.
	Request []byte      `json:"request"`
	Status  int         `json:"status"`
	Header  http.Header `json:"header"`
	Body    []byte      `json:"body"`
}

// requestDigest tells requests with the same key apart.
func (x *requestState) requestDigest() []byte {
	digest := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %x", x.route.Method, x.path, x.rawQuery, x.bodyDigest))
	return digest[:]
}

func (l locker) encrypt(x *requestState, buffered *bufferedAnswer) ([]byte, error) {
	plain, err := json.Marshal(storedAnswer{x.requestDigest(), buffered.Status(), buffered.added(), buffered.body})
	if err != nil {
		return nil, err
	}
	box, err := l.box()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return box.Seal(nonce, nonce, plain, l.id[:]), nil
}

func (l locker) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(l.secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// replay sends the kept answer, unless the request is another one.
func (l locker) replay(c *gin.Context, x *requestState, encrypted []byte) error {
	box, err := l.box()
	if err != nil {
		return err
	}
	if len(encrypted) < box.NonceSize() {
		return errors.New("edge: a kept answer is too short")
	}
	plain, err := box.Open(nil, encrypted[:box.NonceSize()], encrypted[box.NonceSize():], l.id[:])
	if err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	var kept storedAnswer
	if err := json.Unmarshal(plain, &kept); err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	if !slices.Equal(kept.Request, x.requestDigest()) {
		return errKeyReused
	}
	x.replayed = true
	for name, values := range kept.Header {
		c.Writer.Header()[name] = values
	}
	c.Header(replayedHeader, "true")
	c.Writer.WriteHeader(kept.Status)
	if len(kept.Body) == 0 {
		return nil
	}
	if _, err := c.Writer.Write(kept.Body); err != nil {
		return clientGone{err}
	}
	return nil
}
