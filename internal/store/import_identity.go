package store

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
)

// This file tells things of one uuid apart. Where a broker was once a copy of another
// one, or its applications come under other names, a uuid stands for several things:
// what comes then gets one of its own, which follows from what it is.

// identity is by what records of a kind are the same, beside their uuid.
type identity struct {
	table string
	// about is what the record is about, in up to four texts.
	about func(im *Import, r archive.Record) [4]string
	// joins and same say when a row t of the table is about that, too.
	joins, same string
	// copied is a copy of the record, and its uuid.
	copied func(r archive.Record) (archive.Record, *string)
	// renamed keeps in mind that things of later kinds name the record by another uuid.
	renamed func(im *Import) map[string]string
}

func (i identity) uuid(r archive.Record) string {
	_, uuid := i.copied(r)
	return *uuid
}

// with is a copy of the record with another uuid.
func (i identity) with(r archive.Record, another string) archive.Record {
	r, uuid := i.copied(r)
	*uuid = another
	return r
}

const (
	sqlPlacedThing = ` JOIN all_pacticipants p ON p.id = t.pacticipant_id JOIN versions v ON v.id = t.version_id JOIN environments e ON e.id = t.environment_id`
	sqlSamePlace   = `p.deleted_at IS NULL AND p.name = x.a AND v.number = x.b AND e.uuid = x.c`
)

var identities = map[archive.Kind]identity{
	archive.KindDeployment: {
		table: "deployed_versions",
		about: func(im *Import, r archive.Record) [4]string {
			d := r.(*archive.Deployment)
			return [4]string{d.Application, d.Version, im.environment(d.Environment)}
		},
		joins: sqlPlacedThing, same: sqlSamePlace,
		copied: func(r archive.Record) (archive.Record, *string) {
			d := *r.(*archive.Deployment)
			return &d, &d.UUID
		},
	},
	archive.KindRelease: {
		table: "released_versions",
		about: func(im *Import, r archive.Record) [4]string {
			d := r.(*archive.Release)
			return [4]string{d.Application, d.Version, im.environment(d.Environment)}
		},
		joins: sqlPlacedThing, same: sqlSamePlace,
		copied: func(r archive.Record) (archive.Record, *string) {
			d := *r.(*archive.Release)
			return &d, &d.UUID
		},
	},
	archive.KindWebhook: {
		table: "webhooks",
		about: func(_ *Import, r archive.Record) [4]string {
			w := r.(*archive.Webhook)
			return [4]string{text(w.Consumer), text(w.ConsumerLabel), text(w.Provider), text(w.ProviderLabel)}
		},
		joins: " LEFT JOIN all_pacticipants c ON c.id = t.consumer_id LEFT JOIN all_pacticipants p ON p.id = t.provider_id",
		same: `c.deleted_at IS NULL AND p.deleted_at IS NULL AND coalesce(c.name, '') = x.a AND coalesce(t.consumer_label, '') = x.b
			AND coalesce(p.name, '') = x.c AND coalesce(t.provider_label, '') = x.d`,
		copied: func(r archive.Record) (archive.Record, *string) {
			w := *r.(*archive.Webhook)
			return &w, &w.UUID
		},
		renamed: func(im *Import) map[string]string { return im.webhookUUIDs },
	},
	archive.KindDelivery: {
		table: "triggered_webhooks",
		about: func(im *Import, r archive.Record) [4]string {
			d := r.(*archive.Delivery)
			return [4]string{text(im.webhookUUID(d.Webhook)), text(d.Consumer), text(d.Provider)}
		},
		joins: ` LEFT JOIN webhooks w ON w.id = t.webhook_id LEFT JOIN all_integrations n ON n.id = t.integration_id
			LEFT JOIN all_pacticipants c ON c.id = n.consumer_id LEFT JOIN all_pacticipants p ON p.id = n.provider_id`,
		same: "coalesce(w.uuid, x.a) = x.a AND coalesce(c.name, x.b) = x.b AND coalesce(p.name, x.c) = x.c",
		copied: func(r archive.Record) (archive.Record, *string) {
			d := *r.(*archive.Delivery)
			return &d, &d.UUID
		},
		renamed: func(im *Import) map[string]string { return im.deliveryUUIDs },
	},
}

// webhookUUID is the uuid that a webhook of the source has here.
func (im *Import) webhookUUID(uuid *string) *string {
	if uuid != nil && im.webhookUUIDs[*uuid] != "" {
		own := im.webhookUUIDs[*uuid]
		return &own
	}
	return uuid
}

// deliveryUUID is the uuid that a delivery of the source has here.
func (im *Import) deliveryUUID(uuid string) string {
	if own := im.deliveryUUIDs[uuid]; own != "" {
		return own
	}
	return uuid
}

// ownUUID is the uuid of something whose uuid something else has: always the same for
// the same thing.
func ownUUID(kind archive.Kind, given string, about [4]string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.Join(append([]string{"accord", string(kind), given}, about[:]...), "\n"))).String()
}

// identified are the records, in which those have a uuid of their own whose uuid stands
// for something else here or in a record before them, or did when they came. Their places are told.
func (im *Import) identified(ctx context.Context, tx *Tx, kind archive.Kind, records []archive.Record) (all []archive.Record, places []int64, err error) {
	of, known := identities[kind]
	if !known {
		return records, nil, nil
	}
	table := db.NewTable("i bigint", "uuid text", "own text", "a text", "b text", "c text", "d text")
	own, first := make([]string, len(records)), map[string][4]string{}
	for i, r := range records {
		about := of.about(im, r)
		if before, twice := first[of.uuid(r)]; !twice {
			first[of.uuid(r)] = about
		} else if before != about {
			places = append(places, int64(i))
		}
		own[i] = ownUUID(kind, of.uuid(r), about)
		table.Add(int64(i), of.uuid(r), own[i], about[0], about[1], about[2], about[3])
	}
	came, err := tx.open.NumbersOfTable(ctx, "look for what has a uuid of its own", "SELECT x.i FROM {x} JOIN "+of.table+" t ON t.uuid = x.own", table)
	if err != nil {
		return nil, nil, err
	}
	others, err := tx.open.NumbersOfTable(ctx, "look for others of one uuid", "SELECT x.i FROM {x} JOIN "+of.table+" t ON t.uuid = x.uuid"+of.joins+" WHERE NOT ("+of.same+")", table)
	if err != nil {
		return nil, nil, err
	}
	places = slices.Concat(places, came, others)
	slices.Sort(places)
	places = slices.Compact(places)
	kept := map[string]bool{} // the uuids that one of the records keeps, whom later kinds name
	for i, r := range records {
		if _, another := slices.BinarySearch(places, int64(i)); !another {
			kept[of.uuid(r)] = true
		}
	}
	all = slices.Clone(records)
	for _, i := range places {
		if of.renamed != nil && !kept[of.uuid(records[i])] {
			of.renamed(im)[of.uuid(records[i])] = own[i]
		}
		all[i] = of.with(records[i], own[i])
	}
	return all, places, nil
}
