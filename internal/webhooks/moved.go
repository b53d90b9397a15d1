package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/secrets"
)

// Encrypt hides the secrets of a webhook that came from another broker. Without
// a key for them that is an Unprocessable fault.
func Encrypt(keyring secrets.Keyring, w Webhook) (Stored, error) { return encrypt(keyring, w) }

// HideTokens encrypts what looks like a token in the path of the URL of webhooks that
// were kept before that was done, and returns how many those were. Without a key
// it does nothing.
func (s *Service) HideTokens(ctx context.Context) (hidden int, err error) {
	if !s.Keyring.Usable() {
		return 0, nil
	}
	all, err := s.Read.Webhooks(ctx, Query{})
	for _, kept := range all {
		if withoutTokens(kept.Webhook.Request.URL) == kept.Webhook.Request.URL {
			continue
		}
		if err := s.InTx(ctx, func(ctx context.Context, tx Tx) error { return s.hideTokens(ctx, tx, kept.Webhook.UUID) }); err != nil {
			return hidden, err
		}
		hidden++
	}
	return hidden, err
}

func (s *Service) hideTokens(ctx context.Context, tx Tx, uuid string) error {
	kept, found, err := tx.LockWebhook(ctx, uuid)
	if err != nil || !found {
		return err
	}
	w, err := kept.decrypt(s.Keyring)
	if errors.As(err, new(obstacle)) {
		return nil // the start and the doctor tell of it
	}
	if err != nil {
		return err
	}
	again, err := encrypt(s.Keyring, w)
	if err != nil {
		return err
	}
	return tx.HideURL(ctx, kept.ID, again.Webhook.Request.URL, again.Encrypted)
}

// Hidden names the secrets that are kept encrypted beside the webhook.
func (k Stored) Hidden() []string {
	var hidden []string
	if k.Encrypted == nil {
		return hidden
	}
	if strings.Contains(k.Webhook.Request.URL, Stars) {
		hidden = append(hidden, "url")
	}
	if k.Webhook.Request.Password == Stars {
		hidden = append(hidden, "password")
	}
	for _, header := range k.Webhook.Request.Headers {
		if header.Value == Stars {
			hidden = append(hidden, "header "+header.Name)
		}
	}
	return hidden
}

// keysOfSigning is what signing keys are called among the names of secrets.
const keysOfSigning = "signing keys"

// FilledIn returns the webhook with the secrets that it lacks taken from another copy of
// it, as far as that has them. A copy that sends to another place gives none: they were
// meant for the place for which they were given.
func (k Stored) FilledIn(from Stored, keyring secrets.Keyring) (Stored, error) {
	here, err := k.decrypt(keyring)
	if errors.As(err, new(obstacle)) {
		return k, nil // the start and the doctor tell of it
	}
	if err != nil {
		return k, err
	}
	there, err := from.decrypt(keyring)
	if err != nil || here.Request.origin() != there.Request.origin() {
		return k, err
	}
	here.Request = here.Request.filledIn(k.Missing, there.Request)
	filled, err := encrypt(keyring, here)
	filled.ID, filled.SigningKeys, filled.Missing = k.ID, k.SigningKeys, here.Request.lacking(k.Missing)
	if from.SigningKeys != nil && slices.Contains(k.Missing, keysOfSigning) {
		filled.SigningKeys, filled.Missing = from.SigningKeys, without(filled.Missing, keysOfSigning)
	}
	return filled, err
}

// Following returns what the webhook becomes when it does as a copy of it does that was
// changed where the webhook comes from, and reports whether that is something else. What
// the copy does not tell stays: secrets, if they are for the same place, and signing keys.
func (k Stored) Following(changed Stored, keyring secrets.Keyring) (followed Stored, differs bool, err error) {
	here, closed := k.decrypt(keyring)
	if closed != nil && !errors.As(closed, new(obstacle)) {
		return k, false, closed
	}
	followed = changed
	if closed == nil {
		if followed, err = changed.FilledIn(k, keyring); err != nil {
			return k, false, err
		}
	}
	followed.ID = k.ID
	if followed.SigningKeys == nil && k.SigningKeys != nil {
		followed.SigningKeys, followed.Missing = k.SigningKeys, without(followed.Missing, keysOfSigning)
	}
	then, err := followed.decrypt(keyring)
	if err != nil {
		return k, false, err
	}
	return followed, closed != nil || !slices.Equal(followed.Missing, k.Missing) || !here.doesAs(then), nil
}

// doesAs reports whether another webhook does the same.
func (w Webhook) doesAs(other Webhook) bool {
	a, b := w.Request, other.Request
	return w.Description == other.Description && w.Format == other.Format && slices.Equal(w.Events, other.Events) && a.Method == b.Method && a.URL == b.URL &&
		a.Username == b.Username && a.Password == b.Password && slices.Equal(a.Headers, b.Headers) && bytes.Equal(a.Body, b.Body)
}

// WithoutSecrets returns the webhook with stars for all that is a secret or looks like
// one, and nothing for a password, so that copies of it which tell these and copies
// which do not are the same.
func (w Webhook) WithoutSecrets() Webhook {
	w.Request = w.Request.Masked().withoutTokens()
	if w.Request.Password == Stars {
		w.Request.Password = ""
	}
	return w
}

// filledIn is the request with the secrets that are missing taken from another one.
func (r Request) filledIn(missing []string, from Request) Request {
	if slices.Contains(missing, "url") {
		r.URL, _ = partsOfURL(r.URL).unmasked(partsOfURL(from.URL))
	}
	if r.Password == "" && slices.Contains(missing, "password") {
		r.Password = from.Password
	}
	r.Headers = slices.Clone(r.Headers)
	for i, header := range r.Headers {
		if value, known := from.Header(header.Name); known && header.Value == "" && slices.Contains(missing, "header "+header.Name) {
			r.Headers[i].Value = value
		}
	}
	return r
}

// lacking are those of the named secrets for which the request has a place and no value.
func (r Request) lacking(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		header, isHeader := strings.CutPrefix(name, "header ")
		value, there := r.Header(header)
		switch {
		case isHeader:
			return !there || value != ""
		case name == "password":
			return r.Password != ""
		case name == "url":
			return !strings.Contains(r.URL, Stars)
		}
		return false
	})
}

// without is the list without a name.
func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

// Opens reports whether the keyring opens all that is encrypted of the webhook.
func (k Stored) Opens(keyring secrets.Keyring) bool {
	if k.Encrypted != nil {
		text, err := keyring.Decrypt(k.Encrypted, owner(k.Webhook.UUID))
		if err != nil || !json.Valid(text) {
			return false
		}
	}
	if k.SigningKeys == nil {
		return true
	}
	_, err := keyring.Decrypt(k.SigningKeys, owner(k.Webhook.UUID))
	return err == nil
}
