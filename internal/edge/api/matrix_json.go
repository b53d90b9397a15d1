package api

import (
	"strconv"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// verdictJSON appends a verdict as JSON, which is asked for before every
// deployment: encoding it by reflection took longer than drawing it. A version is
// written once and copied into further rows, since the asked one stands in all.
// A test holds it equal to what the types of the representation give.
type verdictJSON struct {
	base links.Base
	text []byte
	// sides are the sides of rows that were written, by what they show.
	sides map[matrixSideKey]span
	// typed tells that rows say by what they were judged, as they do where some were
	// judged by comparison.
	typed bool
}

type matrixSideKey struct {
	pacticipant string
	version     int64
}

// span is a part of what was written.
type span struct{ from, to int }

// bytesOfRow is about what a row takes.
const bytesOfRow = 3000

func appendVerdict(base links.Base, v matrix.Verdict) []byte {
	j := &verdictJSON{base: base, sides: map[matrixSideKey]span{}, typed: v.HasCompared()}
	j.text = make([]byte, 0, 1000+bytesOfRow*(len(v.Rows)+len(v.Ignored)))
	j.summary(v)
	j.raw(`,"notices":[`)
	for i, r := range v.Reasons {
		j.comma(i)
		j.raw(`{"type":`).string(r.Type()).raw(`,"text":`).string(r.Text()).raw("}")
	}
	j.raw(`],"matrix":[`)
	for i, r := range v.Rows {
		j.comma(i)
		j.row(r, v.Details, false)
	}
	for i, r := range v.Ignored {
		j.comma(len(v.Rows) + i)
		j.row(r, v.Details, true)
	}
	return j.raw("]}").text
}

func (j *verdictJSON) summary(v matrix.Verdict) {
	j.raw(`{"summary":{"deployable":`)
	if yes := deployable(v); yes == nil {
		j.raw("null")
	} else {
		j.bool(*yes)
	}
	j.raw(`,"reason":`).string(reasonText(v))
	j.raw(`,"success":`).int(v.Success).raw(`,"failed":`).int(v.Failed).raw(`,"unknown":`).int(v.Unknown)
	// It is there only if the question named something to ignore: clients take its
	// absence for a broker that cannot ignore.
	if len(v.Question.Ignore) > 0 {
		j.raw(`,"ignored":`).int(len(v.Ignored))
	}
	j.raw("}")
}

func (j *verdictJSON) row(r matrix.Row, of map[int64]matrix.Details, ignored bool) {
	p := r.Pact
	j.raw(`{"consumer":`).side(p.Consumer, p.VersionID, of)
	j.raw(`,"provider":`).side(p.Provider, r.Provider.ID, of)
	j.raw(`,"pact":{"createdAt":`).time(p.CreatedAt).self(j.base.Pact(p.Provider, p.Consumer, p.VersionNumber)).raw("}")
	j.raw(`,"verificationResult":`)
	if r.Result == nil {
		j.raw("null")
	} else {
		j.raw(`{"success":`).bool(r.Result.Success).raw(`,"verifiedAt":`).time(r.Result.ExecutedAt)
		j.self(resultAddress(j.base, r)).raw("}")
	}
	if j.typed {
		j.raw(`,"verificationType":`).raw(verificationType(r))
	}
	if ignored {
		j.raw(`,"ignored":true`)
	}
	j.raw("}")
}

// resultAddress is where everything is that the result of a row has to tell.
func resultAddress(base links.Base, r matrix.Row) string {
	p := r.Pact
	if r.Result.Compared {
		return base.ComparedResult(p.Provider, r.Provider.Number, p.Consumer, p.SHA)
	}
	metadata := contracts.Metadata{ConsumerVersion: p.VersionNumber}.Encode()
	return base.VerificationResultWithMetadata(p.Provider, p.Consumer, p.SHA, metadata, strconv.FormatInt(r.Result.Number, 10))
}

// verificationType says by what a row was judged, in the words of the clients.
func verificationType(r matrix.Row) string {
	switch {
	case r.Result == nil:
		return "null"
	case r.Result.Compared:
		return `"BDCT"`
	}
	return `"CDCT"`
}

// side is an application and its version; null where there is none.
func (j *verdictJSON) side(pacticipant string, version int64, of map[int64]matrix.Details) {
	key := matrixSideKey{pacticipant, version}
	if known, ok := j.sides[key]; ok {
		j.text = append(j.text, j.text[known.from:known.to]...)
		return
	}
	from := len(j.text)
	j.raw(`{"name":`).string(pacticipant).raw(`,"version":`)
	if details, found := of[version]; found {
		j.version(details)
	} else {
		j.raw("null")
	}
	j.self(j.base.Pacticipant(pacticipant)).raw("}")
	j.sides[key] = span{from, len(j.text)}
}

func (j *verdictJSON) version(d matrix.Details) {
	name, number := d.Version.Pacticipant, d.Version.Number
	j.raw(`{"number":`).string(number).raw(`,"branch":`)
	if n := len(d.Branches); n > 0 {
		j.string(d.Branches[n-1].Branch)
	} else {
		j.raw("null")
	}
	// branches is the older name of branchVersions.
	for _, member := range []string{"branches", "branchVersions"} {
		j.raw(`,"` + member + `":[`)
		for i, b := range d.Branches {
			j.comma(i)
			j.branch(name, number, b)
		}
		j.raw("]")
	}
	j.raw(`,"environments":[`)
	for i, e := range d.Environments {
		j.comma(i)
		j.environment(e)
	}
	j.raw("]").self(j.base.Version(name, number)).raw(`,"tags":[`)
	for i, t := range d.Tags {
		j.comma(i)
		j.raw(`{"name":`).string(t.Name).raw(`,"latest":`).bool(t.Latest).self(j.base.Tag(name, number, t.Name)).raw("}")
	}
	j.raw("]}")
}

func (j *verdictJSON) branch(pacticipant, number string, b versions.BranchVersion) {
	j.raw(`{"name":`).string(b.Branch).raw(`,"latest":`).bool(b.Latest)
	j.namedSelf("Branch version", b.Branch, j.base.BranchVersion(pacticipant, b.Branch, number)).raw("}")
}

func (j *verdictJSON) environment(e deployments.Environment) {
	j.raw(`{"uuid":`).string(e.UUID).raw(`,"name":`).string(e.Name).raw(`,"displayName":`).string(e.DisplayName)
	j.raw(`,"production":`).bool(e.Production).raw(`,"createdAt":`).time(e.CreatedAt)
	if !e.UpdatedAt.IsZero() && !e.UpdatedAt.Equal(e.CreatedAt) {
		j.raw(`,"updatedAt":`).time(e.UpdatedAt)
	}
	j.namedSelf("Environment", e.Name, j.base.Environment(e.UUID)).raw("}")
}

// self is the link of a thing to itself.
func (j *verdictJSON) self(href string) *verdictJSON {
	return j.raw(`,"_links":{"self":{"href":`).string(href).raw("}}")
}

func (j *verdictJSON) namedSelf(title, name, href string) *verdictJSON {
	j.raw(`,"_links":{"self":{"title":`).string(title)
	if name != "" {
		j.raw(`,"name":`).string(name)
	}
	return j.raw(`,"href":`).string(href).raw("}}")
}

func (j *verdictJSON) raw(text string) *verdictJSON {
	j.text = append(j.text, text...)
	return j
}

func (j *verdictJSON) comma(i int) {
	if i > 0 {
		j.text = append(j.text, ',')
	}
}

func (j *verdictJSON) bool(b bool) *verdictJSON {
	j.text = strconv.AppendBool(j.text, b)
	return j
}

func (j *verdictJSON) int(n int) *verdictJSON {
	j.text = strconv.AppendInt(j.text, int64(n), 10)
	return j
}

// time is hal.Time.
func (j *verdictJSON) time(t time.Time) *verdictJSON {
	j.text = append(j.text, '"')
	j.text = t.UTC().AppendFormat(j.text, "2006-01-02T15:04:05-07:00")
	j.text = append(j.text, '"')
	return j
}

// string leaves what is not plain to the encoder.
func (j *verdictJSON) string(s string) *verdictJSON {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := edge.Encode(s)
			if err != nil { // no text makes the encoder fail
				panic(err)
			}
			j.text = append(j.text, quoted...)
			return j
		}
	}
	j.text = append(j.text, '"')
	j.text = append(j.text, s...)
	j.text = append(j.text, '"')
	return j
}
