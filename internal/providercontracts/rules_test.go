package providercontracts

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/oaschanges"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// told are the fields that a fault names, with what is wrong with them.
func told(t *testing.T, err error) []string {
	t.Helper()
	var invalid *fault.Error
	require.True(t, errors.As(err, &invalid), "%v", err)
	var lines []string
	for _, f := range invalid.Fields {
		lines = append(lines, f.Name+" "+f.Message)
	}
	slices.Sort(lines)
	return lines
}

// Each rule of a request is told with the place of what breaks it.
func TestReadSubmission_saysWhatIsWrongAndWhere(t *testing.T) {
	const good = `"pacticipantVersionNumber":"9"`
	content := `"content":"` + encodedOrders + `"`
	long := strings.Repeat("x", pacticipants.MaxNameLength+1)
	for name, tt := range map[string]struct {
		body    string
		several bool
		want    string
	}{
		"no version":                 {`{"contract":{` + content + `}}`, false, "pacticipantVersionNumber is missing"},
		"a version of null":          {`{"pacticipantVersionNumber":null,"contract":{` + content + `}}`, false, "pacticipantVersionNumber is missing"},
		"a version that is a number": {`{"pacticipantVersionNumber":9,"contract":{` + content + `}}`, false, "pacticipantVersionNumber must be a string"},
		"a blank version":            {`{"pacticipantVersionNumber":" ","contract":{` + content + `}}`, false, "pacticipantVersionNumber cannot be blank"},
		"a branch that is a list":    {`{` + good + `,"branch":[],"contract":{` + content + `}}`, false, "branch must be a string"},
		"tags that are a text":       {`{` + good + `,"tags":"a","contract":{` + content + `}}`, false, "tags must be an array"},
		"a blank tag":                {`{` + good + `,"tags":["a",""],"contract":{` + content + `}}`, false, "tags[1] cannot be blank"},
		"a tag that is null":         {`{` + good + `,"tags":[null],"contract":{` + content + `}}`, false, "tags[0] must be a string"},
		"a build that is a script":   {`{` + good + `,"buildUrl":"javascript:x","contract":{` + content + `}}`, false, "buildUrl must be an address, such as https://ci.example.org/builds/1, not a script"},
		"no contract":                {`{` + good + `}`, false, "contract is missing"},
		"a contract that is a text":  {`{` + good + `,"contract":"x"}`, false, "contract must be an object"},
		"no content":                 {`{` + good + `,"contract":{}}`, false, "contract.content is missing"},
		"content as it is":           {`{` + good + `,"contract":{"content":{"openapi":"3.0.3"}}}`, false, "contract.content must be a string: the document in base64"},
		"blank content":              {`{` + good + `,"contract":{"content":" \n"}}`, false, "contract.content cannot be blank"},
		"content that is no base64":  {`{` + good + `,"contract":{"content":"openapi: 3.0.3"}}`, false, "contract.content is not base64: send the document encoded"},
		"content of nothing":         {`{` + good + `,"contract":{"content":"===="}}`, false, "contract.content is not base64: send the document encoded"},
		"content that is no document": {`{` + good + `,"contract":{"content":"` + base64.StdEncoding.EncodeToString([]byte("a: 1")) + `"}}`, false,
			"contract.content cannot be read as a document of a provider. The provider contract cannot be compared: it does not say what it is. Known are `swagger: \"2.0\"`, `openapi: 3.x`, `asyncapi: 2.x` and `asyncapi: 3.x`."},
		"another specification":     {`{` + good + `,"contract":{` + content + `,"specification":"asyncapi"}}`, false, `contract.specification is "asyncapi", but the content is "oas"`},
		"an unknown specification":  {`{` + good + `,"contract":{` + content + `,"specification":"raml"}}`, false, `contract.specification is "raml", but must be oas or asyncapi`},
		"a type of two lines":       {`{` + good + `,"contract":{` + content + `,"contentType":"a\nb"}}`, false, "contract.contentType cannot contain multiple lines"},
		"a type that is too long":   {`{` + good + `,"contract":{` + content + `,"contentType":"` + long + `"}}`, false, "contract.contentType cannot be longer than 500 characters"},
		"evidence that is a word":   {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":true}}`, false, "contract.selfVerificationResults must be an object"},
		"success that is a text":    {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"success":"true"}}}`, false, "contract.selfVerificationResults.success must be true or false"},
		"a report that is a number": {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"content":7}}}`, false, "contract.selfVerificationResults.content must be a string"},
		"a verifier of two lines":   {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"verifier":"a\nb"}}}`, false, "contract.selfVerificationResults.verifier cannot contain multiple lines"},
		"a verifier too long":       {`{` + good + `,"contract":{` + content + `,"selfVerificationResults":{"verifierVersion":"` + long + `"}}}`, false, "contract.selfVerificationResults.verifierVersion cannot be longer than 500 characters"},

		"no contracts":           {`{` + good + `}`, true, "contracts is missing"},
		"contracts of an object": {`{` + good + `,"contracts":{}}`, true, "contracts must be an array"},
		"an empty list":          {`{` + good + `,"contracts":[]}`, true, "contracts must have at least one contract"},
		"an empty list, spread":  {`{` + good + `,"contracts":[ ]}`, true, "contracts must have at least one contract"},
		"a text in the list":     {`{` + good + `,"contracts":["x"]}`, true, "contracts[0] must be an object"},
		"one without a name":     {`{` + good + `,"contracts":[{` + content + `}]}`, true, "contracts[0].name is missing"},
		"two of one name":        {`{` + good + `,"contracts":[{"name":"a",` + content + `},{"name":"a",` + content + `}]}`, true, "contracts[1].name is that of another contract in the request"},
		"the third is wrong":     {`{` + good + `,"contracts":[{"name":"a",` + content + `},{"name":"b",` + content + `},{"name":"c"}]}`, true, "contracts[2].content is missing"},
		"too many":               {`{` + good + `,"contracts":[` + manyContracts(MaxAtOnce+1) + `]}`, true, "contracts must have at most 50 contracts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readSubmission("Orders", []byte(tt.body), tt.several)
			require.Equal(t, []string{tt.want}, told(t, err))
		})
	}
	_, err := readSubmission("Orders", []byte(`{`+good+`,"contracts":[`+manyContracts(MaxAtOnce)+`]}`), true)
	require.NoError(t, err, "as many as are allowed")
}

func manyContracts(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"name":"c%d","content":"%s"}`, i, encodedOrders))
	}
	return strings.Join(list, ",")
}

func TestReadOldSubmission_saysWhatIsWrongInItsOwnWords(t *testing.T) {
	content := `"content":"` + encodedOrders + `"`
	for body, want := range map[string][]string{
		`{}`: {"content is missing"},
		`{` + content + `,"contractType":"raml"}`:                 {`contractType is "raml", but must be oas or asyncapi`},
		`{` + content + `,"verificationResults":{"success":"x"}}`: {"verificationResults.success must be true or false"},
	} {
		_, err := readOldSubmission("Orders", "9", []byte(body))
		require.Equal(t, want, told(t, err), body)
	}
	_, err := readOldSubmission(" ", "..", []byte(`{`+content+`}`))
	require.Equal(t, []string{"provider cannot be blank", "version cannot be a dot or two, which addresses take for folders"}, told(t, err))
	for _, body := range []string{`[]`, `7`, `"x"`, `{`, `null`} {
		_, err := readOldSubmission("Orders", "9", []byte(body))
		require.True(t, fault.Is(err, fault.Malformed), body)
	}
}

// A change of one path says nothing of another that ends like it, and a parameter may
// get another name.
func TestJoin_takesPathsForWhatTheyAre(t *testing.T) {
	document := func(field string) string {
		item := func(fields string) string {
			return `{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{` + fields + `}}}}}}}}`
		}
		return `{"openapi":"3.0.3","info":{},"paths":{"/items":` + item(`"a":{}`) + `,"/orders/{id}/items":` + item(field) + `}}`
	}
	nested := []byte(`{"interactions":[{"description":"read","request":{"method":"GET","path":"/orders/1/items"},"response":{"status":200,"body":{"b":"x"}}}]}`)
	was, is := impactWith(document(`"b":{}`), nested), impactWith(document(`"c":{}`), nested)
	for path, want := range map[string]Meaning{
		"/items": UsedByNobodyKnown, "/orders/{id}/items": BreaksConsumers, "/orders/{order}/items": BreaksConsumers, "/{id}/items": UsedByNobodyKnown, "/orders/id/items": UsedByNobodyKnown, "": BreaksConsumers,
	} {
		joined := joinedOne(t, oaschanges.Change{Level: oaschanges.Breaking, Method: "get", Path: path}, was, is, nested)
		require.Equal(t, want, joined.Meaning, path)
	}
}

// The order in which documents are published or listed changes nothing of what they
// are called by, nor the order of contracts.
func TestKeys_doNotDependOnTheOrder(t *testing.T) {
	all := []Contract{
		{Name: "a", Document: Document{SHA: "1"}}, {Name: "b", Document: Document{SHA: "2"}, Evidence: succeeded()}, {Name: "c", Document: Document{SHA: "1"}, Evidence: failed()}, {Name: "d", Document: Document{SHA: "3"}},
	}
	key, documents := KeyOf(all), DocumentsKeyOf(all)
	random := testrandom.New(t)
	for range 20 {
		mixed := slices.Clone(all)
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		require.Equal(t, key, KeyOf(mixed))
		require.Equal(t, documents, DocumentsKeyOf(mixed))
	}
	require.Equal(t, DocumentsKeyOf(all[:2]), DocumentsKeyOf(all[1:3]), "what is compared depends on the documents alone")
	require.NotEqual(t, KeyOf(all[:2]), KeyOf(all[1:3]))
	require.NotEqual(t, DocumentsKeyOf(all), DocumentsKeyOf(all[:3]))
}

// Whatever is read in whatever order, what is kept ready is counted right and stays
// within its bound.
func TestCache_countsWhatItKeeps(t *testing.T) {
	var c cache
	random := testrandom.New(t)
	for range 300 {
		name := fmt.Sprint(random.IntN(12))
		d, err := c.get(name, func() ([]byte, error) { return nil, errors.New("not kept") })
		if err != nil {
			d = readable{sha: name, content: make([]byte, cachedBytes/12*(1+len(name)))}
			c.keep(d)
		}
		require.Equal(t, name, d.sha)
		if random.IntN(10) == 0 {
			c.purge()
		}
		kept := 0
		for _, entry := range c.entries {
			kept += len(entry.document.content)
		}
		require.Equal(t, kept, c.bytes)
		require.LessOrEqual(t, c.bytes, cachedBytes)
	}
	c.purgeTimer.Stop()
}

// A comparison that cannot be made says no more than that, whatever else is known.
func TestOutcome_isOneOfTheSix(t *testing.T) {
	all := []Outcome{Compatible, Unproven, Incompatible, SelfVerificationFailed, NotCovered, NotComparable}
	for _, failedHere := range []bool{true, false} {
		for _, uncovered := range []int{0, 1} {
			for _, refused := range []string{"", "x"} {
				for _, e := range []Evidence{{}, succeeded(), failed()} {
					c := Comparison{Failed: failedHere, Uncovered: uncovered, Refused: refused}
					outcome := c.outcome(e)
					require.Contains(t, all, outcome)
					if outcome.Succeeds() {
						require.False(t, failedHere || uncovered > 0 || refused != "" || e.Failed(), "a yes needs all to be well: %+v", c)
					}
					if e.Failed() {
						require.True(t, outcome.Fails(), "who does not keep to its document keeps no contract: %+v", c)
					}
				}
			}
		}
	}
}

func TestReport_findsWhatIsAboutAnInteraction(t *testing.T) {
	at := func(interaction int, kind comparison.Kind) Finding {
		return Finding{Finding: comparison.Finding{Interaction: interaction, Kind: kind}}
	}
	r := Report{Findings: []Finding{at(-1, comparison.Info), at(0, comparison.Error), at(1, comparison.Warning), at(1, comparison.Error)}}
	require.Len(t, r.Of(1), 2)
	require.Empty(t, r.Of(2))
	require.Len(t, r.errorsOf(1), 1)
	require.Empty(t, r.errorsOf(5))
}
