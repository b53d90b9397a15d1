package canideploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// verdict is the answer to "may this be deployed?".
type verdict int

const (
	unknown verdict = iota
	no
	yes
)

func (v verdict) String() string {
	return [...]string{unknown: "not known", no: "no", yes: "yes"}[v]
}

// answer is what the broker said, in one of its forms.
type answer interface {
	verdict() verdict
	// missing reports whether results are missing that may still come.
	missing() bool
	// awaited names in words what is missing.
	awaited() []string
	// write prints the answer in the form that the arguments ask for.
	write(out io.Writer, a *arguments, s screen) error
}

// matrixAnswer is the answer of /matrix, as far as this program reads it.
type matrixAnswer struct {
	body []byte

	Summary *struct {
		Deployable *bool  `json:"deployable"`
		Reason     string `json:"reason"`
		Unknown    int    `json:"unknown"`
		Ignored    *int   `json:"ignored"`
	} `json:"summary"`
	Notices []notice    `json:"notices"`
	Rows    []matrixRow `json:"matrix"`

	// why is what the broker knows beyond this, nil if it knows nothing more.
	why *explanation
}

// notice is a sentence of the broker.
type notice struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type matrixRow struct {
	Consumer side `json:"consumer"`
	Provider side `json:"provider"`
	Result   *struct {
		Success *bool `json:"success"`
		Links   struct {
			Self struct {
				Href string `json:"href"`
			} `json:"self"`
		} `json:"_links"`
	} `json:"verificationResult"`
	Ignored bool `json:"ignored"`
	// Type says by what the row was judged: "CDCT" is a verification, "BDCT" a
	// comparison with what the provider promises. Not every broker says.
	Type string `json:"verificationType"`
}

// compared is the type of rows that a comparison has judged.
const compared = "BDCT"

// judgedBy says by what the row was judged, in the words of the other clients.
func (r matrixRow) judgedBy() string {
	if r.Type == "" {
		return "unknown"
	}
	return r.Type
}

type side struct {
	Name string `json:"name"`
	// Version is nil where there is no result, or none that counts.
	Version *versionNumber `json:"version"`
}

type versionNumber struct {
	Number string `json:"number"`
}

// setNumber makes the version one with this number, unless it is "".
func (s *side) setNumber(number string) {
	if number != "" {
		s.Version = &versionNumber{Number: number}
	}
}

func (s side) number() string {
	if s.Version == nil {
		return ""
	}
	return s.Version.Number
}

func (s side) String() string {
	if s.number() == "" {
		return s.Name
	}
	return s.Name + " " + s.number()
}

// outcome says in a word how the verification of the row went.
func (r matrixRow) outcome() outcome {
	switch {
	case r.Ignored:
		return ignored
	case r.Result == nil || r.Result.Success == nil:
		return unverified
	case *r.Result.Success:
		return succeeded
	}
	return failed
}

func (r matrixRow) link() string {
	if r.Result == nil {
		return ""
	}
	return r.Result.Links.Self.Href
}

type outcome int

const (
	unverified outcome = iota
	failed
	succeeded
	ignored
)

// readMatrix understands the body, or says why it is no answer: what has no
// summary must never pass for a yes.
func readMatrix(body []byte) (*matrixAnswer, error) {
	m := &matrixAnswer{body: body}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("the answer is not the JSON of a matrix: %w", err)
	}
	if m.Summary == nil {
		return nil, errors.New("the answer has no summary, so it is not a matrix; is this the address of a contract broker?")
	}
	return m, nil
}

func (m *matrixAnswer) verdict() verdict {
	switch d := m.Summary.Deployable; {
	case d == nil:
		return unknown
	case *d:
		return yes
	}
	return no
}

func (m *matrixAnswer) missing() bool {
	return m.verdict() == unknown || m.verdict() == no && m.Summary.Unknown > 0
}

func (m *matrixAnswer) awaited() []string {
	var pairs []string
	for _, r := range m.Rows {
		if r.outcome() == unverified {
			pairs = append(pairs, r.Provider.String()+" to verify the contract of "+r.Consumer.String())
		}
	}
	return pairs
}
