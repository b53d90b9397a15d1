package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/store/db"
)

// Plan is what an import would do.
type Plan struct {
	Kinds []KindPlanned
	// Conflicts are what both have, but not the same.
	Conflicts []LeftOut
	// OtherUUIDs are what would come with another uuid than the source has.
	OtherUUIDs []LeftOut
	// Altered is what would come, but not as the source has it.
	Altered []LeftOut
	// LeftOut is what would stay away.
	LeftOut []LeftOut
	// Empty tells that nothing is here yet.
	Empty bool
}

// KindPlanned is what an import would do with the records of one kind.
type KindPlanned struct {
	Kind archive.Kind
	// Read is how many there are, Known how many of them are here, and Changed how many of
	// these would be brought up to date.
	Read, Known, Changed int64
	// LeftOut is how many would stay away, as far as that can be foreseen.
	LeftOut int64
}

// planner compares records with what is here, without writing.
type planner struct {
	tx        *Tx
	im        *Import
	kinds     map[archive.Kind]*KindPlanned
	conflicts map[string]*LeftOut
	others    map[string]*LeftOut
	leftOut   map[string]*LeftOut
	altered   map[string]*LeftOut
	kind      archive.Kind
	batch     []archive.Record
	// deployed are the uuids of what is deployed here and known to the source.
	deployed map[string]bool
	// gone are the ids of deployments that would have gone, places has the uuids of what the
	// source has deployed somewhere first.
	gone   map[int64]bool
	places map[place]string
	// current are the deployments of the source by place.
	current []archive.Deployment
	// goesOn tells that an import from the source has begun.
	goesOn bool
	// keeps tells that what is here stays where both have something else.
	keeps bool
	// otherwise are the pacts of which the source tells another history than what is here.
	otherwise map[publishedPact]bool
	recurring *recurring
	// progress is told how many records of a kind have been looked at.
	progress func(archive.Kind, int64)
}

func newPlanner(progress func(archive.Kind, int64)) *planner {
	return &planner{
		otherwise: map[publishedPact]bool{}, kinds: map[archive.Kind]*KindPlanned{}, conflicts: map[string]*LeftOut{}, others: map[string]*LeftOut{},
		leftOut: map[string]*LeftOut{}, altered: map[string]*LeftOut{}, deployed: map[string]bool{}, gone: map[int64]bool{}, places: map[place]string{}, recurring: newRecurring(), progress: progress,
	}
}

// PlanIntoNothing is PlanImport where there is no database yet.
func PlanIntoNothing(ctx context.Context, each func(ctx context.Context, take func(archive.Record) error) error, progress func(archive.Kind, int64)) (Plan, error) {
	p := newPlanner(progress)
	err := each(ctx, func(r archive.Record) error {
		if r.Kind() != p.kind {
			p.begin(r.Kind())
		}
		if !p.leaveRecurring(r) {
			p.kinds[p.kind].Read++
		}
		return nil
	})
	p.begin("")
	return p.plan(true), err
}

// begin tells how far it is, and that records of a kind come now.
func (p *planner) begin(kind archive.Kind) {
	if p.kind != "" {
		p.progress(p.kind, p.kinds[p.kind].Read)
	}
	p.kind = kind
	if kind != "" && p.kinds[kind] == nil {
		p.kinds[kind] = &KindPlanned{Kind: kind}
	}
}

// leaveRecurring notes a record of the present kind that says again what one before it
// has said, and reports whether it is one.
func (p *planner) leaveRecurring(r archive.Record) bool {
	name, again := p.recurring.has(r)
	if again {
		p.kinds[p.kind].Read++
		p.leave(archive.Twice, name)
	}
	return again
}

// PlanImport compares the records of a source with what is here, over one
// unchanging state of the database.
func (d *DB) PlanImport(ctx context.Context, options ImportOptions, each func(ctx context.Context, take func(archive.Record) error) error, progress func(archive.Kind, int64)) (Plan, error) {
	var plan Plan
	err := d.View(ctx, func(ctx context.Context, tx *Tx) error {
		empty, err := tx.IsEmpty(ctx)
		if err != nil {
			return err
		}
		if err := tx.planByIndex(ctx); err != nil {
			return err
		}
		im := newImport(d, options)
		var goesOn bool
		if im.keepsIDs, goesOn, err = tx.keepsIDs(ctx, options.Source); err != nil {
			return err
		}
		p := newPlanner(progress)
		p.tx, p.im, p.goesOn, p.keeps = tx, im, goesOn, !options.Take && (options.Keep || goesOn)
		err = each(ctx, func(r archive.Record) error {
			if r.Kind() != p.kind || len(p.batch) == importAtOnce {
				if err := p.flush(ctx); err != nil {
					return err
				}
				p.begin(r.Kind())
			}
			if !p.leaveRecurring(r) {
				p.batch = append(p.batch, r)
			}
			return nil
		})
		if err == nil {
			err = p.flush(ctx)
		}
		if err == nil {
			err = p.compareDeployed(ctx)
		}
		plan = p.plan(empty)
		return err
	})
	return plan, err
}

func (p *planner) plan(empty bool) Plan {
	plan := Plan{Empty: empty}
	for _, kind := range archive.Kinds {
		if planned := p.kinds[kind]; planned != nil {
			plan.Kinds = append(plan.Kinds, *planned)
		}
	}
	plan.Conflicts, plan.OtherUUIDs, plan.Altered, plan.LeftOut = sortedLeftOut(p.conflicts), sortedLeftOut(p.others), sortedLeftOut(p.altered), sortedLeftOut(p.leftOut)
	return plan
}

func (p *planner) conflict(kind archive.Kind, reason archive.Reason, name string) {
	addLeftOut(p.conflicts, kind, reason, name)
}

// leave notes that a record of the present kind would stay away.
func (p *planner) leave(reason archive.Reason, name string) {
	addLeftOut(p.leftOut, p.kind, reason, name)
	p.kinds[p.kind].LeftOut++
}

// tell notes what else is to be said of a record of the present kind, which is counted
// already.
func (p *planner) tell(reason archive.Reason, name string) {
	addLeftOut(p.leftOut, p.kind, reason, name)
}

// flush looks at the records that have come.
func (p *planner) flush(ctx context.Context) error {
	if len(p.batch) == 0 {
		return nil
	}
	came := p.batch
	all, others, err := p.im.identified(ctx, p.tx, p.kind, came)
	for _, i := range others {
		addLeftOut(p.others, p.kind, archive.OtherUUID, identities[p.kind].uuid(came[i]))
	}
	p.batch = all
	var here found
	if err == nil {
		here, err = p.known(ctx)
	}
	if err != nil {
		return fmt.Errorf("compare %s: %w", p.kind, err)
	}
	p.batch = came
	p.kinds[p.kind].Read += int64(len(p.batch))
	p.kinds[p.kind].Known += here.known
	p.kinds[p.kind].Changed += here.changed
	p.batch = p.batch[:0]
	return nil
}

// found is how many of some records are here, and how many of these would be changed.
type found struct{ known, changed int64 }

// known looks for the records here.
func (p *planner) known(ctx context.Context) (found, error) {
	p.im.batch = p.batch
	switch p.kind {
	case archive.KindEnvironment:
		return p.knownEnvironments(ctx)
	case archive.KindVersion:
		return p.knownVersions(ctx)
	case archive.KindContent:
		return p.present(ctx, "SELECT x.i FROM {x} JOIN pacticipants c ON c.name = x.a JOIN pacticipants p ON p.name = x.b"+
			" JOIN integrations n ON n.consumer_id = c.id AND n.provider_id = p.id JOIN pact_versions k ON k.integration_id = n.id AND k.sha = x.c",
			func(r archive.Record) [4]string {
				c := r.(*archive.Content)
				return [4]string{c.Consumer, c.Provider, c.SHA}
			})
	case archive.KindPublication:
		return p.knownPublications(ctx)
	case archive.KindResult:
		return p.im.knownResults(ctx, p.tx)
	case archive.KindDocument:
		return p.present(ctx, "SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.a JOIN provider_documents d ON d.pacticipant_id = p.id AND d.sha = x.b",
			func(r archive.Record) [4]string {
				d := r.(*archive.Document)
				return [4]string{d.Provider, d.SHA}
			})
	case archive.KindContract:
		return p.knownProviderContracts(ctx)
	case archive.KindDeployment:
		return p.knownDeployments(ctx)
	case archive.KindWebhook:
		return p.knownWebhooks(ctx)
	case archive.KindSecret:
		return p.present(ctx, "SELECT x.i FROM {x} JOIN secrets s ON s.name = x.a", func(r archive.Record) [4]string { return [4]string{r.(*archive.Secret).Name} })
	case archive.KindCertificate, archive.KindSetting:
		return found{}, nil
	}
	how := plainKinds[p.kind]
	table := db.NewTable(how.columns...)
	for _, r := range p.batch {
		how.row(p.im, table, r)
	}
	return p.counted(ctx, how.present, how.update, table)
}

// counted looks for records of which a statement finds those that are here.
func (p *planner) counted(ctx context.Context, present string, how update, table *db.Table) (found, error) {
	there, err := p.tx.open.NumbersOfTable(ctx, "look for what is there", present, table)
	if err != nil {
		return found{}, err
	}
	changed, err := how.find(ctx, p.tx, table)
	return found{int64(len(there)), int64(len(changed))}, err
}

func (p *planner) knownVersions(ctx context.Context) (found, error) {
	table, _, err := p.im.versionTable(ctx, p.tx)
	if err != nil {
		return found{}, err
	}
	return p.counted(ctx, "SELECT x.i FROM "+sqlVersionsOfRecords+" JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.number", p.im.updateOfVersions(), table)
}

// present counts the records that a statement finds by up to four texts.
func (p *planner) present(ctx context.Context, text string, key func(archive.Record) [4]string) (found, error) {
	table := db.NewTable("i bigint", "a text", "b text", "c text", "d text")
	for i, r := range p.batch {
		k := key(r)
		table.Add(int64(i), k[0], k[1], k[2], k[3])
	}
	return p.counted(ctx, text, update{}, table)
}

// knownEnvironments counts the environments that are here, and looks for those as
// Import.writeEnvironments does.
func (p *planner) knownEnvironments(ctx context.Context) (all found, err error) {
	rows, err := p.tx.environments(ctx, "")
	if err != nil {
		return all, err
	}
	here, byName := map[string]deployments.Environment{}, map[string]string{}
	for _, e := range rows {
		here[e.UUID], byName[e.Name] = e, e.UUID
	}
	for _, r := range p.batch {
		e := r.(*archive.Environment)
		if _, err := (environmentRow{Contacts: e.Contacts}).toEnvironment(); err != nil {
			addLeftOut(p.altered, p.kind, archive.OddContacts, e.Name)
		}
		uuid, named := byName[e.Name]
		if _, is := here[e.UUID]; named && uuid != e.UUID && !is {
			p.im.environments[e.UUID] = uuid
		}
		before, is := here[p.im.environment(e.UUID)]
		if !is {
			continue
		}
		all.known++
		later, take := archive.TimeOf(before.UpdatedAt) < e.UpdatedAt, p.im.options.Take
		if (p.im.keepsIDs || take) && later || take && before.Production != e.Production {
			all.changed++
			if named && uuid != before.UUID {
				addLeftOut(p.altered, p.kind, archive.NameTaken, e.Name)
			} else {
				delete(byName, before.Name)
				byName[e.Name] = before.UUID
			}
		}
		if before.Production != e.Production && !p.goesOn {
			p.conflict(p.kind, archive.ProductionInOne, e.Name)
		}
	}
	return all, nil
}

func (p *planner) knownPublications(ctx context.Context) (found, error) {
	table := db.NewTable("i bigint", "consumer text", "version text", "provider text", "revision bigint", "sha text", "created_at bigint")
	for i, r := range p.batch {
		u := r.(*archive.Publication)
		table.Add(int64(i), u.Consumer, u.Version, u.Provider, u.Revision, u.SHA, int64(u.CreatedAt))
	}
	// The contents of the records need not be here yet.
	const sqlPublicationsOf = `SELECT DISTINCT x.i FROM {x} JOIN pacticipants c ON c.name = x.consumer JOIN pacticipants p ON p.name = x.provider
		JOIN integrations n ON n.consumer_id = c.id AND n.provider_id = p.id JOIN versions v ON v.pacticipant_id = c.id AND v.number = x.version
		JOIN pact_publications u ON u.consumer_version_id = v.id AND u.integration_id = n.id JOIN pact_versions k ON k.id = u.pact_version_id WHERE `
	const sameText, sameTime = "u.revision = x.revision AND k.sha = x.sha", "k.sha = x.sha AND u.created_at = x.created_at"
	same, err := p.tx.open.NumbersOfTable(ctx, "look for the same publications", sqlPublicationsOf+sameTime, table)
	if err != nil {
		return found{}, err
	}
	known, err := p.tx.open.NumbersOfTable(ctx, "look for the same contents", sqlPublicationsOf+sameText, table)
	if err != nil {
		return found{}, err
	}
	other, err := p.tx.open.NumbersOfTable(ctx, "look for other contents", sqlPublicationsOf+"u.revision = x.revision AND k.sha <> x.sha", table)
	if err != nil {
		return found{}, err
	}
	here := map[int64]bool{}
	for _, i := range slices.Concat(same, known) {
		here[i] = true
	}
	for _, i := range other {
		if pact := pactOf(p.batch[i].(*archive.Publication)); !slices.Contains(same, i) {
			p.conflict(p.kind, archive.SaysTwoThings, pact.String())
			p.otherwise[pact] = true
		}
	}
	if p.keeps {
		p.leaveOtherRevisions(here, same)
	}
	return found{known: int64(len(here))}, nil
}

// leaveOtherRevisions notes what Import.writeOtherRevisions would leave out of the batch,
// and takes it from what is here.
func (p *planner) leaveOtherRevisions(here map[int64]bool, same []int64) {
	for i, r := range p.batch {
		pact := pactOf(r.(*archive.Publication))
		if p.otherwise[pact] && !slices.Contains(same, int64(i)) {
			p.leave(archive.SaysOtherwise, pact.String())
			delete(here, int64(i))
		}
	}
}

// knownBySHA counts the records of the batch whose content is there already, and notes a
// conflict for each in whose place there is another one. The statement ends with the
// SHA of what is there.
func (p *planner) knownBySHA(ctx context.Context, statement string, table *db.Table, conflict archive.Reason, name func(archive.Record) string) (found, error) {
	same, err := p.tx.open.NumbersOfTable(ctx, "look for the same contents", statement+"= x.sha", table)
	if err != nil {
		return found{}, err
	}
	other, err := p.tx.open.NumbersOfTable(ctx, "look for other contents", statement+"<> x.sha", table)
	for _, i := range other {
		p.conflict(p.kind, conflict, name(p.batch[i]))
	}
	return found{known: int64(len(same))}, err
}

func (p *planner) knownProviderContracts(ctx context.Context) (found, error) {
	table, err := p.im.providerContractTable()
	if err != nil {
		return found{}, err
	}
	const sqlContractsOf = `SELECT x.i FROM {x} JOIN pacticipants p ON p.name = x.provider JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version
		JOIN provider_contracts k ON k.version_id = v.id AND k.name = x.name JOIN provider_documents d ON d.id = k.document_id AND d.sha `
	all, err := p.knownBySHA(ctx, sqlContractsOf, table, archive.PromisesTwoThings, func(r archive.Record) string {
		c := r.(*archive.Contract)
		return fmt.Sprintf("%s %s %s", c.Provider, c.Version, c.Name)
	})
	if err != nil {
		return all, err
	}
	changed, err := updateOfProviderContracts.find(ctx, p.tx, table)
	all.changed = int64(len(changed))
	return all, err
}

func (p *planner) knownDeployments(ctx context.Context) (all found, err error) {
	table := db.NewTable("i bigint", "uuid text")
	for i, r := range p.batch {
		d := r.(*archive.Deployment)
		table.Add(int64(i), d.UUID)
		if d.Current {
			p.current = append(p.current, *d)
		}
	}
	there, err := p.tx.open.NumbersOfTable(ctx, "look for deployments", "SELECT x.i FROM {x} JOIN deployed_versions d ON d.uuid = x.uuid", table)
	if err != nil {
		return all, err
	}
	for _, i := range there {
		p.deployed[p.batch[i].(*archive.Deployment).UUID] = true
	}
	all.known = int64(len(there))
	if all.changed, err = p.im.changedDeployments(ctx, p.tx, p.gone); err != nil {
		return all, err
	}
	return all, p.alterHistory(ctx)
}

// alterHistory notes the deployments of the batch that Import.writeDeployments would write
// as history though the source has them as current.
func (p *planner) alterHistory(ctx context.Context) error {
	second, err := p.im.secondInPlace(ctx, p.tx)
	if err != nil {
		return err
	}
	for i, r := range p.batch {
		d := r.(*archive.Deployment)
		if !d.Current {
			continue
		}
		taken := slices.Contains(second, i)
		if !taken && !p.im.options.Take {
			if taken, err = p.isTaken(ctx, d); err != nil {
				return err
			}
		}
		if taken {
			addLeftOut(p.altered, p.kind, archive.DeployedOtherwise, nameOfDeployment(d))
		}
	}
	return nil
}

// isTaken reports whether something else would be deployed where a deployment of the
// source is to be.
func (p *planner) isTaken(ctx context.Context, d *archive.Deployment) (bool, error) {
	at := p.im.placeOf(d)
	if first, placed := p.places[at]; placed && first != d.UUID {
		return true, nil
	}
	id, occupied, err := row[int64](ctx, &p.tx.queries, "find other deployment", `
		SELECT d.id FROM deployed_versions d JOIN pacticipants a ON a.id = d.pacticipant_id JOIN environments e ON e.id = d.environment_id
		WHERE a.name = ? AND e.uuid = ? AND d.instance = ? AND d.currently_deployed AND d.uuid <> ?`, at.application, at.environment, at.instance, d.UUID)
	if err != nil || occupied && !p.gone[id] {
		return true, err
	}
	p.places[at] = d.UUID
	return false, nil
}

// compareDeployed looks for places where both brokers have something, of which the
// source knows nothing.
func (p *planner) compareDeployed(ctx context.Context) error {
	for _, d := range p.current {
		here, found, err := row[struct{ UUID, Number string }](ctx, &p.tx.queries, "find what is deployed", `
			SELECT d.uuid, v.number FROM deployed_versions d JOIN pacticipants a ON a.id = d.pacticipant_id JOIN environments e ON e.id = d.environment_id JOIN versions v ON v.id = d.version_id
			WHERE a.name = ? AND e.uuid = ? AND d.instance = ? AND d.currently_deployed`, d.Application, p.im.environment(d.Environment), d.Instance)
		if err != nil {
			return err
		}
		if found && here.UUID != d.UUID && !p.deployed[here.UUID] {
			p.conflict(archive.KindDeployment, archive.TwoDeployed, fmt.Sprintf("%s: %s here, %s there", d.Application, here.Number, d.Version))
		}
	}
	return nil
}
