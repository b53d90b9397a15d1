package verdicts

import "fmt"

// CodeStaleRecord says that what is in the environment was recorded so long ago
// that it is hardly there any more.
const CodeStaleRecord Code = "stale_deployment_record"

type staleRecord struct{}

func (staleRecord) code() Code { return CodeStaleRecord }

func (staleRecord) when(f Finding, e *evidence) bool {
	_, found := e.stale(f)
	return f.lacksResult() && found
}

func (staleRecord) complete(f *Finding, e *evidence) {
	record, _ := e.stale(*f)
	f.StaleRecord, f.Since, f.NewestWithContent = &record, record.Recorded, e.summaries[record.ApplicationID].Newest.Number
	e.own(f, Party{ID: record.ApplicationID})
}

func (staleRecord) title(f Finding) string {
	return fmt.Sprintf("The record of %s %s in %s is old", f.StaleRecord.Application, f.StaleRecord.Version, f.Place)
}

func (staleRecord) text(f Finding) string {
	return fmt.Sprintf("It was last recorded on %s, and newer versions have been built since, up to %s. The version that really runs there may be another one.", day(f.Since), f.NewestWithContent)
}

func (staleRecord) actions(f Finding) []Action {
	about := Action{Application: f.StaleRecord.Application, Instance: f.StaleRecord.Instance}
	record, end := about, about
	record.Kind, end.Kind = RecordDeployment, EndDeployment
	return []Action{record, end}
}

// stale returns the old record of a version that the question does not name, if
// there is one.
func (e *evidence) stale(f Finding) (DeploymentRecord, bool) {
	for _, side := range []Party{f.Provider, f.Consumer} {
		for _, record := range e.deployments[side.VersionID] {
			if record.Stale && !side.Asked {
				return record, true
			}
		}
	}
	return DeploymentRecord{}, false
}
