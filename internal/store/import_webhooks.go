package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/webhooks"
)

// importProgress is what an import from one source keeps for the next.
type importProgress struct {
	// Webhooks are those that came, by their uuids here.
	Webhooks map[string]importedWebhook `json:"webhooks,omitempty"`
}

// importedWebhook is a webhook as an import left it.
type importedWebhook struct {
	// Digest is of what the source said, UpdatedAt the time that it got here.
	Digest    string       `json:"digest"`
	UpdatedAt archive.Time `json:"updated_at"`
	// Enabled tells that it was enabled in the source at some time.
	Enabled bool `json:"enabled"`
}

func (q *queries) importProgress(ctx context.Context, source string) (importProgress, error) {
	progress := importProgress{Webhooks: map[string]importedWebhook{}}
	written, found, err := row[string](ctx, q, "read progress of import", "SELECT progress FROM imports WHERE source = ?", source)
	if err == nil && found {
		err = json.Unmarshal([]byte(written), &progress)
	}
	return progress, err
}

func (tx *Tx) setImportProgress(ctx context.Context, source string, progress importProgress) error {
	written, err := json.Marshal(progress)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "keep progress of import", "UPDATE imports SET progress = ? WHERE source = ?", string(written), source)
	return err
}

// writeWebhooks adds webhooks, disabled. Those that came before follow the source until
// they are changed or enabled here; then they only get the secrets that they lack.
func (im *Import) writeWebhooks(ctx context.Context, tx *Tx, done *outcome) error {
	progress, err := tx.importProgress(ctx, im.options.Source)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, r := range im.batch {
		w := r.(*archive.Webhook)
		if seen[w.UUID] {
			continue // of two the first counts
		}
		seen[w.UUID], im.webhooksRead[w.UUID] = true, true
		before, came := progress.Webhooks[w.UUID]
		after, err := im.writeWebhook(ctx, tx, w, before, came, done)
		if err != nil {
			return err
		}
		if after.Digest != "" {
			after.Enabled = before.Enabled || w.Enabled
			progress.Webhooks[w.UUID] = after
		}
	}
	return tx.setImportProgress(ctx, im.options.Source, progress)
}

// Why webhooks are not what they are in the source.
const (
	webhookChanged  = "it was changed in the source, and changed or enabled here since it came, so it stays as it is here"
	webhookOther    = "another one has its uuid here, so that stays as it is"
	webhookDisabled = "it was disabled in the source, so --enable-webhooks leaves it disabled"
	webhookDeleted  = "it was deleted in the source, so --enable-webhooks leaves it disabled"
)

func (im *Import) writeWebhook(ctx context.Context, tx *Tx, w *archive.Webhook, before importedWebhook, came bool, done *outcome) (after importedWebhook, err error) {
	digest, err := digestOfWebhook(w)
	if err != nil {
		return after, err
	}
	here, known, err := tx.LockWebhook(ctx, w.UUID)
	if err != nil {
		return after, err
	}
	if !known {
		added, err := im.addWebhook(ctx, tx, w, done)
		if !added {
			return after, err
		}
		done.added++
		return importedWebhook{Digest: digest, UpdatedAt: w.UpdatedAt}, err
	}
	updatedAt := archive.TimeOf(here.Webhook.UpdatedAt)
	untouched := came && updatedAt == before.UpdatedAt && !here.Webhook.Enabled
	same, err := isSameWebhook(here, digest)
	if err != nil {
		return after, err
	}
	switch {
	case untouched, im.options.Take && !same && before.Digest != digest:
		if updatedAt, err = im.follow(ctx, tx, here, w, done); err != nil {
			return after, err
		}
		after = importedWebhook{Digest: digest, UpdatedAt: updatedAt}
	case same, came && before.Digest == digest:
		if err := im.fillIn(ctx, tx, here, w, done); err != nil {
			return after, err
		}
		after = importedWebhook{Digest: digest, UpdatedAt: before.UpdatedAt}
		if !came {
			after.UpdatedAt = updatedAt
		}
	case came:
		done.leave(webhookChanged, w.UUID)
		after = before
	default:
		done.leave(webhookOther, w.UUID)
		return after, im.fillIn(ctx, tx, here, w, done)
	}
	if w.Enabled || here.Webhook.Enabled {
		return after, nil
	}
	if before.Enabled {
		done.leave(webhookDisabled, w.UUID)
	}
	return after, tx.leaveDisabled(ctx, w.UUID)
}

// leaveDisabled makes a webhook wait no longer to be enabled.
func (tx *Tx) leaveDisabled(ctx context.Context, uuid string) error {
	_, err := tx.exec(ctx, "leave webhook disabled", "UPDATE webhooks SET to_enable = ? WHERE uuid = ? AND to_enable", false, uuid)
	return err
}

// follow makes a webhook what it is in the source, and returns the time that it then has.
func (im *Import) follow(ctx context.Context, tx *Tx, here webhooks.Stored, w *archive.Webhook, done *outcome) (at archive.Time, err error) {
	followed, changed, err := im.options.Follow(here, *w)
	if err != nil {
		return 0, err
	}
	waits, _, err := row[bool](ctx, &tx.queries, "look whether a webhook waits", "SELECT to_enable FROM webhooks WHERE id = ?", here.ID)
	if err != nil {
		return 0, err
	}
	record, err := webhookRecord(here, false)
	if err != nil {
		return 0, err
	}
	filtered, err := sameFilter(record.EventFilter, w.EventFilter)
	toEnable := w.Enabled && !here.Webhook.Enabled
	if err != nil || !changed && filtered && waits == toEnable {
		return archive.TimeOf(here.Webhook.UpdatedAt), err
	}
	listening, err := json.Marshal(followed.Webhook.Events)
	if err != nil {
		return 0, err
	}
	headers, err := json.Marshal(followed.Webhook.Request.Headers)
	if err != nil {
		return 0, err
	}
	tx.webhooks = nil // what is known of them changes
	q := followed.Webhook.Request
	_, err = tx.exec(ctx, "follow webhook", `UPDATE webhooks SET description = ?, events = ?, method = ?, url = ?, headers = ?, body = ?, username = ?, password = ?, sealed = ?,
			signing_keys = ?, aim = ?, format = ?, missing_secrets = ?, to_enable = ?, updated_at = ? WHERE id = ?`,
		followed.Webhook.Description, string(listening), q.Method, q.URL, string(headers), nullable(string(q.Body)), q.Username, q.Password, followed.Encrypted,
		followed.SigningKeys, w.EventFilter, string(followed.Webhook.Format), jsonList(followed.Missing), toEnable, int64(w.UpdatedAt), here.ID)
	done.changed++
	return w.UpdatedAt, err
}

// webhooksGone sees to it that webhooks which came from the source, and are not there any
// more, are not enabled. It asks nothing where the source may not have told all.
func (im *Import) webhooksGone(ctx context.Context) error {
	if !im.options.Complete {
		return nil
	}
	var gone []string
	err := im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		gone = nil
		progress, err := tx.importProgress(ctx, im.options.Source)
		if err != nil {
			return err
		}
		for uuid := range progress.Webhooks {
			if im.webhooksRead[uuid] {
				continue
			}
			here, known, err := tx.LockWebhook(ctx, uuid)
			if err != nil {
				return err
			}
			if !known || here.Webhook.Enabled {
				continue
			}
			if err := tx.leaveDisabled(ctx, uuid); err != nil {
				return err
			}
			gone = append(gone, uuid)
		}
		return nil
	})
	for _, uuid := range gone {
		addLeftOut(im.leftOut, archive.KindWebhook, webhookDeleted, uuid)
	}
	return err
}

// digestOfWebhook is of what a webhook does, without secrets, which not every source
// tells, and without what it is for and whether it is enabled.
func digestOfWebhook(r *archive.Webhook) (string, error) {
	w := webhooks.Webhook{Request: webhooks.Request{Method: r.Method, URL: r.URL, Username: r.Username, Password: r.Password}}
	for _, h := range r.Headers {
		w.Request.Headers = append(w.Request.Headers, webhooks.Header(h))
	}
	shown := w.WithoutSecrets().Request
	var body bytes.Buffer
	if r.Body != nil && json.Compact(&body, []byte(*r.Body)) != nil {
		body.Reset()
		body.WriteString(*r.Body)
	}
	filter, err := normalFilter(r.EventFilter)
	if err != nil {
		return "", err
	}
	listening := []events.Type{}
	for _, name := range r.Events {
		listening = append(listening, events.Type(name))
	}
	text, err := json.Marshal([]any{r.Description, listening, r.Format, filter, shown.Method, shown.URL, shown.Username, shown.Password, shown.Headers, body.String()})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// isSameWebhook reports whether a webhook does here what the digest is of.
func isSameWebhook(here webhooks.Stored, digest string) (bool, error) {
	record, err := webhookRecord(here, false)
	if err != nil {
		return false, err
	}
	own, err := digestOfWebhook(record)
	return own == digest, err
}

// normalFilter is an event filter as it is written here.
func normalFilter(text string) (string, error) {
	var lists map[string][]string
	if json.Unmarshal([]byte(text), &lists) != nil {
		return text, nil
	}
	return filterText(webhooks.NewEventFilter(lists))
}

func sameFilter(a, b string) (bool, error) {
	first, err := normalFilter(a)
	if err != nil {
		return false, err
	}
	second, err := normalFilter(b)
	return first == second, err
}

// knownWebhooks counts webhooks that are here. One that is here for the same and does
// something else is a conflict, unless it only waits to follow the source.
func (p *planner) knownWebhooks(ctx context.Context) (known int64, err error) {
	sources, err := rows[string](ctx, &p.tx.queries, "list imports", "SELECT source FROM imports")
	if err != nil {
		return 0, err
	}
	var before []importProgress
	for _, source := range sources {
		progress, err := p.tx.importProgress(ctx, source)
		if err != nil {
			return 0, err
		}
		before = append(before, progress)
	}
	for _, r := range p.batch {
		w := r.(*archive.Webhook)
		here, found, err := p.tx.Webhook(ctx, w.UUID)
		if err != nil {
			return 0, err
		}
		if !found {
			continue
		}
		known++
		digest, err := digestOfWebhook(w)
		if err != nil {
			return 0, err
		}
		same, err := isSameWebhook(here, digest)
		if err != nil {
			return 0, err
		}
		why := webhookOther
		for _, progress := range before {
			came, did := progress.Webhooks[w.UUID]
			same = same || did && (came.Digest == digest || came.UpdatedAt == archive.TimeOf(here.Webhook.UpdatedAt) && !here.Webhook.Enabled)
			if did {
				why = webhookChanged
			}
		}
		if !same {
			p.conflict(archive.KindWebhook, why, w.UUID)
		}
	}
	return known, nil
}
