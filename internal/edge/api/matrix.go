package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"accord/internal/contracts"
	"accord/internal/deployments"
	"accord/internal/edge"
	"accord/internal/edge/hal"
	"accord/internal/matrix"
	"accord/internal/support/fault"
	"accord/internal/support/links"
	"accord/internal/versions"
)

// matrixTypes are the forms in which verdicts are shown.
var matrixTypes = []string{edge.HALJSON, edge.PlainText}

func (a *API) showMatrix(c *gin.Context) error {
	question, err := matrix.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return listed(err)
	}
	verdict, err := a.Matrix.Decide(c.Request.Context(), question)
	if err != nil {
		return listed(err)
	}
	return answerVerdict(c, verdict)
}

func (a *API) showMatrixOfPair(c *gin.Context) error {
	verdict, err := a.Matrix.Pair(c.Request.Context(), edge.Param(c, "consumer"), edge.Param(c, "provider"), c.Request.URL.RawQuery)
	if err != nil {
		return listed(err)
	}
	return answerVerdict(c, verdict)
}

func (a *API) canIDeploy(c *gin.Context) error {
	verdict, err := a.Matrix.CanIDeploy(c.Request.Context(), c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	return answerVerdict(c, verdict)
}

func (a *API) canIDeployBranchToEnvironment(c *gin.Context) error {
	verdict, err := a.Matrix.Branch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"), edge.Param(c, "environment"))
	if err != nil {
		return err
	}
	return answerVerdict(c, verdict)
}

func (a *API) canIDeployTagToTag(c *gin.Context) error {
	verdict, err := a.Matrix.Tag(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "tag"), edge.Param(c, "to"))
	if err != nil {
		return err
	}
	return answerVerdict(c, verdict)
}

// listed turns what is wrong with a query into the list of texts that clients
// of the matrix read.
func listed(err error) error {
	var invalid *fault.Error
	if !errors.As(err, &invalid) || len(invalid.Fields) == 0 {
		return err
	}
	messages := make(edge.Messages, len(invalid.Fields))
	for i, field := range invalid.Fields {
		messages[i] = field.Message
	}
	return messages
}

func answerVerdict(c *gin.Context, v matrix.Verdict) error {
	if edge.Accepted(c) == edge.PlainText {
		return edge.Text(c, http.StatusOK, edge.PlainText, verdictText(v))
	}
	return edge.HAL(c, http.StatusOK, representVerdict(edge.Base(c), v))
}

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

// deployable is true, false, or nil for not known.
func deployable(v matrix.Verdict) *bool {
	yes := v.Deployable == matrix.Yes
	if v.Deployable == matrix.Unknown {
		return nil
	}
	return &yes
}

func reasonText(v matrix.Verdict) string {
	texts := make([]string, len(v.Reasons))
	for i, r := range v.Reasons {
		texts[i] = r.Text()
	}
	return strings.Join(texts, "\n")
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
