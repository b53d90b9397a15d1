package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

type publicationRow struct {
	ID              int64
	IntegrationID   int64
	ConsumerID      int64
	Consumer        string
	ProviderID      int64
	Provider        string
	VersionID       int64
	VersionNumber   string
	VersionPosition int64
	ContentID       int64
	SHA             string
	Revision        int
	CreatedAt       micros
}

const (
	sqlPublicationColumns = `pub.id, pub.integration_id, i.consumer_id, c.name AS consumer, i.provider_id, p.name AS provider,
		pub.consumer_version_id AS version_id, v.number AS version_number, pub.version_position, pub.pact_version_id AS content_id, pv.sha, pub.revision, pub.created_at`
	sqlFromPublications = ` FROM pact_publications pub
		JOIN integrations i ON i.id = pub.integration_id
		JOIN pacticipants c ON c.id = i.consumer_id
		JOIN pacticipants p ON p.id = i.provider_id
		JOIN versions v ON v.id = pub.consumer_version_id
		JOIN pact_versions pv ON pv.id = pub.pact_version_id `
)

func (r publicationRow) toPublication() contracts.Publication {
	return contracts.Publication{
		ID: r.ID, IntegrationID: r.IntegrationID, ConsumerID: r.ConsumerID, Consumer: r.Consumer, ProviderID: r.ProviderID, Provider: r.Provider,
		VersionID: r.VersionID, VersionNumber: r.VersionNumber, VersionPosition: r.VersionPosition, ContentID: r.ContentID, SHA: r.SHA,
		Revision: r.Revision, CreatedAt: r.CreatedAt.Time(),
	}
}

func toPublications(found []publicationRow) []contracts.Publication {
	ps := make([]contracts.Publication, len(found))
	for i, r := range found {
		ps[i] = r.toPublication()
	}
	return ps
}

// FindIntegration returns the pair, if the two have a contract.
func (q *queries) FindIntegration(ctx context.Context, consumerID, providerID int64) (contracts.Integration, bool, error) {
	r, found, err := row[integrationRow](ctx, q, "find integration", `
		SELECT i.id, i.consumer_id, c.name AS consumer, i.provider_id, p.name AS provider, i.created_at
		FROM integrations i JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id
		WHERE i.consumer_id = ? AND i.provider_id = ?`, consumerID, providerID)
	return r.toIntegration(), found, err
}

// storedRow is what is stored of a contract before a version publishes it: zero
// for what is not there.
type storedRow struct {
	IntegrationID int64
	ContentID     int64
	// Revision is the last that the version has published to the provider.
	Revision     int
	Verified     bool
	HasContracts bool
}

// StoreContract stores what the consumer version says to the provider from now
// on: a further revision, of a content that the pair may have already. If the pair
// was removed meanwhile, as whoever deletes the provider does, the transaction
// begins again.
func (tx *Tx) StoreContract(ctx context.Context, v versions.Version, provider pacticipants.Pacticipant, c contracts.PactVersion, compressed []byte) (contracts.Stored, error) {
	stored, _, err := row[storedRow](ctx, &tx.queries, "look for contract", `
		SELECT coalesce(i.id, 0) AS integration_id, coalesce(pv.id, 0) AS content_id,
			coalesce((SELECT max(pub.revision) FROM pact_publications pub WHERE pub.consumer_version_id = ? AND pub.integration_id = i.id), 0) AS revision,
			EXISTS (SELECT 1 FROM verifications r WHERE r.pact_version_id = pv.id) AS verified,
			EXISTS (SELECT 1 FROM versions k WHERE k.pacticipant_id = ? AND k.contracts_key IS NOT NULL) AS has_contracts
		FROM (SELECT 1 AS one) one LEFT JOIN all_integrations i ON i.consumer_id = ? AND i.provider_id = ? AND i.deleted_at IS NULL
		LEFT JOIN pact_versions pv ON pv.integration_id = i.id AND pv.sha = ?`, v.ID, provider.ID, v.PacticipantID, provider.ID, c.SHA)
	if err != nil {
		return contracts.Stored{}, err
	}
	if stored.IntegrationID == 0 {
		if stored.IntegrationID, err = tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: v.PacticipantID}, provider); err != nil {
			return contracts.Stored{}, err
		}
	}
	isNew := stored.ContentID == 0
	if isNew {
		c.IntegrationID = stored.IntegrationID
		if stored.ContentID, isNew, err = tx.AddContent(ctx, c, compressed); err != nil {
			return contracts.Stored{}, err
		}
	}
	id, err := tx.addPublication(ctx, stored, v)
	return contracts.Stored{NewContent: isNew, Verified: stored.Verified, HasContracts: stored.HasContracts, Publication: contracts.Publication{
		ID: id, IntegrationID: stored.IntegrationID, ConsumerID: v.PacticipantID, Consumer: v.Pacticipant, ProviderID: provider.ID, Provider: provider.Name,
		VersionID: v.ID, VersionNumber: v.Number, VersionPosition: v.Position, ContentID: stored.ContentID, SHA: c.SHA,
		Revision: stored.Revision + 1, CreatedAt: tx.Now(),
	}}, err
}

// addPublication adds a revision behind the last, which no longer counts then.
func (tx *Tx) addPublication(ctx context.Context, last storedRow, v versions.Version) (int64, error) {
	if last.Revision > 0 {
		if _, err := tx.exec(ctx, "update latest revision", "UPDATE pact_publications SET latest = ? WHERE consumer_version_id = ? AND integration_id = ? AND latest",
			false, v.ID, last.IntegrationID); err != nil {
			return 0, err
		}
	}
	id, err := tx.insert(ctx, "add publication", `
		INSERT INTO pact_publications (integration_id, consumer_version_id, pact_version_id, revision, latest, version_position, created_at)
		SELECT i.id, ?, ?, ?, ?, ?, ? FROM integrations i WHERE i.id = ? RETURNING id`, v.ID, last.ContentID, last.Revision+1, true, v.Position, tx.now, last.IntegrationID)
	if err == nil && id == 0 {
		err = db.ErrConflict
	}
	return id, err
}

// AddIntegration returns the id of the pair, making it if it is new. If one of
// the two has been deleted meanwhile, the transaction begins again.
func (tx *Tx) AddIntegration(ctx context.Context, consumer, provider pacticipants.Pacticipant) (int64, error) {
	if _, err := tx.exec(ctx, "add integration", `
		INSERT INTO all_integrations (consumer_id, provider_id, created_at) VALUES (?, ?, ?)
		ON CONFLICT (consumer_id, provider_id) WHERE deleted_at IS NULL DO NOTHING`, consumer.ID, provider.ID, tx.now); err != nil {
		return 0, err
	}
	known, found, err := tx.FindIntegration(ctx, consumer.ID, provider.ID)
	if err == nil && !found {
		err = db.ErrConflict
	}
	return known.ID, err
}

// Publication returns the publication of a consumer version for a provider
// that counts, if there is one.
func (q *queries) Publication(ctx context.Context, consumerVersionID, providerID int64) (contracts.Publication, bool, error) {
	r, found, err := row[publicationRow](ctx, q, "find publication",
		"SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE pub.consumer_version_id = ? AND i.provider_id = ? AND pub.latest", consumerVersionID, providerID)
	return r.toPublication(), found, err
}

// AddContent returns the id of the content with that sha, storing the body if
// the pair does not have it yet; isNew tells that.
func (tx *Tx) AddContent(ctx context.Context, c contracts.PactVersion, compressed []byte) (id int64, isNew bool, err error) {
	id, err = tx.insert(ctx, "add content", `
		INSERT INTO pact_versions (integration_id, sha, interactions_count, messages_count, created_at, size, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (integration_id, sha) DO NOTHING RETURNING id`,
		c.IntegrationID, c.SHA, c.Interactions, c.Messages, tx.now, c.Size, compressed, contentChecksum(c.SHA, compressed))
	if err != nil || id != 0 {
		return id, id != 0, err
	}
	id, _, err = row[int64](ctx, &tx.queries, "find content", "SELECT id FROM pact_versions WHERE integration_id = ? AND sha = ?", c.IntegrationID, c.SHA)
	return id, false, err
}

// contentChecksum is what is kept of a content, to find out whether somebody has changed its
// digest or its body: the digest need not be that of the body by any rule, since another
// broker may have given it.
func contentChecksum(sha string, compressed []byte) []byte {
	sum := sha256.New()
	sum.Write([]byte(sha + "\n"))
	sum.Write(compressed)
	return sum.Sum(nil)
}

// ContentBody returns what was stored for the content. If it has been purged
// since it was found, that is a NotFound fault, and a transaction begins again.
func (q *queries) ContentBody(ctx context.Context, contentID int64) ([]byte, error) {
	packed, found, err := row[struct{ Body []byte }](ctx, q, "read content", "SELECT body FROM pact_versions WHERE id = ?", contentID)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, contracts.ContentGone(db.ErrConflict)
	}
	return unpack(packed.Body)
}

func (q *queries) ContentSizes(ctx context.Context, contentIDs ...int64) (map[int64]int64, error) {
	type sizeRow struct {
		ID   int64
		Size int64
	}
	found, err := rows[sizeRow](ctx, q, "read sizes of contents", "SELECT id, size FROM pact_versions WHERE "+q.dialect.Among("id"), q.dialect.List(contentIDs))
	sizes := make(map[int64]int64, len(found))
	for _, r := range found {
		sizes[r.ID] = r.Size
	}
	return sizes, err
}

// One encoder and one decoder serve all: both are safe for parallel use with
// EncodeAll and DecodeAll.
var (
	encoder, errEncoder = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithLowerEncoderMem(true))
	decoder, errDecoder = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true))
)

// Compress makes a body as small as it is stored.
func Compress(body []byte) ([]byte, error) {
	if errEncoder != nil {
		return nil, fmt.Errorf("compress: %w", errEncoder)
	}
	return encoder.EncodeAll(body, nil), nil
}

func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, errors.New("decompress: nothing stored")
	}
	if errDecoder != nil {
		return nil, fmt.Errorf("decompress: %w", errDecoder)
	}
	body, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return body, nil
}

// unpackedSize is how long unpack's result will be, as Compress has written it into
// the header.
func unpackedSize(packed []byte) int64 {
	var header zstd.Header
	if len(packed) == 0 || header.Decode(packed) != nil {
		return 0 // unpack tells what is wrong with it
	}
	return int64(header.FrameContentSize)
}

func (q *queries) Judged(ctx context.Context, p contracts.Publication) (verified, hasContracts bool, err error) {
	found, _, err := row[storedRow](ctx, q, "look for results and provider contracts", `
		SELECT EXISTS (SELECT 1 FROM verifications r WHERE r.pact_version_id = ?) AS verified,
			EXISTS (SELECT 1 FROM versions k WHERE k.pacticipant_id = ? AND k.contracts_key IS NOT NULL) AS has_contracts`, p.ContentID, p.ProviderID)
	return found.Verified, found.HasContracts, err
}
