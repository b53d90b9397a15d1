package app

import (
	"context"
	"errors"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// errBehindDryRun is for a database whose tables only an import would bring up to date.
var errBehindDryRun = errors.New("the tables of the database are not up to date, and a dry run leaves them as they are: run `broker migrate` first")

// dryRun finds what an import would do and what it would refuse, and writes nothing.
func dryRun(ctx context.Context, settings config.Settings, name string, r ImportRequest, outcome ImportOutcome) (ImportOutcome, error) {
	state, err := db.CheckOpen(ctx, db.Options{URL: DatabaseURL(settings.Database), KeepSchema: !settings.Database.AutoMigrate, Beside: IsBeside(settings.Database)})
	switch {
	case err != nil:
		return outcome, err
	case state.Schema == 0:
		options, err := foreseenOptions(ctx, settings, nil, name, r)
		if err != nil {
			return outcome, err
		}
		if outcome.Plan, err = store.PlanIntoNothing(ctx, r.each, r.compared); err != nil {
			return outcome, err
		}
		return foresee(ctx, options, nil, r, outcome)
	case state.Behind:
		return outcome, errBehindDryRun
	}
	database, err := openToRead(ctx, settings)
	if err != nil {
		return outcome, err
	}
	outcome, err = dryRunInto(ctx, settings, database, name, r, outcome)
	return outcome, errors.Join(err, database.Close())
}

func dryRunInto(ctx context.Context, settings config.Settings, database *store.DB, name string, r ImportRequest, outcome ImportOutcome) (ImportOutcome, error) {
	compares, err := r.comparesFirst(ctx, database, name)
	if err != nil {
		return outcome, err
	}
	if r.Source, outcome.Former, err = underPresentNames(ctx, database, r.Source); err != nil {
		return outcome, err
	}
	options, err := foreseenOptions(ctx, settings, database, name, r)
	if err != nil {
		return outcome, err
	}
	if outcome.Plan, err = plan(ctx, database, options, r); err != nil {
		return outcome, err
	}
	if outcome, err = foresee(ctx, options, database, r, outcome); err != nil {
		return outcome, err
	}
	if compares && len(outcome.Plan.Conflicts) > 0 && r.OnConflict == StopOnConflict {
		return outcome, ErrConflicts
	}
	return outcome, nil
}

// foreseenOptions are those of the import, which fails for want of a key as it would. There
// is no database where nothing is yet.
func foreseenOptions(ctx context.Context, settings config.Settings, database *store.DB, name string, r ImportRequest) (store.ImportOptions, error) {
	keyring, err := foreseenKeyring(ctx, settings, database)
	if err != nil {
		return store.ImportOptions{}, err
	}
	options := withRequest(importOptions(keyring), name, r)
	return options, needsKey(ctx, r.Source, options)
}

// foresee tells what the report of the import would, apart from numbers. There is no
// database where nothing is yet.
func foresee(ctx context.Context, options store.ImportOptions, database *store.DB, r ImportRequest, outcome ImportOutcome) (ImportOutcome, error) {
	outcome.Skipped = r.Source.Skipped()
	if len(outcome.Problems) > 0 {
		return outcome, ErrRefusedNames
	}
	told := &outcome.Imported
	var err error
	if database != nil {
		if told.WebhooksToEnable, told.MissingSecrets, err = database.WaitingWebhooks(ctx); err != nil {
			return outcome, err
		}
	}
	var hooks []archive.Webhook
	err = r.Source.Each(ctx, func(kind archive.Kind) bool {
		return kind == archive.KindSetting || kind == archive.KindCertificate || kind == archive.KindWebhook
	}, func(record archive.Record) error {
		switch record := record.(type) {
		case *archive.Setting:
			told.Settings = append(told.Settings, *record)
		case *archive.Certificate:
			told.Certificates = append(told.Certificates, *record)
		case *archive.Webhook:
			hooks = append(hooks, *record)
		}
		return nil
	})
	if err == nil && database != nil {
		hooks, err = database.NewWebhooks(ctx, hooks, r.OnConflict == TakeOnConflict)
	}
	if err != nil {
		return outcome, err
	}
	return outcome, foreseeWebhooks(hooks, options, told)
}

// foreseeWebhooks counts webhooks that would come, with the secrets that they would lack.
func foreseeWebhooks(hooks []archive.Webhook, options store.ImportOptions, told *store.Imported) error {
	for _, w := range hooks {
		kept, err := options.Webhook(w)
		if err != nil {
			return err
		}
		if w.Enabled {
			told.WebhooksToEnable++
		}
		for _, secret := range kept.Missing {
			told.MissingSecrets = append(told.MissingSecrets, store.MissingSecret{Webhook: w.UUID, Description: w.Description, Secret: secret})
		}
	}
	return nil
}

// foreseenKeyring is the key that an import would use. Where that would make one, it is
// one that is kept nowhere.
func foreseenKeyring(ctx context.Context, settings config.Settings, database *store.DB) (secrets.Keyring, error) {
	keyring, err := FindKeyring(ctx, settings)
	if _, isFile := keyFile(settings); err != nil || keyring.Usable() || !isFile {
		return keyring, err
	}
	if database != nil {
		if encrypted, err := database.Encrypted(ctx); err != nil || len(encrypted) > 0 {
			return keyring, err
		}
	}
	return secrets.Parse(secrets.NewKey())
}
