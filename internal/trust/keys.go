package trust

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysFresh is how long keys are used without asking again, and keysKept how
	// long if the issuer does not answer.
	keysFresh = time.Hour
	keysKept  = 24 * time.Hour
	// keysPause is how soon an issuer is asked again for a key that is not known,
	// so that made-up tokens do not make the broker knock all the time.
	keysPause = 30 * time.Second
	// maxDocument is how much is read of what an issuer answers.
	maxDocument = 1 << 20
	// shortestRSA is how many bits an RSA key must have (RFC 7518, 3.3).
	shortestRSA = 2048
)

// Keys are the public keys of issuers, read where OpenID Connect says that they
// are, and kept for a while.
type Keys struct {
	// Client makes the calls. It must refuse private addresses, and follow no
	// redirects.
	Client *http.Client
	// Private reports whether a host may be called without encryption.
	Private func(host string) bool
	Now     func() time.Time

	mutex   sync.Mutex
	issuers map[string]*issuerKeys
}

// issuerKeys are the keys of one issuer.
type issuerKeys struct {
	mutex       sync.Mutex
	keys        []jose.JSONWebKey
	read, asked time.Time
	failed      error
}

// errNoKey is returned for a token whose key the issuer does not have.
var errNoKey = errors.New("its issuer has no key of that id; keys that are new are asked for twice a minute")

// errShortKey is returned for a token whose key could be found out.
var errShortKey = fmt.Errorf("its issuer has only an RSA key of less than %d bits for it, which is not believed", shortestRSA)

// find returns the keys with which a token of the issuer may be signed. Only
// issuers that a rule names may be asked for.
func (k *Keys) find(ctx context.Context, issuer, id, algorithm string) ([]jose.JSONWebKey, error) {
	of := k.of(issuer)
	of.mutex.Lock()
	defer of.mutex.Unlock()
	now := k.Now()
	fitting := of.fitting(id, algorithm)
	stale := now.Sub(of.read) > keysFresh
	if (len(fitting) == 0 || stale) && now.Sub(of.asked) >= keysPause {
		of.asked = now
		// Others rely on the answer, too, so it is waited for even if who asked leaves.
		keys, err := k.fetch(context.WithoutCancel(ctx), issuer)
		if of.failed = err; err == nil {
			of.keys, of.read = keys, now
		}
		fitting = of.fitting(id, algorithm)
	}
	switch {
	case len(fitting) > 0 && now.Sub(of.read) <= keysKept:
		return fitting, nil
	case of.failed != nil:
		return nil, fmt.Errorf("the keys of its issuer cannot be read: %w", of.failed)
	case slices.ContainsFunc(of.keys, func(key jose.JSONWebKey) bool { return matches(key, id, algorithm) }):
		return nil, errShortKey
	}
	return nil, errNoKey
}

func (k *Keys) of(issuer string) *issuerKeys {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.issuers == nil {
		k.issuers = map[string]*issuerKeys{}
	}
	if k.issuers[issuer] == nil {
		k.issuers[issuer] = &issuerKeys{}
	}
	return k.issuers[issuer]
}

// fitting are the keys for signatures by the algorithm, with the id if one is given,
// without those that are too short.
func (i *issuerKeys) fitting(id, algorithm string) []jose.JSONWebKey {
	var some []jose.JSONWebKey
	for _, key := range i.keys {
		if matches(key, id, algorithm) && !isShort(key) {
			some = append(some, key)
		}
	}
	return some
}

func matches(key jose.JSONWebKey, id, algorithm string) bool {
	return key.IsPublic() && key.Valid() && (key.Use == "" || key.Use == "sig") && (key.Algorithm == "" || key.Algorithm == algorithm) && (id == "" || key.KeyID == id)
}

func isShort(key jose.JSONWebKey) bool {
	public, isRSA := key.Key.(*rsa.PublicKey)
	return isRSA && public.N.BitLen() < shortestRSA
}

// fetch reads the keys of an issuer, where its own description says that they are.
func (k *Keys) fetch(ctx context.Context, issuer string) ([]jose.JSONWebKey, error) {
	var description struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := k.read(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &description); err != nil {
		return nil, err
	}
	if description.Issuer != issuer {
		return nil, fmt.Errorf("its description is that of another issuer")
	}
	address, err := url.Parse(description.Keys)
	if err != nil || address.Host == "" || address.Scheme != "https" && (address.Scheme != "http" || !k.Private(address.Hostname())) {
		return nil, fmt.Errorf("its description names no address with https for the keys")
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.read(ctx, description.Keys, &set); err != nil {
		return nil, err
	}
	return readable(set.Keys), nil
}

// readable are those of the keys that can be read here. Others are passed over, as RFC 7517
// asks: an issuer may have keys of kinds that are new, beside those with which it signs.
func readable(texts []json.RawMessage) (keys []jose.JSONWebKey) {
	for _, text := range texts {
		var key jose.JSONWebKey
		if json.Unmarshal(text, &key) == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// read reads a JSON document.
func (k *Keys) read(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	answer, err := k.Client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %d", answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err == nil && len(body) > maxDocument {
		err = fmt.Errorf("it answered with more than %d bytes", maxDocument)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("it did not answer with JSON of the right form")
	}
	return nil
}
