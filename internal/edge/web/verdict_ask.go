package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// questionPage asks which version is meant to go where.
type questionPage struct {
	frame
	at           links.Base
	Asked        questionForm
	Applications []string
	// Form takes the place of the short form where more was asked than it has fields for.
	Form *matrixForm
}

// questionForm asks whether a version may go to an environment.
type questionForm struct {
	Path, Application, Version string
	// Target is the environment that was asked about.
	Target string
	// Wrong says that there is no such application, "" if there is; Near ask the same of
	// those with names like it.
	Wrong string
	Near  []link
	// Suggests tells that the page has the names of all applications.
	Suggests    bool
	Environment choice
	// Nowhere says that there is no such environment, "" if there is; Elsewhere ask about
	// those with names like it.
	Nowhere   string
	Elsewhere []link
}

// suggestedAtMost is how many names a field suggests.
const suggestedAtMost = 1000

func (w *Web) showQuestion(c *gin.Context) error {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	return w.show(c, "question.html", w.questionPage(c, board))
}

// askedAgainFor shows the form again for a question that is wrong; other failures stay.
func (w *Web) askedAgainFor(c *gin.Context, asked questionForm, err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	return w.askAgain(c, asked, err)
}

// typedQuestion is what somebody has typed into the form.
func typedQuestion(c *gin.Context) questionForm {
	application, _ := edge.QueryValue(c, "pacticipant")
	version, _ := edge.QueryValue(c, "version")
	environment, _ := edge.QueryValue(c, "environment")
	return questionForm{Application: application, Version: version, Target: environment}
}

// askAgain shows the form with what was typed, and says what of it is not there.
func (w *Web) askAgain(c *gin.Context, asked questionForm, wrong error) error {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	shown := w.questionPage(c, board)
	with := func(application, environment string) string {
		query := url.Values{"pacticipant": {application}, "version": {asked.Version}, "environment": {environment}}
		return shown.at.Path("/can-i-deploy?" + query.Encode())
	}
	asked.Path, asked.Suggests, asked.Environment = shown.Path, true, environmentChoice(board.Environments, asked.Target)
	if applicationAsked(board, asked.Application) == nil {
		asked.Wrong = noApplication(asked.Application) + "."
		for _, near := range applicationsLike(shown.at, board, asked.Application) {
			asked.Near = append(asked.Near, link{near.Text, with(near.Text, asked.Target)})
		}
	}
	if asked.Target != "" && !slices.ContainsFunc(board.Environments, func(e deployments.Environment) bool { return e.Name == asked.Target }) {
		asked.Nowhere = noEnvironment(asked.Target) + "."
		for _, near := range environmentsLike(board.Environments, asked.Target) {
			asked.Elsewhere = append(asked.Elsewhere, link{near.Name, with(asked.Application, near.Name)})
		}
	}
	var f *fault.Error
	if asked.Wrong+asked.Nowhere == "" && errors.As(wrong, &f) && len(f.Fields) > 0 {
		asked.Wrong = said(f.Fields[0], questions.Flat(f.Fields[0].Name))
	}
	shown.Asked = asked
	return w.showAs(c, http.StatusBadRequest, "question.html", shown)
}

// askAPIAgain does so for a question in the manner of the API.
func (w *Web) askAPIAgain(c *gin.Context, question matrix.Question, wrong error) error {
	a, err := w.asker(c.Request.Context(), here(c), "/can-i-deploy", question, wrong)
	if err != nil {
		return err
	}
	shown := w.questionPage(c, a.board)
	form := a.form("Can I deploy?")
	shown.Form = &form
	return w.showAs(c, http.StatusBadRequest, "question.html", shown)
}

func (w *Web) questionPage(c *gin.Context, board *dashboard.Board) questionPage {
	shown := questionPage{frame: w.frame(c, "Can I deploy?", "", entry{Text: "Integrations", Address: here(c).Index() + "/"}, entry{Text: "Can I deploy?"}), at: here(c)}
	shown.Asked = questionForm{Path: shown.Path, Suggests: true, Environment: environmentChoice(board.Environments, "")}
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		shown.Applications = append(shown.Applications, a.Name)
	}
	return shown
}
