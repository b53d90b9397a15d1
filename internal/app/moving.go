package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/pactbroker"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/webhooks"
)

// Export hands over what the database holds that the settings name, as records of
// an archive, whether or not a broker serves from it. It must be up to date, and no
// first import into it may be under way.
func Export(ctx context.Context, settings config.Settings, query store.ExportQuery, take func(archive.Record) error) error {
	database, err := openToRead(ctx, settings)
	if err != nil {
		return err
	}
	err = refuseHalf(ctx, database)
	if err == nil {
		err = database.Export(ctx, query, take)
	}
	return errors.Join(err, database.Close())
}

// OpenForImport opens the database that the settings name, and brings its tables
// up to date, for records to be written into it. A broker may serve from it.
func OpenForImport(ctx context.Context, settings config.Settings) (*store.DB, error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return nil, err
	}
	settings.Database.StatementTimeout, settings.Database.TransactionTimeout = 0, 0
	options := storeOptions(settings, formats)
	options.Exclusive = false
	return store.Open(ctx, options)
}

// ImportOptions are the parts of store.ImportOptions that need the settings.
func ImportOptions(ctx context.Context, settings config.Settings, database *store.DB) (store.ImportOptions, error) {
	keyring, err := keyringForImport(ctx, settings, database)
	if err != nil {
		return store.ImportOptions{}, err
	}
	return importOptions(keyring), nil
}

func importOptions(keyring secrets.Keyring) store.ImportOptions {
	return store.ImportOptions{
		Webhook: func(w archive.Webhook) (webhooks.Stored, error) { return webhookFrom(w, keyring) },
		FillIn: func(here webhooks.Stored, r archive.Webhook) (webhooks.Stored, error) {
			there, err := webhookFrom(r, keyring)
			if err != nil {
				return here, err
			}
			return here.FilledIn(there, keyring)
		},
		Follow: func(here webhooks.Stored, r archive.Webhook) (webhooks.Stored, bool, error) {
			there, err := webhookFrom(r, keyring)
			if err != nil {
				return here, false, err
			}
			return here.Following(there, keyring)
		},
		Opens: func(encrypted []byte, owner string) bool {
			_, err := keyring.Decrypt(encrypted, owner)
			return err == nil
		},
	}
}

// keyringForImport is the key with which the broker will read secrets.
func keyringForImport(ctx context.Context, settings config.Settings, database *store.DB) (secrets.Keyring, error) {
	return (&App{settings: settings, db: database}).openKeyring(ctx)
}

// webhookFrom makes of a record what is stored of a webhook, and names the secrets
// that it lacks.
func webhookFrom(r archive.Webhook, keyring secrets.Keyring) (webhooks.Stored, error) {
	w := webhooks.Webhook{
		UUID: r.UUID, Description: r.Description, Format: webhooks.Format(r.Format), Paused: r.Paused,
		Request: webhooks.Request{Method: r.Method, URL: r.URL, Username: r.Username, Password: r.Password},
	}
	for _, name := range r.Events {
		w.Events = append(w.Events, events.Type(name))
	}
	for _, h := range r.Headers {
		w.Request.Headers = append(w.Request.Headers, webhooks.Header(h))
	}
	if r.Body != nil {
		w.Request.Body = []byte(*r.Body)
	}
	if !json.Valid([]byte(r.EventFilter)) {
		return webhooks.Stored{}, fmt.Errorf("webhook %s: its event filter is no JSON", r.UUID)
	}
	if r.Plain {
		return webhooks.Encrypt(keyring, w)
	}
	kept := webhooks.Stored{Webhook: w, Encrypted: r.Encrypted, SigningKeys: r.SigningKeys}
	if (r.Encrypted != nil || r.SigningKeys != nil) && kept.Opens(keyring) {
		kept.Missing = slices.DeleteFunc(slices.Clone(r.Secrets), func(name string) bool {
			return slices.Contains(kept.Hidden(), name) || name == "signing keys" && kept.SigningKeys != nil
		})
		return kept, nil
	}
	return withoutSecrets(kept, r.Secrets), nil
}

// withoutSecrets empties the places where only stars stand for one of the named secrets.
func withoutSecrets(kept webhooks.Stored, named []string) webhooks.Stored {
	kept.Encrypted, kept.SigningKeys, kept.Missing = nil, nil, named
	if kept.Webhook.Request.Password == webhooks.Stars {
		kept.Webhook.Request.Password = ""
	}
	for i, h := range kept.Webhook.Request.Headers {
		if h.Value == webhooks.Stars {
			kept.Webhook.Request.Headers[i].Value = ""
		}
	}
	return kept
}

// Import writes all records of a source into the database.
func Import(ctx context.Context, database *store.DB, source archive.Source, options store.ImportOptions) (store.Imported, error) {
	kind := source.Header().Source.Kind
	options.Complete, options.OverHTTP, options.SourceKind = tellsAllWebhooks(source), kind == archive.FromHTTP, kind
	running, err := database.BeginImport(ctx, options)
	if err != nil {
		return store.Imported{}, err
	}
	if err := source.Each(ctx, nil, func(r archive.Record) error { return running.Write(ctx, r) }); err != nil {
		return store.Imported{}, err
	}
	running.Skip(source.Skipped())
	return running.Finish(ctx)
}

// tellsAllWebhooks reports whether a webhook of which the source does not tell is not there.
func tellsAllWebhooks(source archive.Source) bool {
	header := source.Header()
	failed := slices.ContainsFunc(source.Skipped(), func(s archive.Skipped) bool { return s.Kind == archive.KindWebhook && !s.Comes() })
	return header.Complete && !header.Redacted && (header.Source.Kind != archive.FromHTTP || !failed)
}

// OpenApplications opens the applications in the database that the settings name,
// which must be up to date, whether or not a broker serves from it.
func OpenApplications(ctx context.Context, settings config.Settings) (*pacticipants.Service, func() error, error) {
	database, err := openToRead(ctx, settings)
	if err != nil {
		return nil, nil, err
	}
	service := pacticipants.NewService(func(ctx context.Context, fn func(ctx context.Context, tx pacticipants.Tx) error) error {
		return database.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	})
	return service, database.Close, nil
}

// OpenPactBroker opens the database of a Pact Broker for reading. schema is that of
// PostgreSQL in which its tables are, or empty for the usual one.
func OpenPactBroker(ctx context.Context, address, schema string) (*pactbroker.Source, error) {
	return pactbroker.Open(ctx, address, schema)
}
