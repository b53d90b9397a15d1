package commands

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// jsonImport is what came of an import, as programs read it.
type jsonImport struct {
	Source         string            `json:"source"`
	DryRun         bool              `json:"dry_run"`
	Seconds        float64           `json:"seconds"`
	Problems       []jsonNamed       `json:"refused_names"`
	Conflicts      []jsonLeftOut     `json:"conflicts"`
	Planned        []jsonPlanned     `json:"planned"`
	Kinds          []jsonKind        `json:"records"`
	LeftOut        []jsonLeftOut     `json:"left_out"`
	Altered        []jsonLeftOut     `json:"otherwise"`
	OtherTimes     []jsonLeftOut     `json:"with_other_times"`
	OtherUUIDs     []jsonLeftOut     `json:"with_other_uuids"`
	MissingSecrets []jsonSecret      `json:"missing_secrets"`
	ToEnable       int64             `json:"webhooks_to_enable"`
	Settings       map[string]string `json:"settings_of_source"`
	Omitted        []string          `json:"not_told_by_source"`
	Former         map[string]string `json:"former_names"`
	Error          *string           `json:"error"`
}

type (
	jsonNamed struct {
		Kind archive.Kind `json:"kind"`
		Name string       `json:"name"`
		Why  string       `json:"why"`
	}
	jsonLeftOut struct {
		Kind   archive.Kind `json:"kind"`
		Reason string       `json:"reason"`
		Count  int64        `json:"count"`
		First  []string     `json:"first"`
	}
	jsonPlanned struct {
		Kind  archive.Kind `json:"kind"`
		Read  int64        `json:"in_source"`
		Known int64        `json:"here_already"`
		// Changed is how many of those here would be brought up to date.
		Changed int64 `json:"would_change"`
		// LeftOut is how many of them cannot come.
		LeftOut int64 `json:"left_out"`
	}
	jsonKind struct {
		Kind    archive.Kind `json:"kind"`
		Read    int64        `json:"in_source"`
		Added   int64        `json:"added"`
		Changed int64        `json:"changed"`
		LeftOut int64        `json:"left_out"`
		Here    int64        `json:"here_now"`
	}
	jsonSecret struct {
		Webhook string `json:"webhook,omitempty"`
		Secret  string `json:"secret"`
	}
)

func (j jsonImport) because(err error) any {
	j.Error = textOf(err)
	return j
}

func newJSONImport(flags importFlags, o app.ImportOutcome, took time.Duration) jsonImport {
	j := jsonImport{Source: shownSource(flags.from), DryRun: flags.dryRun, Seconds: took.Seconds(), Problems: []jsonNamed{}, Planned: []jsonPlanned{}, Kinds: []jsonKind{},
		Conflicts: explained(o.Plan.Conflicts), LeftOut: explained(o.LeftOut()), Altered: explained(o.Altered()), OtherTimes: explained(o.Imported.OtherTimes),
		OtherUUIDs: explained(o.OtherUUIDs()), MissingSecrets: jsonSecrets(o.Imported.MissingSecrets),
		ToEnable: o.Imported.WebhooksToEnable, Settings: map[string]string{}, Former: map[string]string{}, Omitted: append([]string{}, o.Omitted...)}
	for _, s := range o.Skipped {
		left := jsonLeftOut{s.Kind, moving.Explain(s.Reason), s.Count, append([]string{}, s.First...)}
		switch {
		case s.OtherTime:
			j.OtherTimes = append(j.OtherTimes, left)
		case s.Otherwise:
			j.Altered = append(j.Altered, left)
		default:
			j.LeftOut = append(j.LeftOut, left)
		}
	}
	for _, p := range o.Problems {
		j.Problems = append(j.Problems, jsonNamed(p))
	}
	j.Planned = append(j.Planned, withLeftOut(o.Plan, o.Skipped)...)
	maps.Copy(j.Former, o.Former)
	for _, k := range o.Imported.Kinds {
		j.Kinds = append(j.Kinds, jsonKind(k))
	}
	for _, s := range o.Imported.Settings {
		j.Settings[s.Name] = s.Value
	}
	return j
}

// explained are what stayed away or came otherwise with the reasons in words, sorted by
// kind and words.
func explained(all []store.LeftOut) []jsonLeftOut {
	shown := []jsonLeftOut{}
	for _, l := range all {
		shown = append(shown, jsonLeftOut{l.Kind, moving.Explain(l.Reason), l.Count, l.First})
	}
	slices.SortStableFunc(shown, func(a, b jsonLeftOut) int {
		return cmp.Or(cmp.Compare(slices.Index(archive.Kinds, a.Kind), slices.Index(archive.Kinds, b.Kind)), cmp.Compare(a.Reason, b.Reason))
	})
	return shown
}

func jsonSecrets(all []store.MissingSecret) []jsonSecret {
	shown := []jsonSecret{}
	for _, m := range all {
		shown = append(shown, jsonSecret{m.Webhook, m.Secret})
	}
	return shown
}

// jsonEnabled is what came of enabling imported webhooks, as programs read it.
type jsonEnabled struct {
	Enabled        int64        `json:"enabled"`
	MissingSecrets []jsonSecret `json:"missing_secrets"`
	Error          *string      `json:"error"`
}

func (j jsonEnabled) because(err error) any {
	j.Error = textOf(err)
	return j
}

func enableWebhooks(ctx context.Context, report report, settings config.Settings) error {
	enabled, missing, err := app.EnableImportedWebhooks(ctx, settings)
	result := jsonEnabled{Enabled: enabled, MissingSecrets: jsonSecrets(missing)}
	if err != nil {
		return report.failed(result, err)
	}
	report.say("Enabled %d webhooks.", enabled)
	report.webhooksWaiting(0, missing)
	if len(missing) > 0 {
		report.say("Webhooks that lack a secret stay disabled. Enter it, and run this again.")
	}
	return report.done(result)
}
