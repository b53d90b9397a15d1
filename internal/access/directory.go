package access

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/characters"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Team owns applications, and its members have a role for them.
type Team struct {
	Name string
	// Contact is how to reach the team: an address, a channel.
	Contact string
	// Role is what the members may do; "" for nothing.
	Role                 Role
	Applications, Labels []string
	// Groups are those of the provider whose members belong to the team, People the
	// IDs of others who do.
	Groups, People       []string
	CreatedAt, UpdatedAt time.Time
}

// Owns reports whether an application with these labels is the team's.
func (t Team) Owns(application string, labels []string) bool {
	return slices.Contains(t.Applications, application) || slices.ContainsFunc(labels, func(label string) bool { return slices.Contains(t.Labels, label) })
}

// OwnRole is a role that a broker has beside those that every broker has.
type OwnRole struct {
	Name                 Role
	Description          string
	Actions              []Action
	CreatedAt, UpdatedAt time.Time
}

// DirectoryReader reads all teams and roles of the broker's own, by name.
type DirectoryReader interface {
	ScopeReader
	OwnRoles(ctx context.Context) ([]OwnRole, error)
}

// DirectoryTx is what changing teams and roles needs inside one transaction.
type DirectoryTx interface {
	DirectoryReader
	Now() time.Time
	// LockNames waits until no other transaction keeps or locks names, and lets none
	// until this one ends.
	LockNames(ctx context.Context) error
	FindPerson(ctx context.Context, id string) (Person, bool, error)
	PutTeam(ctx context.Context, t Team) error
	DeleteTeam(ctx context.Context, name string) error
	PutRole(ctx context.Context, r OwnRole) error
	DeleteRole(ctx context.Context, name Role) error
	// HoldersOfRole and HoldersOfTeam count the tokens that are accepted, the people
	// and the trust rules that have a role, or one for a team; teams with the role
	// count, too, and so do secrets for a team.
	HoldersOfRole(ctx context.Context, name Role) (int, error)
	HoldersOfTeam(ctx context.Context, name string) (int, error)
}

// GrantTx is what giving a role for a scope needs inside one transaction.
type GrantTx interface {
	DirectoryReader
	// KeepNames keeps the names of applications, the teams and the roles as they are
	// until the transaction ends. It comes before what locks what gets the role.
	KeepNames(ctx context.Context) error
}

// RequireGrantable returns an Invalid fault if there is something wrong with a role and
// the applications it is for. Until the transaction ends nothing of them goes away.
func RequireGrantable(ctx context.Context, tx GrantTx, role Role, scope Scope) error {
	wrong, err := checkGrant(ctx, tx, role, scope)
	if err == nil && len(wrong) > 0 {
		err = fault.InvalidFields(wrong...)
	}
	return err
}

func checkGrant(ctx context.Context, tx GrantTx, role Role, scope Scope) ([]fault.Field, error) {
	if err := tx.KeepNames(ctx); err != nil {
		return nil, err
	}
	return checkRole(ctx, tx, role, scope)
}

// Directory keeps the teams and the roles of the broker's own.
type Directory struct {
	Read DirectoryReader
	InTx func(ctx context.Context, fn func(ctx context.Context, tx DirectoryTx) error) error
}

// most is how many teams, and how many roles of its own, a broker may have: all
// are read at once.
const most = 1000

var (
	roleName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,49}$`)
	teamName = regexp.MustCompile(`^[^\s=;@/"\\\x00-\x1f]([^=;@/"\\\x00-\x1f]{0,98}[^\s=;@/"\\\x00-\x1f])?$`)
)

// changing changes teams or roles while nobody gives them and nobody else changes any.
func (d *Directory) changing(ctx context.Context, fn func(ctx context.Context, tx DirectoryTx) error) error {
	return d.InTx(ctx, func(ctx context.Context, tx DirectoryTx) error {
		if err := tx.LockNames(ctx); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

// PutTeam adds a team or replaces the one of its name. It returns an Invalid fault
// for what breaks a rule, and a Conflict one for a new name that people would take for
// that of another team. Teams that have such names already keep them.
func (d *Directory) PutTeam(ctx context.Context, t Team) (kept Team, created bool, err error) {
	err = d.changing(ctx, func(ctx context.Context, tx DirectoryTx) error {
		teams, err := tx.Teams(ctx)
		if err != nil {
			return err
		}
		if err := checkTeam(ctx, tx, t); err != nil {
			return err
		}
		old, known := named(teams, t.Name)
		if created = !known; created && len(teams) >= most {
			return fault.New(fault.Conflict, "There are %d teams, which is the most that a broker keeps.", most)
		}
		if i := slices.IndexFunc(teams, func(other Team) bool { return characters.SameName(other.Name, t.Name) }); created && i >= 0 {
			return fault.New(fault.Conflict, "There is a team %s already, whose name differs too little.", teams[i].Name).
				Coded("name_taken", "Change that team, or choose another name.")
		}
		t.CreatedAt, t.UpdatedAt = tx.Now(), tx.Now()
		if known {
			t.CreatedAt = old.CreatedAt
		}
		t.note(ctx, old)
		kept = t
		return tx.PutTeam(ctx, t)
	})
	return kept, created, err
}

// note notes in the audit what is changed of a team.
func (t Team) note(ctx context.Context, before Team) {
	audit.About(ctx, t.Applications...)
	audit.Changed(ctx, "team "+t.Name+" contact", before.Contact, t.Contact)
	audit.Changed(ctx, "team "+t.Name+" role", string(before.Role), string(t.Role))
	audit.Changed(ctx, "team "+t.Name+" applications", before.Applications, t.Applications)
	audit.Changed(ctx, "team "+t.Name+" labels", before.Labels, t.Labels)
	audit.Changed(ctx, "team "+t.Name+" groups", before.Groups, t.Groups)
	audit.Changed(ctx, "team "+t.Name+" people", before.People, t.People)
}

func named(teams []Team, name string) (Team, bool) {
	i := slices.IndexFunc(teams, func(t Team) bool { return t.Name == name })
	if i < 0 {
		return Team{}, false
	}
	return teams[i], true
}

// teamNameProblem is what is wrong with a name for a team, or "".
func teamNameProblem(name string) string {
	if problem := CheckName(name); problem != "" {
		return problem
	}
	if !teamName.MatchString(name) || name == "." || name == ".." || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "must be a name of 1 to 100 characters in one line, without any of = ; @ / \" \\"
	}
	return ""
}

func checkTeam(ctx context.Context, tx DirectoryTx, t Team) error {
	var wrong []fault.Field
	if problem := teamNameProblem(t.Name); problem != "" {
		wrong = append(wrong, fault.Field{Name: "team", Message: problem})
	}
	if problem := CheckText(t.Contact); problem != "" {
		wrong = append(wrong, fault.Field{Name: "contact", Message: problem})
	}
	if !isLine(t.Contact) {
		wrong = append(wrong, fault.Field{Name: "contact", Message: fmt.Sprintf("must be one line of at most %d characters", longest)})
	}
	actions, known, err := actionsOf(ctx, tx, t.Role)
	if err != nil {
		return err
	}
	if t.Role != "" && !known {
		wrong = append(wrong, unknownRole)
	}
	if slices.Contains(actions, Administer) {
		wrong = append(wrong, fault.Field{Name: "role", Message: "must be one that does not administer: a team is for some applications"})
	}
	wrong = append(wrong, checkNames("applications", t.Applications)...)
	wrong = append(wrong, checkNames("labels", t.Labels)...)
	wrong = append(wrong, checkNames("groups", t.Groups)...)
	for _, id := range t.People {
		if _, found, err := tx.FindPerson(ctx, id); err != nil || !found {
			if err != nil {
				return err
			}
			wrong = append(wrong, fault.Field{Name: "people", Message: "must hold IDs of people who are there; /api/v1/users lists them"})
			break
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

var unknownRole = fault.Field{Name: "role", Message: "must be one of: " + joined(Roles()) + "; or a role of the broker's own, which /api/v1/roles lists"}

// actionsOf are the actions of a role, if there is one of that name.
func actionsOf(ctx context.Context, read DirectoryReader, role Role) ([]Action, bool, error) {
	if role.Known() {
		return allowed[role], true, nil
	}
	if role == "" {
		return nil, false, nil
	}
	own, err := read.OwnRoles(ctx)
	i := slices.IndexFunc(own, func(r OwnRole) bool { return r.Name == role })
	if err != nil || i < 0 {
		return nil, false, err
	}
	return own[i].Actions, true, nil
}

// DeleteTeam removes a team. It returns a NotFound fault if there is none, and a
// Conflict one while tokens or people have a role for it.
func (d *Directory) DeleteTeam(ctx context.Context, name string) error {
	return d.changing(ctx, func(ctx context.Context, tx DirectoryTx) error {
		teams, err := tx.Teams(ctx)
		if err != nil {
			return err
		}
		old, known := named(teams, name)
		if !known {
			return fault.Missing("There is no team %s.", name)
		}
		if held, err := tx.HoldersOfTeam(ctx, name); err != nil || held > 0 {
			return inUse(err, "team "+name, held)
		}
		Team{Name: name}.note(ctx, old)
		return tx.DeleteTeam(ctx, name)
	})
}

func inUse(err error, what string, held int) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The %s is in use: %d tokens, people, teams, trust rules or secrets have it. Revoke them or give them another first.", what, held)
}

// PutRole adds a role or replaces the one of its name. It returns an Invalid fault
// for what breaks a rule.
func (d *Directory) PutRole(ctx context.Context, r OwnRole) (kept OwnRole, created bool, err error) {
	if err := r.check(); err != nil {
		return OwnRole{}, false, err
	}
	err = d.changing(ctx, func(ctx context.Context, tx DirectoryTx) error {
		own, err := tx.OwnRoles(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(own, func(known OwnRole) bool { return known.Name == r.Name })
		if created = i < 0; created && len(own) >= most {
			return fault.New(fault.Conflict, "There are %d roles, which is the most that a broker keeps.", most)
		}
		r.CreatedAt, r.UpdatedAt = tx.Now(), tx.Now()
		var before []Action
		if !created {
			r.CreatedAt, before = own[i].CreatedAt, own[i].Actions
		}
		audit.Changed(ctx, "role "+string(r.Name), texts(before), texts(r.Actions))
		kept = r
		return tx.PutRole(ctx, r)
	})
	return kept, created, err
}

func texts(actions []Action) []string {
	all := make([]string, len(actions))
	for i, action := range actions {
		all[i] = string(action)
	}
	return all
}

func (r OwnRole) check() error {
	var wrong []fault.Field
	if !roleName.MatchString(string(r.Name)) || r.Name.Known() {
		wrong = append(wrong, fault.Field{Name: "role", Message: "must be a name of 1 to 50 small letters, digits, dots, hyphens and underscores, and not that of a role that every broker has"})
	}
	if problem := CheckText(r.Description); problem != "" {
		wrong = append(wrong, fault.Field{Name: "description", Message: problem})
	}
	if !isLine(r.Description) {
		wrong = append(wrong, fault.Field{Name: "description", Message: fmt.Sprintf("must be one line of at most %d characters", longest)})
	}
	if len(r.Actions) == 0 || slices.ContainsFunc(r.Actions, func(a Action) bool { return !slices.Contains(Actions(), a) }) {
		wrong = append(wrong, fault.Field{Name: "actions", Message: "must hold some of: " + strings.Join(texts(Actions()), ", ")})
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

// DeleteRole removes a role of the broker's own. It returns a NotFound fault if
// there is none, and a Conflict one while tokens, people or teams have it.
func (d *Directory) DeleteRole(ctx context.Context, name Role) error {
	return d.changing(ctx, func(ctx context.Context, tx DirectoryTx) error {
		actions, known, err := actionsOf(ctx, tx, name)
		if err != nil {
			return err
		}
		if !known || name.Known() {
			return fault.Missing("There is no role %s that could be deleted.", name)
		}
		if held, err := tx.HoldersOfRole(ctx, name); err != nil || held > 0 {
			return inUse(err, "role "+string(name), held)
		}
		audit.Changed(ctx, "role "+string(name), texts(actions), nil)
		return tx.DeleteRole(ctx, name)
	})
}

// Resolve completes the grants of a principal: with the actions of roles of the
// broker's own, and with the applications of teams. To administer is for no
// limited scope, whatever a role has come to allow.
func (d *Directory) Resolve(ctx context.Context, p Principal) (Principal, error) {
	var own []OwnRole
	var teams []Team
	var err error
	grants := slices.Clone(p.Grants)
	for i, g := range grants {
		if !g.Role.Known() {
			if own == nil {
				if own, err = d.Read.OwnRoles(ctx); err != nil {
					return p, err
				}
			}
			for _, role := range own {
				if role.Name == g.Role {
					grants[i].Actions = slices.Clone(role.Actions)
				}
			}
		}
		if len(g.Scope.Teams) == 0 {
			continue
		}
		if teams == nil {
			if teams, err = d.Read.Teams(ctx); err != nil {
				return p, err
			}
		}
		grants[i].Scope = g.Scope.with(teams)
	}
	p.Grants = grants
	return p, nil
}

// with is the scope with the applications and labels of its teams.
func (s Scope) with(teams []Team) Scope {
	s.Applications, s.Labels = slices.Clone(s.Applications), slices.Clone(s.Labels)
	for _, t := range teams {
		if slices.Contains(s.Teams, t.Name) {
			s.Applications, s.Labels = append(s.Applications, t.Applications...), append(s.Labels, t.Labels...)
		}
	}
	return s
}

// GrantsOf are what somebody may do as a member of teams.
func (d *Directory) GrantsOf(ctx context.Context, p Person, groups []string) ([]Grant, error) {
	teams, err := d.Read.Teams(ctx)
	var all []Grant
	for _, t := range teams {
		member := slices.Contains(t.People, p.ID) || slices.ContainsFunc(t.Groups, func(group string) bool { return slices.Contains(groups, group) })
		if member && t.Role != "" {
			all = append(all, Grant{Role: t.Role, Scope: Scope{Teams: []string{t.Name}}})
		}
	}
	return all, err
}

// Owners are the teams to which each of the applications belongs, the first by
// name where there are several; those of no team are left out.
func (d *Directory) Owners(ctx context.Context, applications []string) (map[string]Team, error) {
	teams, err := d.Read.Teams(ctx)
	if err != nil || len(teams) == 0 {
		return nil, err
	}
	labelled := slices.ContainsFunc(teams, func(t Team) bool { return len(t.Labels) > 0 })
	owners := map[string]Team{}
	for _, name := range applications {
		var labels []string
		if labelled {
			if labels, err = d.Read.LabelsOfNamed(ctx, name); err != nil {
				return nil, err
			}
		}
		if i := slices.IndexFunc(teams, func(t Team) bool { return t.Owns(name, labels) }); i >= 0 {
			owners[name] = teams[i]
		}
	}
	return owners, nil
}

// ApplicationsOf are the applications of a team, by whichever way they are its
// own; never nil, so that those of a team that has none are not all.
func (d *Directory) ApplicationsOf(ctx context.Context, t Team) ([]string, error) {
	names := append([]string{}, t.Applications...)
	for _, label := range t.Labels {
		labelled, err := d.Read.NamesWithLabel(ctx, label)
		if err != nil {
			return nil, err
		}
		names = append(names, labelled...)
	}
	return names, nil
}

// Labelled returns the applications that are in a scope because of a label that they
// have now, by name: who gives somebody the scope sees whom others have put into it.
func (d *Directory) Labelled(ctx context.Context, s Scope) ([]string, error) {
	return s.Labelled(ctx, d.Read)
}

// Team returns the team of a name. It returns a NotFound fault if there is none.
func (d *Directory) Team(ctx context.Context, name string) (Team, error) {
	teams, err := d.Read.Teams(ctx)
	if err != nil {
		return Team{}, err
	}
	t, known := named(teams, name)
	if !known {
		return Team{}, fault.Missing("There is no team %s.", name)
	}
	return t, nil
}

// TeamAsked is the team to which a list is narrowed down. It returns an Invalid fault
// that names one that there is not.
func TeamAsked(teams []Team, name string) (Team, error) {
	t, known := named(teams, name)
	if !known {
		return Team{}, fault.InvalidField("team", "must be a team that is there, not %s; /teams and /api/v1/teams list them", name)
	}
	return t, nil
}

// Check returns what is wrong with a role and the applications it is for, as things are
// now; RequireGrantable says it within a transaction.
func (d *Directory) Check(ctx context.Context, role Role, scope Scope) (wrong []fault.Field, err error) {
	if d == nil {
		return scope.checkNames(), nil
	}
	return checkRole(ctx, d.Read, role, scope)
}

func checkRole(ctx context.Context, read DirectoryReader, role Role, scope Scope) (wrong []fault.Field, err error) {
	actions, known, err := actionsOf(ctx, read, role)
	if err != nil {
		return nil, err
	}
	if role != "" && !known {
		wrong = append(wrong, unknownRole)
	}
	if slices.Contains(actions, Administer) && !scope.All {
		wrong = append(wrong, fault.Field{Name: "applications", Message: "must be left out for the role " + string(role) + ", which is for all of them, and so must labels and teams"})
	}
	of, err := scope.check(ctx, read)
	return append(wrong, of...), err
}

func (s Scope) checkNames() []fault.Field {
	return append(checkNames("applications", s.Applications), checkNames("labels", s.Labels)...)
}

// check returns what is wrong with the applications, the labels and the teams.
func (s Scope) check(ctx context.Context, find ScopeReader) (wrong []fault.Field, err error) {
	if wrong = s.checkNames(); len(wrong) > 0 {
		return wrong, nil // names that cannot be ones are not looked for
	}
	for _, name := range s.Applications {
		now, err := find.PresentName(ctx, name)
		if err != nil {
			return nil, err
		}
		if now != name {
			wrong = append(wrong, fault.Field{Name: "applications", Message: "must be names that applications have: " + name + " is now called " + now})
			break
		}
	}
	if len(s.Teams) == 0 {
		return wrong, nil
	}
	teams, err := find.Teams(ctx)
	for _, name := range s.Teams {
		if _, there := named(teams, name); !there {
			wrong = append(wrong, fault.Field{Name: "teams", Message: "must be teams that are there; /api/v1/teams lists them"})
			break
		}
	}
	return wrong, err
}

// mostNames is how many applications, labels, groups or people may be listed.
const mostNames = 500

// checkNames returns what is wrong with a list of names.
func checkNames(field string, names []string) []fault.Field {
	if len(names) > mostNames {
		return []fault.Field{{Name: field, Message: fmt.Sprintf("must be %d at most", mostNames)}}
	}
	if !slices.ContainsFunc(names, isNoName) {
		return nil
	}
	return []fault.Field{{Name: field, Message: noNames}}
}

// noNames is what is wrong with a list that holds what can be no name.
const noNames = "must hold names of one line of 1 to 500 characters"

// isNoName reports whether nothing can have that name.
func isNoName(text string) bool {
	return strings.TrimSpace(text) == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > fault.MaxNameLength || strings.ContainsFunc(text, unicode.IsControl)
}
