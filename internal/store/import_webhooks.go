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
	// Untold is what it wrote and has not told the audit yet: it may have been killed.
	Untold map[archive.Kind]writtenOfKind `json:"untold,omitempty"`
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

// webhooksEverImported are the uuids of webhooks that came by any import, whether or not
// they are here now.
func (q *queries) webhooksEverImported(ctx context.Context) (map[string]bool, error) {
	ever := map[string]bool{}
	all, err := q.allImportProgress(ctx)
	for _, progress := range all {
		for uuid := range progress.Webhooks {
			ever[uuid] = true
		}
	}
	return ever, err
}

// allImportProgress is what the imports from all sources have kept.
func (q *queries) allImportProgress(ctx context.Context) (all []importProgress, err error) {
	sources, err := rows[string](ctx, q, "list imports", "SELECT source FROM imports")
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		progress, err := q.importProgress(ctx, source)
		if err != nil {
			return nil, err
		}
		all = append(all, progress)
	}
	return all, nil
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
	ever, err := tx.webhooksEverImported(ctx)
	if err != nil {
		return err
	}
	for _, r := range im.batch {
		w := r.(*archive.Webhook)
		im.webhooksRead[w.UUID] = true
		if ever[w.UUID] && !im.options.Take {
			if _, known, err := tx.Webhook(ctx, w.UUID); err != nil {
				return err
			} else if !known {
				done.leave(archive.WebhookDeletedHere, w.UUID)
				continue
			}
		}
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

// reimport is what decides about a webhook that is here. digest is of what the source says
// now, before what an import left, if it came by one.
func (im *Import) reimport(here webhooks.Stored, digest string, before importedWebhook, came bool) (webhooks.Reimport, error) {
	same, err := isSameWebhook(here, digest)
	return webhooks.Reimport{
		Came: came, Unchanged: before.Digest == digest, Untouched: archive.TimeOf(here.Webhook.UpdatedAt) == before.UpdatedAt && !here.Webhook.Enabled,
		Same: same, Take: im.options.Take,
	}, err
}

// changesWebhook reports whether writeWebhook would change a webhook that is here.
func (im *Import) changesWebhook(ctx context.Context, tx *Tx, here webhooks.Stored, w *archive.Webhook, resolution webhooks.Resolution) (bool, error) {
	switch {
	case resolution == webhooks.Follows:
		_, _, differs, err := im.following(ctx, tx, here, w)
		return differs, err
	case resolution.FillsIn():
		_, fills, err := im.filledIn(here, w)
		return fills, err
	}
	return false, nil
}

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
	updatedAt, changed := archive.TimeOf(here.Webhook.UpdatedAt), done.changed
	again, err := im.reimport(here, digest, before, came)
	if err != nil {
		return after, err
	}
	resolution := again.Resolution()
	switch resolution {
	case webhooks.Follows:
		if updatedAt, err = im.follow(ctx, tx, here, w, done); err != nil {
			return after, err
		}
		after = importedWebhook{Digest: digest, UpdatedAt: updatedAt}
	case webhooks.StaysSame:
		if err := im.fillIn(ctx, tx, here, w, done); err != nil {
			return after, err
		}
		after = importedWebhook{Digest: digest, UpdatedAt: before.UpdatedAt}
		if !came {
			after.UpdatedAt = updatedAt
		}
	case webhooks.StaysChanged:
		after = before
	case webhooks.StaysOther:
		if err := im.fillIn(ctx, tx, here, w, done); err != nil {
			return after, err
		}
	}
	tellWebhook(reasonsOfWebhook(resolution, here, w, before), w.UUID, done.changed > changed, done)
	if resolution == webhooks.StaysOther || w.Enabled || here.Webhook.Enabled {
		return after, nil
	}
	return after, tx.leaveDisabled(ctx, w.UUID)
}

// reasonsOfWebhook are those for which a webhook that is here does not become, or do, what
// it did in the source. before is what an import from there left.
func reasonsOfWebhook(resolution webhooks.Resolution, here webhooks.Stored, w *archive.Webhook, before importedWebhook) (reasons []archive.Reason) {
	switch resolution {
	case webhooks.StaysOther:
		return []archive.Reason{archive.WebhookOther}
	case webhooks.StaysChanged:
		reasons = append(reasons, archive.WebhookChanged)
	}
	if before.Enabled && !w.Enabled && !here.Webhook.Enabled {
		reasons = append(reasons, archive.WebhookDisabled)
	}
	return reasons
}

// tellWebhook tells all the reasons for a webhook and counts it as left out at most once,
// and not if it counts as changed.
func tellWebhook(reasons []archive.Reason, uuid string, changed bool, to interface {
	leave(reason archive.Reason, name string)
	tell(reason archive.Reason, name string)
}) {
	for i, reason := range reasons {
		if i == 0 && !changed {
			to.leave(reason, uuid)
		} else {
			to.tell(reason, uuid)
		}
	}
}

// leaveDisabled makes a webhook wait no longer to be enabled.
func (tx *Tx) leaveDisabled(ctx context.Context, uuid string) error {
	_, err := tx.exec(ctx, "leave webhook disabled", "UPDATE webhooks SET to_enable = ? WHERE uuid = ? AND to_enable", false, uuid)
	return err
}

// follow makes a webhook what it is in the source, and returns the time that it then has.
func (im *Import) follow(ctx context.Context, tx *Tx, here webhooks.Stored, w *archive.Webhook, done *outcome) (at archive.Time, err error) {
	followed, toEnable, differs, err := im.following(ctx, tx, here, w)
	if err != nil || !differs {
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

// following is what a webhook becomes that follows the source, whether it then waits to be
// enabled, and whether anything of that differs from what is here.
func (im *Import) following(ctx context.Context, tx *Tx, here webhooks.Stored, w *archive.Webhook) (followed webhooks.Stored, toEnable, differs bool, err error) {
	followed, changed, err := im.options.Follow(here, *w)
	if err != nil {
		return followed, false, false, err
	}
	waits, _, err := row[bool](ctx, &tx.queries, "look whether a webhook waits", "SELECT to_enable FROM webhooks WHERE id = ?", here.ID)
	if err != nil {
		return followed, false, false, err
	}
	record, err := webhookRecord(here, false)
	if err != nil {
		return followed, false, false, err
	}
	filtered, err := sameFilter(record.EventFilter, w.EventFilter)
	toEnable = w.Enabled && !here.Webhook.Enabled
	return followed, toEnable, changed || !filtered || waits != toEnable, err
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
		addLeftOut(im.leftOut, archive.KindWebhook, archive.WebhookDeleted, uuid)
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
func (p *planner) knownWebhooks(ctx context.Context) (all found, err error) {
	before, err := p.tx.allImportProgress(ctx)
	if err != nil {
		return found{}, err
	}
	ever, err := p.tx.webhooksEverImported(ctx)
	if err != nil {
		return found{}, err
	}
	own, err := p.tx.importProgress(ctx, p.im.options.Source)
	if err != nil {
		return found{}, err
	}
	for _, r := range p.batch {
		w := r.(*archive.Webhook)
		here, is, err := p.tx.Webhook(ctx, w.UUID)
		if err != nil {
			return found{}, err
		}
		if !is {
			if ever[w.UUID] && !p.im.options.Take {
				p.leave(archive.WebhookDeletedHere, w.UUID)
			}
			continue
		}
		digest, err := digestOfWebhook(w)
		if err != nil {
			return found{}, err
		}
		came, did := own.Webhooks[w.UUID]
		again, err := p.im.reimport(here, digest, came, did)
		if err != nil {
			return found{}, err
		}
		conflicts, why := again.Conflicts(), archive.WebhookOther
		for _, progress := range before {
			came, did := progress.Webhooks[w.UUID]
			if !did {
				continue
			}
			why = archive.WebhookChanged
			from, err := p.im.reimport(here, digest, came, did)
			if err != nil {
				return found{}, err
			}
			conflicts = conflicts && from.Conflicts()
		}
		if conflicts {
			p.conflict(archive.KindWebhook, why, w.UUID)
		}
		resolution := again.Resolution()
		changes, err := p.im.changesWebhook(ctx, p.tx, here, w, resolution)
		if err != nil {
			return found{}, err
		}
		var reasons []archive.Reason
		if !conflicts || p.keeps || p.im.options.Take {
			reasons = reasonsOfWebhook(resolution, here, w, came)
		}
		tellWebhook(reasons, w.UUID, changes, p)
		if changes {
			all.changed++
		}
		if changes || len(reasons) == 0 {
			all.known++
		}
	}
	return all, nil
}
