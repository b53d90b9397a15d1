package api

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
)

// matrixTypes are the forms in which verdicts are shown.
var matrixTypes = []string{edge.HALJSON, edge.PlainText}

func (a *API) showMatrix(c *gin.Context) error {
	question, err := questions.Matrix(c.Request.URL.RawQuery)
	if err != nil {
		return listed(err)
	}
	verdict, err := a.Matrix.Decide(c.Request.Context(), question)
	if err != nil {
		return listed(err)
	}
	return a.answerVerdict(c, verdict)
}

func (a *API) showMatrixOfPair(c *gin.Context) error {
	ctx, consumer, provider := c.Request.Context(), edge.Param(c, "consumer"), edge.Param(c, "provider")
	question, err := questions.Pair(c.Request.URL.RawQuery, consumer, provider)
	if err != nil {
		return listed(cmp.Or(a.Matrix.MustKnow(ctx, consumer, provider), err))
	}
	verdict, err := a.Matrix.Pair(ctx, consumer, provider, question)
	if err != nil {
		return listed(err)
	}
	return a.answerVerdict(c, verdict)
}

func (a *API) canIDeploy(c *gin.Context) error {
	ctx := c.Request.Context()
	question, wrong := questions.CanIDeploy(c.Request.URL.RawQuery)
	if len(wrong) > 0 {
		unknown, err := a.Matrix.UnknownNames(ctx, question)
		if err != nil {
			return err
		}
		return fault.InvalidFields(append(unknown, wrong...)...)
	}
	verdict, err := a.Matrix.Decide(ctx, question)
	if err != nil {
		return questions.Renamed(err, questions.Flat)
	}
	return a.answerVerdict(c, verdict)
}

func (a *API) canIDeployBranchToEnvironment(c *gin.Context) error {
	verdict, err := a.Matrix.Branch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"), edge.Param(c, "environment"))
	if err != nil {
		return err
	}
	return a.answerVerdict(c, verdict)
}

func (a *API) canIDeployTagToTag(c *gin.Context) error {
	verdict, err := a.Matrix.Tag(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "tag"), edge.Param(c, "to"))
	if err != nil {
		return err
	}
	return a.answerVerdict(c, verdict)
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

func (a *API) answerVerdict(c *gin.Context, v matrix.Verdict) error {
	if a.Judged != nil {
		a.Judged(v.Deployable.String())
	}
	if edge.Accepted(c) == edge.PlainText {
		return edge.Text(c, http.StatusOK, edge.PlainText, verdictText(v))
	}
	return edge.HALBytes(c, http.StatusOK, appendVerdict(edge.Base(c), v))
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
