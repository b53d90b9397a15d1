package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/webhooks"
)

// sqlDeployed joins records of deployments with what they name.
const sqlDeployed = `{x} JOIN pacticipants p ON p.name = x.application JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version
	JOIN environments e ON e.uuid = x.environment`

// sqlOccupied finds the deployments d that are current where a record is to be.
const sqlOccupied = "JOIN deployed_versions d ON d.environment_id = e.id AND d.pacticipant_id = p.id AND d.instance = x.instance AND d.currently_deployed AND d.uuid <> x.uuid"

const (
	// sqlElsewhere finds deployments d that are current where rows t are.
	sqlElsewhere = ` FROM deployed_versions d WHERE d.environment_id = t.environment_id AND d.pacticipant_id = t.pacticipant_id
		AND d.instance = t.instance AND d.currently_deployed AND d.id <> t.id`
	// sqlMayCome is the condition for which a row t may be what its record x says.
	sqlMayCome = "(NOT x.current OR NOT EXISTS (SELECT 1" + sqlElsewhere + "))"
)

// updateOfDeployments brings deployments up to date that fulfil a condition.
func updateOfDeployments(condition string) update {
	return update{table: "deployed_versions", set: "currently_deployed = x.current, undeployed_at = x.undeployed_at, updated_at = x.updated_at",
		from: `{x} WHERE t.uuid = x.uuid AND t.updated_at <= x.updated_at AND (t.currently_deployed <> x.current OR coalesce(t.undeployed_at, 0) <> coalesce(x.undeployed_at, 0)
			OR ` + sqlLater + ") AND " + condition}
}

// changedDeployments counts the deployments of the batch that writeDeployments would
// bring up to date, and adds to gone the ids of those that would have gone.
func (im *Import) changedDeployments(ctx context.Context, tx *Tx, gone map[int64]bool) (changed int64, err error) {
	second, err := im.secondInPlace(ctx, tx)
	if err != nil {
		return 0, err
	}
	going, err := updateOfDeployments("true").find(ctx, tx, im.deploymentTable(second, func(current bool) bool { return !current }))
	if err != nil {
		return 0, err
	}
	for _, id := range going {
		gone[id] = true
	}
	current := im.deploymentTable(second, func(current bool) bool { return current })
	stay, err := updateOfDeployments("t.currently_deployed").find(ctx, tx, current)
	if err != nil {
		return 0, err
	}
	changed = int64(len(going) + len(stay))
	come, err := updateOfDeployments("NOT t.currently_deployed").find(ctx, tx, current)
	if err != nil {
		return 0, err
	}
	for _, id := range come {
		other, occupied, err := row[int64](ctx, &tx.queries, "find other deployment", "SELECT o.id FROM deployed_versions t JOIN deployed_versions o ON o.id = (SELECT d.id"+sqlElsewhere+") WHERE t.id = ?", id)
		if err != nil {
			return 0, err
		}
		if !occupied || im.options.Take || gone[other] {
			changed++
		}
	}
	return changed, nil
}

// writeDeployments adds deployments, in their order, and brings known ones up to date:
// first those that have gone from a place, then those that are there now.
func (im *Import) writeDeployments(ctx context.Context, tx *Tx, done *outcome) error {
	second, err := im.secondInPlace(ctx, tx)
	if err != nil {
		return err
	}
	for _, i := range second {
		done.leaveHistory(im.batch[i].(*archive.Deployment))
	}
	gone := im.deploymentTable(second, func(current bool) bool { return !current })
	current := im.deploymentTable(second, func(current bool) bool { return current })
	for _, table := range []*db.Table{gone, current} {
		if table == current {
			if err := im.makeRoom(ctx, tx, current, done); err != nil {
				return err
			}
		}
		changed, err := updateOfDeployments(sqlMayCome).do(ctx, tx, table)
		if err != nil {
			return err
		}
		done.changed += changed
	}
	all := im.deploymentTable(second, func(bool) bool { return true })
	if done.added, err = tx.open.ExecTable(ctx, "add deployments", `
		INSERT INTO deployed_versions (uuid, environment_id, pacticipant_id, version_id, instance, currently_deployed, auto_created, undeployed_at, created_at, updated_at)
		SELECT x.uuid, e.id, p.id, v.id, x.instance, x.current AND NOT EXISTS (SELECT 1 FROM deployed_versions d WHERE d.environment_id = e.id AND d.pacticipant_id = p.id
			AND d.instance = x.instance AND d.currently_deployed), x.auto_created, x.undeployed_at, x.created_at, x.updated_at
		FROM `+sqlDeployed+` WHERE true ORDER BY x.i ON CONFLICT (uuid) DO NOTHING`, all); err != nil {
		return err
	}
	there, err := tx.open.NumbersOfTable(ctx, "look for deployments", "SELECT x.i FROM {x} JOIN deployed_versions t ON t.uuid = x.uuid", all)
	for _, i := range absent(there, len(im.batch)) {
		done.leave(archive.NoVersionOrEnvironment, im.batch[i].(*archive.Deployment).UUID)
	}
	return err
}

// secondInPlace are the records of the batch that say that something is deployed in a place
// which another record has. The place is for the record of what is deployed there here,
// else for what was deployed last, else for the first of them: so that none of the others
// ends what is here for something that does not come.
func (im *Import) secondInPlace(ctx context.Context, tx *Tx) (second []int, err error) {
	here, err := tx.open.NumbersOfTable(ctx, "look for what is deployed", `SELECT x.i FROM {x} JOIN deployed_versions t ON t.uuid = x.uuid AND t.instance = x.instance WHERE t.currently_deployed`,
		im.deploymentTable(nil, func(current bool) bool { return current }))
	if err != nil {
		return nil, err
	}
	isHere := make([]bool, len(im.batch))
	for _, i := range here {
		isHere[i] = true
	}
	first := map[place]int{}
	deployed := func(i int) *archive.Deployment { return im.batch[i].(*archive.Deployment) }
	for i := range im.batch {
		if !deployed(i).Current {
			continue
		}
		at := im.placeOf(deployed(i))
		before, taken := first[at]
		if !taken || !isHere[before] && (isHere[i] || deployed(i).CreatedAt > deployed(before).CreatedAt) {
			first[at] = i
		}
	}
	for i := range im.batch {
		if d := deployed(i); d.Current && deployed(first[im.placeOf(d)]).UUID != d.UUID {
			second = append(second, i)
		}
	}
	return second, nil
}

// place is where one version of an application is deployed at a time.
type place struct{ application, environment, instance string }

func (im *Import) placeOf(d *archive.Deployment) place {
	return place{d.Application, im.environment(d.Environment), d.Instance}
}

func nameOfDeployment(d *archive.Deployment) string {
	return fmt.Sprintf("%s %s (%s)", d.Application, d.Version, d.UUID)
}

func (o *outcome) leaveHistory(d *archive.Deployment) {
	o.alter(archive.DeployedOtherwise, nameOfDeployment(d))
}

// deploymentTable has those of the records that are wanted by whether they are current,
// which those at the places of second are not.
func (im *Import) deploymentTable(second []int, wanted func(current bool) bool) *db.Table {
	t := db.NewTable("i bigint", "uuid text", "application text", "version text", "environment text", "instance text", "current boolean", "auto_created boolean",
		"undeployed_at bigint", "created_at bigint", "updated_at bigint")
	for i, r := range im.batch {
		d := r.(*archive.Deployment)
		if current := d.Current && !slices.Contains(second, i); wanted(current) {
			t.Add(int64(i), d.UUID, d.Application, d.Version, im.environment(d.Environment), d.Instance, current, d.AutoCreated, (*int64)(d.UndeployedAt), int64(d.CreatedAt), int64(d.UpdatedAt))
		}
	}
	return t
}

// makeRoom deals with places where something else is deployed here: that gives
// way if the source wins, else what came counts as history.
func (im *Import) makeRoom(ctx context.Context, tx *Tx, current *db.Table, done *outcome) error {
	clashing, err := tx.open.NumbersOfTable(ctx, "look for other deployments", "SELECT x.i FROM "+sqlDeployed+" "+sqlOccupied, current)
	if err != nil || len(clashing) == 0 {
		return err
	}
	if im.options.Take {
		_, err := tx.open.ExecTable(ctx, "end other deployments", "UPDATE deployed_versions AS t SET currently_deployed = "+sqlFalse+`, undeployed_at = s.at, updated_at = s.at
			FROM (SELECT d.id, x.created_at AS at FROM `+sqlDeployed+" "+sqlOccupied+") s WHERE t.id = s.id", current)
		return err
	}
	for _, i := range clashing {
		done.leaveHistory(im.batch[i].(*archive.Deployment))
	}
	return nil
}

func (tx *Tx) sideOfRecord(ctx context.Context, name *string) (id *int64, known bool, err error) {
	if name == nil {
		return nil, true, nil
	}
	found, known, err := row[int64](ctx, &tx.queries, "find application", "SELECT id FROM pacticipants WHERE name = ?", *name)
	return &found, known, err
}

// fillIn fills in what a webhook lacks that is here.
func (im *Import) fillIn(ctx context.Context, tx *Tx, here webhooks.Stored, r *archive.Webhook, done *outcome) error {
	filled, fills, err := im.filledIn(here, r)
	if err != nil || !fills {
		return err
	}
	headers, err := json.Marshal(filled.Webhook.Request.Headers)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "fill in secrets", "UPDATE webhooks SET url = ?, headers = ?, password = ?, sealed = ?, signing_keys = ?, missing_secrets = ? WHERE id = ?",
		filled.Webhook.Request.URL, string(headers), filled.Webhook.Request.Password, filled.Encrypted, filled.SigningKeys, jsonList(filled.Missing), here.ID)
	done.changed++
	return err
}

// filledIn is a webhook with the secrets that the source tells and it lacks, and reports
// whether there are any.
func (im *Import) filledIn(here webhooks.Stored, r *archive.Webhook) (filled webhooks.Stored, fills bool, err error) {
	if len(here.Missing) == 0 {
		return here, false, nil
	}
	filled, err = im.options.FillIn(here, *r)
	return filled, err == nil && len(filled.Missing) < len(here.Missing), err
}

// addWebhook adds a webhook, unless an application is not there that it is for.
func (im *Import) addWebhook(ctx context.Context, tx *Tx, w *archive.Webhook, done *outcome) (added bool, err error) {
	consumer, known, err := tx.sideOfRecord(ctx, w.Consumer)
	if err != nil {
		return false, err
	}
	provider, alsoKnown, err := tx.sideOfRecord(ctx, w.Provider)
	if err != nil {
		return false, err
	}
	if !known || !alsoKnown {
		done.leave(archive.NoApplication, w.UUID)
		return false, nil
	}
	kept, err := im.options.Webhook(*w)
	if err != nil {
		return false, err
	}
	listening, err := json.Marshal(kept.Webhook.Events)
	if err != nil {
		return false, err
	}
	headers, err := json.Marshal(kept.Webhook.Request.Headers)
	if err != nil {
		return false, err
	}
	tx.webhooks = nil // what is known of them changes
	q := kept.Webhook.Request
	_, err = tx.exec(ctx, "add webhook", `
		INSERT INTO webhooks (uuid, description, consumer_id, consumer_label, provider_id, provider_label, enabled, paused, events, method, url, headers, body,
			username, password, sealed, signing_keys, aim, format, to_enable, missing_secrets, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		w.UUID, w.Description, consumer, w.ConsumerLabel, provider, w.ProviderLabel, false, w.Paused, string(listening), q.Method, q.URL, string(headers),
		nullable(string(q.Body)), q.Username, q.Password, kept.Encrypted, kept.SigningKeys, w.EventFilter, string(kept.Webhook.Format), w.Enabled, jsonList(kept.Missing), int64(w.CreatedAt), int64(w.UpdatedAt))
	return true, err
}

// EnableImportedWebhooks enables the webhooks that were enabled where they came
// from, and returns how many. Those that lack a secret stay as they are.
func (d *DB) EnableImportedWebhooks(ctx context.Context) (enabled int64, err error) {
	err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		enabled, err = tx.exec(ctx, "enable webhooks", "UPDATE webhooks SET enabled = ?, to_enable = ?, updated_at = ? WHERE to_enable AND missing_secrets = '[]'", true, false, tx.now)
		if enabled > 0 {
			audit.Changed(ctx, "webhooks enabled", nil, enabled)
		}
		return err
	})
	return enabled, err
}

// writeSecrets adds secrets whose encrypted value can be read here.
func (im *Import) writeSecrets(ctx context.Context, tx *Tx, done *outcome) error {
	im.result.MissingSecrets = nil // a batch may be tried again
	for _, r := range im.batch {
		s := r.(*archive.Secret)
		_, known, err := row[int64](ctx, &tx.queries, "find secret", "SELECT id FROM secrets WHERE name = ?", s.Name)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if s.Encrypted == nil || !im.options.Opens(s.Encrypted, "secret "+s.Name) {
			im.result.MissingSecrets = append(im.result.MissingSecrets, MissingSecret{Description: s.Description, Secret: s.Name})
			done.leave(archive.UntoldValue, s.Name)
			continue
		}
		if _, err := tx.exec(ctx, "add secret", "INSERT INTO secrets (name, description, hosts, applications, labels, teams, sealed, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			s.Name, s.Description, jsonList(s.Hosts), jsonList(s.Applications), jsonList(s.Labels), jsonList(s.Teams), s.Encrypted, int64(s.CreatedAt), int64(s.UpdatedAt)); err != nil {
			return err
		}
		done.added++
	}
	return nil
}
