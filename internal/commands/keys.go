package commands

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// newKeys changes the key with which secrets are encrypted in the database.
func newKeys(shell Shell) *cobra.Command {
	keys := &cobra.Command{
		Use: "keys", Short: "Change the key with which secrets are encrypted", Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var retire bool
	rotate := &cobra.Command{
		Use: "rotate", Short: "Make a new key, and encrypt everything anew with it", Args: cobra.NoArgs,
		Long: "Puts a new key in front of those in the file beside the database, or where\n" +
			"PACT_BROKER_SECRETS_KEY_URI says, and encrypts with it everything that is kept\n" +
			"encrypted. Brokers may go on serving: they read the keys again. The older keys\n" +
			"stay until --retire, which refuses in the first three minutes, while brokers may\n" +
			"still use them; do not do that before backups that were made with them are of\n" +
			"no use any more.\n\n" +
			"Where the key is set as PACT_BROKER_SECRETS_KEY, put a new one in front there\n" +
			"(openssl rand -base64 32), restart the brokers, and run broker keys reencrypt.",
		RunE: func(cmd *cobra.Command, _ []string) error { return rotateKeys(cmd, shell, retire) },
	}
	rotate.Flags().BoolVar(&retire, "retire", false, "make no new key, but remove all but the newest once nothing needs them")
	keys.AddCommand(rotate, &cobra.Command{
		Use: "reencrypt", Short: "Encrypt anew what another key than the first has encrypted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := load(cmd, shell)
			if err != nil {
				return err
			}
			return reencrypt(cmd, shell, settings)
		},
	})
	return keys
}

func rotateKeys(cmd *cobra.Command, shell Shell, retire bool) error {
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	store, err := app.KeyStore(settings)
	if err != nil {
		return err
	}
	if store == nil {
		return errors.New(
			"the key is set as PACT_BROKER_SECRETS_KEY, or not at all, so it cannot be changed here: put a new one in front of it (openssl rand -base64 32), restart the brokers, and run broker keys reencrypt",
		)
	}
	if retire {
		return retireKeys(cmd, shell, settings, store)
	}
	keyring, err := app.FindKeyring(cmd.Context(), settings)
	if err != nil {
		return fail(err)
	}
	if trouble, err := app.FindUnreadable(cmd.Context(), settings, keyring); err != nil || trouble != "" {
		return fail(errors.Join(err, errorOf(trouble)))
	}
	if err := secrets.Rotate(cmd.Context(), store); err != nil {
		return fail(err)
	}
	fmt.Fprintf(shell.Out, "made     a new key in %s\n", store.Place())
	return reencrypt(cmd, shell, settings)
}

func errorOf(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}

func reencrypt(cmd *cobra.Command, shell Shell, settings config.Settings) error {
	keyring, err := app.FindKeyring(cmd.Context(), settings)
	if err != nil {
		return fail(err)
	}
	if !keyring.Usable() {
		return fail(secrets.ErrNoKey)
	}
	changed, err := app.Reencrypt(audit.Looking(asCommand(cmd, "rotateKeys")), settings, keyring) // one entry tells all that changed
	if err != nil {
		return fail(err)
	}
	fmt.Fprintf(shell.Out, "changed  %d encrypted values\n", changed)
	return nil
}

// retireKeys removes the older keys, if nothing is encrypted with them.
func retireKeys(cmd *cobra.Command, shell Shell, settings config.Settings, store secrets.KeyStore) error {
	if err := reencrypt(cmd, shell, settings); err != nil {
		return err
	}
	retired, err := secrets.Retire(cmd.Context(), store, time.Now())
	if err != nil {
		return fail(err)
	}
	fmt.Fprintf(shell.Out, "removed  %d older keys from %s\n", retired, store.Place())
	return nil
}
