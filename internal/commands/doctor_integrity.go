package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

// integrity reads everything in the database.
func (v *visit) integrity(ctx context.Context, settings config.Settings, repair bool) {
	found, err := app.CheckIntegrity(ctx, settings, repair, v.report.steps())
	if err != nil {
		v.ill("database", "it could not be read to the end: "+oneLine(err))
		if len(found.Deviations) > 0 { // which may be why
			v.schema(found, repair)
		}
		return
	}
	v.structure(found.Structure)
	if len(found.Structure.Damage) > 0 {
		return
	}
	v.schema(found, repair)
	for _, compared := range found.Projections {
		v.projection(compared, repair)
	}
	v.contents(found.Contents, found.OtherDigests)
	for _, checked := range found.Reports {
		v.reports(checked)
	}
}

func (v *visit) structure(s db.Structure) {
	// Less than this, and a broker may not get through the next hour.
	const little = 100 << 20
	if len(s.Damage) > 0 {
		v.ill("database", "it is damaged: "+strings.Join(strings.Fields(strings.Join(s.Damage, "; ")), " ")+". Stop the broker and restore a backup (`broker restore`)")
		return
	}
	if len(s.Dangling) > 0 {
		v.ill("database", "rows refer to others that are not there ("+strings.Join(s.Dangling, ", ")+"). Restore a backup from before, or ask the project for help")
	} else {
		v.well("database", fmt.Sprintf("%s, nothing damaged, all references lead somewhere", size(s.Size)))
	}
	if s.Unused > s.Size/4 && s.Unused > little {
		v.note("database", fmt.Sprintf("%s of it hold nothing and are used for what comes next; stop the broker and let sqlite3 run VACUUM to give them back", size(s.Unused)))
	}
	switch {
	case s.Known && s.Free < little:
		v.ill("disk", fmt.Sprintf("%s are left on the disk of the database. Free some", size(s.Free)))
	case s.Known && s.Free < s.Size:
		v.note("disk", fmt.Sprintf("%s are left on the disk of the database, less than a backup beside it needs", size(s.Free)))
	case s.Known:
		v.well("disk", size(s.Free)+" are left")
	}
}

// schema tells what of the schema is not as the migrations make it.
func (v *visit) schema(found app.Integrity, repair bool) {
	if found.NotRepaired != nil {
		v.ill("schema", "not all of it could be looked at and made anew: "+oneLine(found.NotRepaired))
	}
	for _, d := range found.Deviations {
		what := fmt.Sprintf("%s %s of the table %s", d.Kind, d.Name, d.Of)
		if d.Kind == "index" {
			what = "index " + d.Name
		}
		switch {
		case d.Repaired:
			v.note("schema", what+" was missing, and is made anew")
		case d.Found == "" && d.Kind == "index" && !repair:
			v.ill("schema", what+" is missing, so that questions which need it take long. Run `broker doctor --repair`; where it is large nothing is written meanwhile")
		case d.Found == "" && d.Kind == "index":
			v.ill("schema", what+" is missing")
		case d.Found == "":
			v.ill("schema", what+" is missing: somebody has removed it. Add it again ("+d.Made+"), or restore a backup from before")
		case d.Kind == "index":
			v.ill("schema", fmt.Sprintf("%s is not as Accord makes it, but %s. Drop it, and run `broker doctor --repair`", what, d.Found))
		default:
			v.ill("schema", fmt.Sprintf("%s is not as Accord makes it (%s), but %s. Change it back, or restore a backup from before", what, d.Made, d.Found))
		}
	}
	if len(found.Deviations) == 0 && found.NotRepaired == nil {
		v.well("schema", "columns, indexes and constraints are as Accord makes them")
	}
}

func (v *visit) projection(c store.ProjectionChecked, repair bool) {
	what := partNames[c.Part]
	wrong := fmt.Sprintf("%s: %d wrong by what history says", what, c.Wrong)
	switch {
	case c.Wrong == 0:
		v.well("history", what+": as history says")
	case c.Repaired == c.Wrong:
		v.note("history", wrong+", all computed anew")
	case repair:
		v.ill("history", fmt.Sprintf("%s, %d computed anew. Run `broker doctor --repair` again; report to the project what stays so", wrong, c.Repaired))
	default:
		v.ill("history", fmt.Sprintf("%s (%s ids %s). Back up, and run `broker doctor --repair`", wrong, ownersOf[c.Part], ids(c.First, c.Wrong)))
	}
}

// ids lists the first of some ids, and that there are more.
func ids(first []int64, all int64) string {
	texts := make([]string, len(first))
	for i, id := range first {
		texts[i] = fmt.Sprint(id)
	}
	return firstOf(texts, all)
}

// firstOf lists the first of some texts, and that there are more.
func firstOf(texts []string, all int64) string {
	if int64(len(texts)) < all {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
}

func (v *visit) contents(c store.ContentsChecked, otherDigests bool) {
	if c.Damaged.N > 0 {
		v.ill("contracts", fmt.Sprintf("%s of %d cannot be read any more (%s). Restore a backup", count(int(c.Damaged.N), "content"), c.All, firstOf(c.Damaged.First, c.Damaged.N)))
	}
	if c.Changed.N > 0 {
		v.ill("contracts", fmt.Sprintf("%s of %d, or what they are known by, are not as they were stored (%s): somebody has changed the database by hand. Restore a backup",
			count(int(c.Changed.N), "content"), c.All, firstOf(c.Changed.First, c.Changed.N)))
	}
	if c.Damaged.N+c.Changed.N == 0 {
		v.well("contracts", wholeContents(c))
	}
	if c.Unlike.N == 0 {
		return
	}
	unlike := fmt.Sprintf("%s of earlier versions %s another digest than the text gives (%s)", count(int(c.Unlike.N), "content"), has(c.Unlike.N), firstOf(c.Unlike.First, c.Unlike.N))
	if otherDigests {
		v.note("contracts", unlike+": fine for what was imported, or published while equality was by text; wrong if somebody changed the database by hand, which nothing tells")
	} else {
		v.ill("contracts", unlike+". Nothing was imported, and equality was never by text: somebody has changed the database by hand. Restore a backup")
	}
}

// wholeContents says by what contents were found to be whole.
func wholeContents(c store.ContentsChecked) string {
	checked := count(int(c.All), "content") + ", each as it was stored"
	if withSum := c.All - c.Earlier; withSum > 0 {
		checked += fmt.Sprintf("; %d with the digest that was stored", withSum)
	}
	if fitting := c.Earlier - c.Unlike.N; fitting > 0 {
		checked += fmt.Sprintf("; %d of earlier versions with the digest of the text", fitting)
	}
	return checked
}

func (v *visit) reports(c store.ReportsChecked) {
	if c.Damaged > 0 {
		v.ill("contracts", fmt.Sprintf("%s: %d of %d cannot be read any more (ids %s). Restore a backup, or let the providers' builds verify again", partNames[c.Part], c.Damaged, c.All, ids(c.First, c.Damaged)))
	} else if c.All > 0 {
		v.well("contracts", fmt.Sprintf("%s: %d, each as it was stored", partNames[c.Part], c.All))
	}
}

func has(n int64) string {
	if n == 1 {
		return "has"
	}
	return "have"
}
