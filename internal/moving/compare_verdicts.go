package moving

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// verdict is what is compared of a verdict: never its words.
type verdict struct {
	// deployable is true, false or unknown.
	deployable               string
	success, failed, unknown int
	rows                     []verdictRow
}

// verdictRow is a pair of versions, and the result that counts for it.
type verdictRow struct {
	consumer, consumerVersion, provider, providerVersion string
	// result is true or false, or empty if there is none.
	result, number string
}

func readVerdict(body []byte) (verdict, error) {
	var v struct {
		Summary struct {
			Deployable               *bool
			Success, Failed, Unknown int
		}
		Matrix []struct {
			Consumer, Provider struct {
				Name    string
				Version struct{ Number string }
			}
			VerificationResult *struct {
				Success bool
				Links   struct {
					Self struct{ Href string } `json:"self"`
				} `json:"_links"`
			}
		}
	}
	if json.Unmarshal(body, &v) != nil {
		return verdict{}, errUnreadable
	}
	read := verdict{deployable: unknown, success: v.Summary.Success, failed: v.Summary.Failed, unknown: v.Summary.Unknown}
	if v.Summary.Deployable != nil {
		read.deployable = fmt.Sprint(*v.Summary.Deployable)
	}
	for _, m := range v.Matrix {
		row := verdictRow{consumer: m.Consumer.Name, consumerVersion: m.Consumer.Version.Number, provider: m.Provider.Name, providerVersion: m.Provider.Version.Number}
		if m.VerificationResult != nil {
			row.result, row.number = fmt.Sprint(m.VerificationResult.Success), segmentAfter(m.VerificationResult.Links.Self.Href, "verification-results")
		}
		read.rows = append(read.rows, row)
	}
	return read, nil
}

const unknown = "unknown"

// String is the text by which verdicts are compared.
func (v verdict) String() string {
	var rows []string
	for _, r := range v.rows {
		rows = append(rows, r.String())
	}
	slices.Sort(rows)
	return fmt.Sprintf("deployable=%s success=%d failed=%d unknown=%d\n%s", v.deployable, v.success, v.failed, v.unknown, strings.Join(rows, "\n"))
}

func (r verdictRow) String() string {
	text := fmt.Sprintf("%s %s / %s %s", r.consumer, r.consumerVersion, r.provider, r.providerVersion)
	if r.result != "" {
		text += " " + r.result + " no. " + r.number
	}
	return text
}

// deployable is the verdict that follows from the rows, of which one without a result
// weighs most.
func deployable(rows []verdictRow) string {
	answer := "true"
	for _, r := range rows {
		switch r.result {
		case "":
			return unknown
		case "false":
			answer = "false"
		}
	}
	return answer
}

// pair is what the Pact Broker gives one row at least: a consumer version and a provider.
type pair struct{ consumer, version, provider string }

// byPair are the rows of each pair that have a result.
func (v verdict) byPair() map[pair][]verdictRow {
	results := map[pair][]verdictRow{}
	for _, r := range v.rows {
		of := pair{r.consumer, r.consumerVersion, r.provider}
		found := results[of]
		if r.result != "" {
			found = append(found, r)
		}
		results[of] = found
	}
	return results
}

// overlooking are the rows that the Pact Broker gives where a verdict has these: those
// without a result it drops, if the pair has another that has one.
func (v verdict) overlooking() (rows []verdictRow) {
	for of, results := range v.byPair() {
		if len(results) == 0 {
			results = []verdictRow{{consumer: of.consumer, consumerVersion: of.version, provider: of.provider}}
		}
		rows = append(rows, results...)
	}
	return rows
}

// latestOnly are the rows that releases of the Pact Broker before 2.120 give: the last
// result of each pair.
func (v verdict) latestOnly() (rows []verdictRow) {
	last := map[pair]verdictRow{}
	for _, r := range v.overlooking() {
		of := pair{r.consumer, r.consumerVersion, r.provider}
		number, _ := strconv.Atoi(r.number) // without a result there is one row only
		other, _ := strconv.Atoi(last[of].number)
		if number >= other {
			last[of] = r
		}
	}
	for _, r := range last {
		rows = append(rows, r)
	}
	return rows
}

// equals reports whether the verdict has these rows. Which provider version has no result
// does not count where none of the pair has one.
func (v verdict) equals(rows []verdictRow) bool {
	texts := func(rows []verdictRow, results map[pair][]verdictRow) map[string]bool {
		all := map[string]bool{}
		for _, r := range rows {
			if len(results[pair{r.consumer, r.consumerVersion, r.provider}]) == 0 {
				r.providerVersion = ""
			}
			all[r.String()] = true
		}
		return all
	}
	mine, theirs := texts(v.rows, v.byPair()), texts(rows, verdict{rows: rows}.byPair())
	for text := range mine {
		if !theirs[text] {
			return false
		}
	}
	return len(mine) == len(theirs)
}
