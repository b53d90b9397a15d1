package api

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/versions"
)

func TestAppendVerdict_writesWhatTheTypesSay(t *testing.T) {
	random := testrandom.New(t)
	for n := range 300 {
		v := verdictMaker{random}.verdict()
		base := links.Base([]string{"", "http://localhost:9292", "https://example.org/a&b/<ü>"}[n%3])
		want, err := edge.Encode(representVerdict(base, v))
		require.NoError(t, err)
		require.Equal(t, string(want), string(appendVerdict(base, v)), "%d", n)
	}
}

// verdictMaker makes up verdicts, few of whose texts are plain.
type verdictMaker struct{ *rand.Rand }

func (m verdictMaker) word() string {
	words := []string{"Shop", "1.0+a/b", "", `quo"ted\\`, "<b>&", "ümläut", "\x00\x1f\x7f", "\u2028", "a\xff", "日本 🎉", "new\nline"}
	return words[m.IntN(len(words))]
}

func (m verdictMaker) time() time.Time {
	if m.IntN(4) == 0 {
		return time.Unix(1_700_000_000, 0)
	}
	return time.UnixMicro(m.Int64N(2_000_000_000_000_000)).In(time.FixedZone("", m.IntN(7200)))
}

func (m verdictMaker) truth() bool { return m.IntN(2) == 0 }

func (m verdictMaker) details(id int64) matrix.Details {
	d := matrix.Details{Version: versions.Version{ID: id, Pacticipant: m.word(), Number: m.word()}}
	for range m.IntN(3) {
		d.Branches = append(d.Branches, versions.BranchVersion{Branch: m.word(), Latest: m.truth()})
	}
	for range m.IntN(3) {
		d.Tags = append(d.Tags, versions.Tag{Name: m.word(), Latest: m.truth()})
	}
	for range m.IntN(3) {
		d.Environments = append(d.Environments, deployments.Environment{
			UUID: m.word(), Name: m.word(), DisplayName: m.word(), Production: m.truth(), CreatedAt: m.time(), UpdatedAt: m.time(),
		})
	}
	return d
}

func (m verdictMaker) rows() []matrix.Row {
	var rows []matrix.Row
	for range m.IntN(6) {
		r := matrix.Row{Pact: contracts.Publication{
			Consumer: m.word(), VersionID: m.Int64N(5), VersionNumber: m.word(), Provider: m.word(), SHA: "abc", CreatedAt: m.time(),
		}}
		r.Provider.ID = m.Int64N(5)
		if m.truth() {
			r.Result = &matrix.Result{ID: m.Int64N(1000), Number: m.Int64N(1000), Success: m.truth(), ExecutedAt: m.time()}
		}
		rows = append(rows, r)
	}
	return rows
}

func (m verdictMaker) verdict() matrix.Verdict {
	v := matrix.Verdict{
		Deployable: []matrix.Answer{matrix.Yes, matrix.No, matrix.Unknown}[m.IntN(3)], Success: m.IntN(100), Failed: m.IntN(3), Unknown: m.IntN(3),
		Rows: m.rows(), Details: map[int64]matrix.Details{},
	}
	for id := range int64(4) {
		v.Details[id+1] = m.details(id + 1)
	}
	if m.truth() {
		v.Question.Ignore, v.Ignored = []matrix.Selector{{Pacticipant: "A"}}, m.rows()
	}
	for kind := range matrix.Kind(m.IntN(6)) {
		v.Reasons = append(v.Reasons, matrix.Reason{Kind: kind})
	}
	return v
}

// The types of the representation, in the order of the wire.

type verdictShown struct {
	Summary verdictSummary `json:"summary"`
	Notices []notice       `json:"notices"`
	Rows    []matrixRow    `json:"matrix"`
}

type verdictSummary struct {
	Deployable *bool  `json:"deployable"`
	Reason     string `json:"reason"`
	Success    int    `json:"success"`
	Failed     int    `json:"failed"`
	Unknown    int    `json:"unknown"`
	// Ignored is there only if the question named something to ignore; clients
	// take its absence for a broker that cannot ignore.
	Ignored *int `json:"ignored,omitempty"`
}

type matrixRow struct {
	Consumer matrixSide    `json:"consumer"`
	Provider matrixSide    `json:"provider"`
	Pact     matrixPact    `json:"pact"`
	Result   *matrixResult `json:"verificationResult"`
	Ignored  bool          `json:"ignored,omitempty"`
}

type matrixSide struct {
	Name    string         `json:"name"`
	Version *matrixVersion `json:"version"`
	Links   hal.SelfLinks  `json:"_links"`
}

type matrixVersion struct {
	Number string  `json:"number"`
	Branch *string `json:"branch"`
	// Branches is the older name of BranchVersions.
	Branches       []matrixBranch      `json:"branches"`
	BranchVersions []matrixBranch      `json:"branchVersions"`
	Environments   []matrixEnvironment `json:"environments"`
	Links          hal.SelfLinks       `json:"_links"`
	Tags           []matrixTag         `json:"tags"`
}

type matrixBranch struct {
	Name   string        `json:"name"`
	Latest bool          `json:"latest"`
	Links  hal.SelfLinks `json:"_links"`
}

type matrixTag matrixBranch

type matrixEnvironment struct {
	UUID        string        `json:"uuid"`
	Name        string        `json:"name"`
	DisplayName string        `json:"displayName"`
	Production  bool          `json:"production"`
	CreatedAt   string        `json:"createdAt"`
	UpdatedAt   string        `json:"updatedAt,omitempty"`
	Links       hal.SelfLinks `json:"_links"`
}

type matrixPact struct {
	CreatedAt string        `json:"createdAt"`
	Links     hal.SelfLinks `json:"_links"`
}

type matrixResult struct {
	Success    bool          `json:"success"`
	VerifiedAt string        `json:"verifiedAt"`
	Links      hal.SelfLinks `json:"_links"`
}

func representVerdict(base links.Base, v matrix.Verdict) verdictShown {
	shown := verdictShown{
		Summary: verdictSummary{Deployable: deployable(v), Reason: reasonText(v), Success: v.Success, Failed: v.Failed, Unknown: v.Unknown},
		Notices: make([]notice, len(v.Reasons)),
		Rows:    make([]matrixRow, 0, len(v.Rows)+len(v.Ignored)),
	}
	if len(v.Question.Ignore) > 0 {
		ignored := len(v.Ignored)
		shown.Summary.Ignored = &ignored
	}
	for i, r := range v.Reasons {
		shown.Notices[i] = notice{Type: r.Type(), Text: r.Text()}
	}
	detailed := map[int64]*matrixVersion{}
	for id, details := range v.Details {
		detailed[id] = representMatrixVersion(base, details)
	}
	for _, r := range v.Rows {
		shown.Rows = append(shown.Rows, representRow(base, r, detailed))
	}
	for _, r := range v.Ignored {
		row := representRow(base, r, detailed)
		row.Ignored = true
		shown.Rows = append(shown.Rows, row)
	}
	return shown
}

func representRow(base links.Base, r matrix.Row, detailed map[int64]*matrixVersion) matrixRow {
	p := r.Pact
	row := matrixRow{
		Consumer: matrixSide{Name: p.Consumer, Version: detailed[p.VersionID], Links: hal.SelfOnly(base.Pacticipant(p.Consumer))},
		Provider: matrixSide{Name: p.Provider, Version: detailed[r.Provider.ID], Links: hal.SelfOnly(base.Pacticipant(p.Provider))},
		Pact:     matrixPact{CreatedAt: hal.Time(p.CreatedAt), Links: hal.SelfOnly(base.Pact(p.Provider, p.Consumer, p.VersionNumber))},
	}
	if r.Result != nil {
		metadata := contracts.Metadata{ConsumerVersion: p.VersionNumber}.Encode()
		number := strconv.FormatInt(r.Result.Number, 10)
		row.Result = &matrixResult{Success: r.Result.Success, VerifiedAt: hal.Time(r.Result.ExecutedAt),
			Links: hal.SelfOnly(base.VerificationResultWithMetadata(p.Provider, p.Consumer, p.SHA, metadata, number))}
	}
	return row
}

func representMatrixVersion(base links.Base, d matrix.Details) *matrixVersion {
	name, number := d.Version.Pacticipant, d.Version.Number
	shown := &matrixVersion{
		Number:       number,
		Environments: make([]matrixEnvironment, len(d.Environments)), Branches: make([]matrixBranch, len(d.Branches)), Tags: make([]matrixTag, len(d.Tags)),
		Links: hal.SelfOnly(base.Version(name, number)),
	}
	for i, b := range d.Branches {
		shown.Branches[i] = representMatrixBranch(base, name, number, b)
		shown.Branch = &d.Branches[i].Branch
	}
	shown.BranchVersions = shown.Branches
	for i, e := range d.Environments {
		shown.Environments[i] = representMatrixEnvironment(base, e)
	}
	for i, t := range d.Tags {
		shown.Tags[i] = matrixTag{Name: t.Name, Latest: t.Latest, Links: hal.SelfOnly(base.Tag(name, number, t.Name))}
	}
	return shown
}

func representMatrixBranch(base links.Base, pacticipant, number string, b versions.BranchVersion) matrixBranch {
	return matrixBranch{Name: b.Branch, Latest: b.Latest,
		Links: hal.SelfLinks{Self: hal.Named(base.BranchVersion(pacticipant, b.Branch, number), "Branch version", b.Branch)}}
}

func representMatrixEnvironment(base links.Base, e deployments.Environment) matrixEnvironment {
	return matrixEnvironment{
		UUID: e.UUID, Name: e.Name, DisplayName: e.DisplayName, Production: e.Production,
		CreatedAt: hal.Time(e.CreatedAt), UpdatedAt: hal.TimeChanged(e.CreatedAt, e.UpdatedAt),
		Links: hal.SelfLinks{Self: hal.Named(base.Environment(e.UUID), "Environment", e.Name)},
	}
}
