package store

import (
	"context"
	"strings"
	"unicode"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/fault"
)

type pacticipantRow struct {
	ID                  int64
	Name                string
	DisplayName         string
	RepositoryURL       *string
	RepositoryName      *string
	RepositoryNamespace *string
	MainBranch          *string
	CreatedAt           micros
	UpdatedAt           micros
	Changed             bool
}

const sqlPacticipantColumns = "p.id, p.name, p.display_name, p.repository_url, p.repository_name, p.repository_namespace, p.main_branch, p.created_at, p.updated_at, p.changed"

func (r pacticipantRow) toPacticipant() pacticipants.Pacticipant {
	return pacticipants.Pacticipant{
		ID: r.ID, Name: r.Name, DisplayName: r.DisplayName,
		RepositoryURL: text(r.RepositoryURL), RepositoryName: text(r.RepositoryName), RepositoryNamespace: text(r.RepositoryNamespace),
		MainBranch: text(r.MainBranch), CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(), Changed: r.Changed,
	}
}

// text returns the text, or "" for NULL.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// nullable returns NULL for "".
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// named compares a column with a name as the settings say: exactly, or without
// regard to case.
func (q *queries) named(column string) string { return q.sameName(column, "?") }

// sameName does the same with a column of names.
func (q *queries) sameName(column, name string) string {
	if q.options.FoldNames {
		return "lower(" + column + ") = lower(" + name + ")"
	}
	return column + " = " + name
}

// namedAmong compares a column with a list of names, which dialect.Texts hands over
// as one argument however many they are, in the way of named.
func (q *queries) namedAmong(column string) string {
	if q.options.FoldNames {
		return "lower(" + column + ") IN (SELECT lower(asked.value) FROM (SELECT 1) one" + q.dialect.JoinTexts() + ")"
	}
	return q.dialect.AmongTexts(column)
}

func (q *queries) FindPacticipant(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	p, found, err := q.findByName(ctx, name)
	if err != nil || found {
		return p, found, err
	}
	return q.findFormerly(ctx, name)
}

// findByName returns the application that has the name now.
func (q *queries) findByName(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	r, found, err := row[pacticipantRow](ctx, q, "find pacticipant",
		"SELECT "+sqlPacticipantColumns+" FROM pacticipants p WHERE "+q.named("p.name")+" ORDER BY p.id LIMIT 1", name)
	return r.toPacticipant(), found, err
}

func (tx *Tx) AddPacticipant(ctx context.Context, p pacticipants.Pacticipant) (pacticipants.Pacticipant, error) {
	if err := tx.lockName(ctx, p.Name); err != nil {
		return pacticipants.Pacticipant{}, err
	}
	id, err := tx.insert(ctx, "add pacticipant", `
		INSERT INTO all_pacticipants (name, display_name, repository_url, repository_name, repository_namespace, main_branch, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING RETURNING id`,
		p.Name, p.DisplayName, nullable(p.RepositoryURL), nullable(p.RepositoryName), nullable(p.RepositoryNamespace), nullable(p.MainBranch), tx.now, tx.now)
	if err == nil && id == 0 {
		err = db.ErrConflict
	}
	if err != nil {
		return pacticipants.Pacticipant{}, err
	}
	p.ID, p.CreatedAt, p.UpdatedAt = id, tx.Now(), tx.Now()
	tx.remember(p.Name, p)
	return p, nil
}

func (tx *Tx) UpdatePacticipant(ctx context.Context, p pacticipants.Pacticipant) error {
	tx.found = nil
	_, err := tx.exec(ctx, "update pacticipant", `
		UPDATE all_pacticipants SET display_name = ?, repository_url = ?, repository_name = ?, repository_namespace = ?, main_branch = ?, updated_at = ?, changed = ?
		WHERE id = ?`,
		p.DisplayName, nullable(p.RepositoryURL), nullable(p.RepositoryName), nullable(p.RepositoryNamespace), nullable(p.MainBranch), microsOf(p.UpdatedAt), p.Changed, p.ID)
	return err
}

func (tx *Tx) RemovePacticipant(ctx context.Context, p pacticipants.Pacticipant) error {
	tx.found, tx.sought = nil, nil
	if err := tx.lockPacticipantExclusively(ctx, p.ID); err != nil {
		return err
	}
	removed, err := tx.exec(ctx, "remove pacticipant", "UPDATE all_pacticipants SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL", tx.now, p.ID)
	if err != nil {
		return err
	}
	if removed == 0 {
		return fault.NoPacticipant("pacticipant", p.Name)
	}
	if err := tx.RemoveWebhooksOf(ctx, p.ID); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "remove integrations of pacticipant",
		"UPDATE all_integrations SET deleted_at = ? WHERE (consumer_id = ? OR provider_id = ?) AND deleted_at IS NULL", tx.now, p.ID, p.ID)
	return err
}

func (tx *Tx) LockForRemoval(ctx context.Context, p pacticipants.Pacticipant) error {
	return tx.lockPacticipantExclusively(ctx, p.ID)
}

func (q *queries) PartnersOf(ctx context.Context, p pacticipants.Pacticipant) ([]pacticipants.Partner, error) {
	found, err := rows[struct {
		ID     int64
		Name   string
		Paired int
	}](ctx, q, "find partners of pacticipant", `
		SELECT p.id, p.name, max(shared.paired) AS paired FROM (
			SELECT consumer_id AS id, 1 AS paired FROM integrations WHERE provider_id = ?
			UNION ALL SELECT provider_id, 1 FROM integrations WHERE consumer_id = ?
			UNION ALL SELECT consumer_id, 0 FROM webhooks WHERE provider_id = ?
			UNION ALL SELECT provider_id, 0 FROM webhooks WHERE consumer_id = ?) shared
		JOIN pacticipants p ON p.id = shared.id WHERE p.id <> ? GROUP BY p.id, p.name ORDER BY p.name`,
		p.ID, p.ID, p.ID, p.ID, p.ID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids := make([]int64, len(found))
	for i, r := range found {
		ids[i] = r.ID
	}
	labels, err := q.LabelsOf(ctx, ids...)
	partners := make([]pacticipants.Partner, len(found))
	for i, r := range found {
		partners[i] = pacticipants.Partner{Name: r.Name, Paired: r.Paired > 0}
		for _, label := range labels[r.ID] {
			partners[i].Labels = append(partners[i].Labels, label.Name)
		}
	}
	return partners, err
}

func (q *queries) PacticipantsWithRepository(ctx context.Context, texts ...string) ([]pacticipants.Pacticipant, error) {
	conditions, args := make([]string, len(texts)), []any{}
	for i, text := range texts {
		c := columnContaining("p.repository_url", text)
		conditions[i], args = c.text, append(args, c.args...)
	}
	found, err := rows[pacticipantRow](ctx, q, "find pacticipants by repository",
		"SELECT "+sqlPacticipantColumns+" FROM pacticipants p WHERE "+strings.Join(conditions, " OR ")+" ORDER BY p.id", args...)
	all := make([]pacticipants.Pacticipant, len(found))
	for i, r := range found {
		all[i] = r.toPacticipant()
	}
	return all, err
}

// escapeLike makes a text literal within LIKE … ESCAPE '\'.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// foldedLetters is how many letters beyond ASCII of a text are looked for in any case.
const foldedLetters = 50

// columnContaining is the condition that a column holds a text, in any case. What
// lower() makes of letters beyond ASCII depends on the database, so those of the
// text are put in lower case one by one.
func columnContaining(column, text string) condition {
	c := condition{text: column}
	seen := map[rune]bool{}
	for _, letter := range text {
		lower := unicode.ToLower(letter)
		for _, upper := range []rune{letter, unicode.ToUpper(letter), unicode.ToTitle(letter)} {
			if upper < unicode.MaxASCII || upper == lower || seen[upper] || len(seen) == foldedLetters {
				continue
			}
			seen[upper] = true
			c.text, c.args = "replace("+c.text+", ?, ?)", append(c.args, string(upper), string(lower))
		}
	}
	c.text, c.args = "lower("+c.text+`) LIKE ? ESCAPE '\'`, append(c.args, containing(text))
	return c
}

func (q *queries) PacticipantNames(ctx context.Context) ([]string, error) {
	return rows[string](ctx, q, "read names of pacticipants", "SELECT name FROM pacticipants ORDER BY id")
}

func (q *queries) Pacticipants(ctx context.Context, l pacticipants.Query) ([]pacticipants.Pacticipant, int, error) {
	var c condition
	c.and("1 = 1")
	if l.Search != "" {
		c.with(columnContaining("p.name", l.Search))
	}
	if l.IDs != nil {
		c.and(q.dialect.Among("p.id"), q.dialect.List(l.IDs))
	}
	if l.Label != "" {
		c.and("EXISTS (SELECT 1 FROM labels l WHERE l.pacticipant_id = p.id AND "+q.named("l.name")+")", l.Label)
	}
	page, args := paged(l.Limit, l.Offset)
	found, err := rows[pacticipantRow](ctx, q, "read pacticipants",
		"SELECT "+sqlPacticipantColumns+" FROM pacticipants p WHERE "+c.text+" ORDER BY lower(p.name), p.id"+page, append(c.args, args...)...)
	all := make([]pacticipants.Pacticipant, len(found))
	for i, r := range found {
		all[i] = r.toPacticipant()
	}
	if err != nil || l.Limit == 0 {
		return all, len(all), err
	}
	total, _, err := row[int](ctx, q, "count pacticipants", "SELECT count(*) FROM pacticipants p WHERE "+c.text, c.args...)
	return all, total, err
}
