package verdicts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/verification"
)

var actionNames = map[ActionKind]string{
	LookAtResult: "result", LookAtBuild: "build", Compare: "compare", Verify: "verify", LookAtContract: "contract", LookAtDelivery: "delivery", AddWebhook: "webhook", Wait: "wait",
	DeployOther: "deploy", RecordDeployment: "record", EndDeployment: "end", Publish: "publish", SetMainBranch: "main-branch", LookAtVersions: "versions", LookAtExternal: "external",
	LookAtMatrix: "matrix", LookAtComparison: "comparison", LookAtProviderContract: "promise", PublishProviderContract: "publish-promise",
}

// toldActions writes actions as "kind Application version instance", and what they know more.
func toldActions(actions []Action) string {
	var told []string
	for _, a := range actions {
		known := map[Doubt]string{DoubtedName: " name?", DoubtedNumber: " number?", DoubtedCommit: " commit?"}[a.Doubt]
		if a.Back {
			known = " back"
		}
		told = append(told, strings.Join(strings.Fields(actionNames[a.Kind]+" "+a.Application+" "+a.Version+" "+a.Instance+known), " "))
	}
	return strings.Join(told, ", ")
}

// changed is a finding that is a little different.
func changed(f Finding, change func(f *Finding)) Finding {
	if f.Contract != nil {
		own := *f.Contract
		f.Contract = &own
	}
	change(&f)
	return f
}

// summary changes what is known of an application.
func summary(e *evidence, id int64, change func(s *ApplicationSummary)) {
	s := e.summaries[id]
	change(&s)
	e.summaries[id] = s
}

// asking is the finding when the provider's version is the one that is asked about.
func asking(f Finding) Finding {
	return changed(f, func(f *Finding) { f.Provider.Asked, f.Consumer.Asked = true, false })
}

// causeCases have all that a cause says, word for word: people read it, and programs
// offer the actions.
var causeCases = []struct {
	name    string
	f       Finding
	with    func(e *evidence)
	code    Code
	title   string
	text    string
	actions string
	// since is how long after noon it began, or "" if that cannot be said; owner the
	// application whose turn it is.
	since, owner string
}{
	{"external", changed(missing(), func(f *Finding) { f.Counted = false }), func(e *evidence) {
		e.verdict.External = map[int64]pacticipants.External{2: {Reason: "A bank.", Since: noon.Add(-time.Hour)}}
	}, CodeExternal, "Stock is external and verifies no contracts", "Since 2026-03-02 11:00 UTC: A bank. Its missing result does not count.", "external Stock 10", "-1h0m0s", ""},
	{"ignored", changed(withResult(false), func(f *Finding) { f.Counted = false }), nil, CodeIgnored,
		"Left out on request", "Whatever is known of the two has no part in the answer.", "", "", ""},
	{"an external provider that was ignored with a result", changed(withResult(false), func(f *Finding) { f.Counted = false }), func(e *evidence) {
		e.verdict.External = map[int64]pacticipants.External{2: {Reason: "A bank", Since: noon}}
	}, CodeIgnored, "Left out on request", "Whatever is known of the two has no part in the answer.", "", "", ""},
	{"unknown version", Finding{Counted: true, gap: versionMissing, Consumer: Party{ID: 1, Name: "Shop", Version: "3"}, Phrase: phrase(matrix.Criteria{Version: "3"}, "Its newest versions are 1, 2.")}, nil,
		CodeUnknownVersion, "There is no version 3 of Shop", "There is no version 3 of Shop. Its newest versions are 1, 2.", "publish Shop 3 number?, versions Shop", "", "Shop"},
	{"unknown version of an unknown application", Finding{Counted: true, gap: versionMissing, Phrase: phrase(matrix.Criteria{Version: "3"}, "")}, nil,
		CodeUnknownVersion, "There is no version 3 of Shop", "There is no version 3 of Shop.", "publish Shop 3 number?", "", ""},
	{"unknown version on a main branch", Finding{Counted: true, gap: versionMissing, Consumer: Party{ID: 1, Name: "Shop"}, Phrase: phrase(matrix.Criteria{MainBranch: true, Latest: true}, "No main branch of Shop is set.")}, nil,
		CodeUnknownVersion, "There is no version of Shop from its main branch", "There is no version of Shop from its main branch. No main branch of Shop is set.", "main-branch Shop, versions Shop", "", "Shop"},
	{"left out", Finding{Counted: true, gap: rowsLeftOut, Consumer: shop, Provider: stock}, nil,
		CodeLeftOut, "The question leaves out what is known of the two", "The filter of outcomes or the limit of rows leaves nothing of it. Ask without them.", "matrix Stock 10", "", ""},

	{"nothing deployed in an environment", nowhere(matrix.Target{Environment: "production"}, "production"), nil,
		CodeNothingDeployed, "No version of Stock is in production", "Shop 2 needs Stock, of which no version is recorded there.", "record Stock", "", "Stock"},
	{"nothing tagged", nowhere(matrix.Target{Tag: "prod", Latest: true}, "what is tagged prod"), nil,
		CodeNothingDeployed, "No version of Stock is tagged prod", "Shop 2 needs Stock, of which there is no such version.", "versions Stock", "", "Stock"},
	{"nothing on a main branch that is not set", nowhere(matrix.Target{MainBranch: true}, "the main branches"), nil,
		CodeNothingDeployed, "No version of Stock is on its main branch", "Shop 2 needs Stock, of which there is no such version.", "main-branch Stock", "", "Stock"},
	{"nothing on a main branch that is set", nowhere(matrix.Target{MainBranch: true}, "the main branches"), func(e *evidence) {
		summary(e, 2, func(s *ApplicationSummary) { s.Pacticipant.MainBranch = "master" })
	}, CodeNothingDeployed, "No version of Stock is on its main branch",
		"Shop 2 needs Stock, whose main branch is set to 'master'; no version is on it. If the branch was renamed, say which one is the main branch now.", "main-branch Stock", "", "Stock"},
	{"no version at all", nowhere(matrix.Target{Latest: true}, "the latest versions"), nil,
		CodeNothingDeployed, "Stock has no version yet", "Shop 2 needs Stock, of which there is no such version.", "versions Stock", "", "Stock"},
	{"a consumer that is not there", Finding{Counted: true, gap: nothingThere, Consumer: Party{ID: 1, Name: "Shop"}, Provider: stock, Target: matrix.Target{Environment: "production"}}, nil,
		CodeNothingDeployed, "No version of Shop is in production", "Shop is not recorded there, so there is nothing to break.", "", "", ""},

	{"self verification failed", comparedWith(false), func(e *evidence) { compare(e, providercontracts.SelfVerificationFailed) }, CodeSelfVerificationFailed,
		"Stock 10 does not keep to its own contract", "The contract of Stock 10 was published with the result that the provider's own tests against it have failed. Whatever it promises, it does not count.",
		"promise Stock 10, publish-promise Stock 10", "0s", "Stock"},
	{"incompatible", comparedWith(false), func(e *evidence) { compare(e, providercontracts.Incompatible) }, CodeIncompatible,
		"Shop 2 needs what Stock 10 does not promise", "The pact was compared with the contract of Stock 10: 1 error. 1 interaction failed: an order (it exists).",
		"comparison Stock 10, promise Stock 10, compare Shop 2", "0s", "Stock"},
	{"not covered", missing(), func(e *evidence) { compare(e, providercontracts.NotCovered) }, CodeNotCovered,
		"The contract of Stock 10 does not speak of all that Shop 2 needs", "Of 2 interactions nothing is wrong, but 1 could not be compared: no messages. Only a verification of the pact can tell.",
		"verify Stock 10, comparison Stock 10", "0s", "Stock"},
	{"not comparable", missing(), func(e *evidence) { compare(e, providercontracts.NotComparable) }, CodeNotComparable,
		"The pact of Shop 2 cannot be compared with the contract of Stock 10", "It is nested too deep.", "promise Stock 10, publish-promise Stock 10, verify Stock 10", "0s", "Stock"},
	{"comparison pending", changed(missing(), func(f *Finding) { f.Contract.CreatedAt = noon.Add(-time.Minute) }), func(e *evidence) { e.withContracts = map[int64]bool{20: true} }, CodeComparisonPending,
		"The pact is being compared with the contract of Stock 10", "There was no time to do so within this question. Ask again in a moment.", "wait", "-1m0s", "Stock"},
	{"compatible", comparedWith(true), func(e *evidence) { compare(e, providercontracts.Compatible) }, CodeCompatible,
		"Stock 10 promises what Shop needs", "", "", "0s", ""},
	{"compatible without evidence", comparedWith(true), func(e *evidence) { compare(e, providercontracts.Unproven) }, CodeCompatible,
		"Stock 10 promises what Shop needs", "Nobody has said whether the provider keeps to its contract: it was published without evidence.", "publish-promise Stock 10", "0s", ""},

	{"never publishes", missing(), func(e *evidence) {
		summary(e, 2, func(s *ApplicationSummary) {
			s.FirstContract, s.Contracts, s.LastResult = noon.Add(-48*time.Hour), 1, VersionResult{}
		})
	}, CodeNeverPublishes, "Stock has never published a verification result",
		"Its first contract is of 2026-02-28 12:00 UTC, and there are contracts from 1 consumer, yet no result has ever reached the broker. Its builds may verify contracts without publishing what came of it.",
		"verify Stock 10, contract Stock 10", "-48h0m0s", "Stock"},
	{"without content in the target", missing(), func(e *evidence) { delete(e.withContent, 20) }, CodeWithoutContent,
		"Nothing was ever published for Stock 10",
		"Neither a contract nor a result was ever published for Stock 10, so nothing can be said of it. It was recorded in production on 2026-03-02 11:00 UTC; the record may name another build than the one that runs there. The newest version with content is 10.",
		"verify Stock 10, record Stock", "-1h0m0s", "Stock"},
	{"without content and asked about", Finding{Counted: true, gap: contractMissing, Consumer: shop}, func(e *evidence) {
		delete(e.withContent, 12)
		e.heads = nil
	}, CodeWithoutContent, "Nothing was ever published for Shop 2", "Neither a contract nor a result was ever published for Shop 2, so nothing can be said of it.", "publish Shop 2", "", "Shop"},
	{"no contract with the provider", Finding{Counted: true, gap: contractMissing, Consumer: shop, Provider: stock}, nil, CodeNoContract,
		"There is no contract to verify", "Shop 2 has no contract with Stock, so there is nothing to break.", "", "", ""},
	{"no contract with anybody", Finding{Counted: true, gap: contractMissing, Consumer: shop}, nil, CodeNoContract,
		"There is no contract to verify", "Shop 2 has no contract that this question concerns, so there is nothing to break.", "", "", ""},
	{"verified", withResult(true), nil, CodeVerified, "Stock 10 has verified the contract", "", "", "0s", ""},
	{"removed but deployed, never verified", asking(changed(missing(), func(f *Finding) { f.Contract.VersionPosition = 1 })), func(e *evidence) {
		dropped(e)
		e.deployments[12] = []DeploymentRecord{{ApplicationID: 1, Since: noon.Add(-2 * time.Hour)}}
	}, CodeRemovedButDeployed, "Shop 2 is still in production; its newer versions have no such contract",
		"Shop 5 has no contract with Stock any more, but 2 in production still has one. For that one there is no result.", "deploy Shop 5", "-2h0m0s", "Shop"},
	{"removed but deployed, and failed", asking(changed(withResult(false), func(f *Finding) { f.Contract.VersionPosition = 1 })), dropped, CodeRemovedButDeployed,
		"Shop 2 is still in production; its newer versions have no such contract",
		"Shop 5 has no contract with Stock any more, but 2 in production still has one. The result does not tell which interactions failed.", "deploy Shop 5", "0s", "Shop"},
	{"regression in the target", withResult(false), func(e *evidence) {
		e.regressions = map[int64]Regression{7: {Last: VersionResult{Number: "8", At: noon.Add(-2 * time.Hour)}, First: VersionResult{Number: "9", At: noon.Add(-time.Hour)}}}
		e.reports = map[int64]verification.Result{7: {BuildURL: "https://ci.test/7"}}
	}, CodeRegression, "Stock 10 fails a contract that 8 fulfilled",
		"Stock 8 fulfilled the same contract on 2026-03-02 10:00 UTC; 9 is the first version known to break it, since 2026-03-02 11:00 UTC. The result does not tell which interactions failed.",
		"result Stock 10, build Stock 10, deploy Stock 8 back", "-1h0m0s", "Stock"},
	{"regression that is asked about", asking(withResult(false)), func(e *evidence) {
		e.regressions = map[int64]Regression{7: {Last: VersionResult{Number: "8", At: noon}, First: VersionResult{Number: "10", At: noon}}}
	}, CodeRegression, "Stock 10 fails a contract that 8 fulfilled",
		"Stock 8 fulfilled the same contract on 2026-03-02 12:00 UTC; 10 is the first version known to break it, since 2026-03-02 12:00 UTC. The result does not tell which interactions failed.",
		"result Stock 10", "0s", "Stock"},
	{"failed", withResult(false), func(e *evidence) {
		e.reports = map[int64]verification.Result{7: {BuildURL: "https://ci.test/7", TestResults: []byte(`[{"interactionId":"i1","success":false},{"interactionDescription":"get","interactionProviderState":"it is there","success":false},{"interactionId":"i2","success":false},{"interactionId":"i3","success":true}]`)}}
		e.names = map[int64]map[string]pactfile.Interaction{content: {"i1": {Description: "post", State: "it is not"}}}
	}, CodeFailed, "Stock 10 fails the contract", "3 interactions failed: post (it is not); get (it is there); i2.", "result Stock 10, build Stock 10, compare Stock 10", "0s", "Stock"},
	{"failed without a report", withResult(false), nil, CodeFailed, "Stock 10 fails the contract", "The result does not tell which interactions failed.", "result Stock 10, compare Stock 10", "0s", "Stock"},

	{"pending after a webhook", missing(), func(e *evidence) { deliver(e, events.ContractContentChanged, Delivered, noon) }, CodePending, "A verification by Stock 10 is on its way",
		"The contract was published on 2026-03-02 12:00 UTC, and its result is not late yet. A webhook was triggered by it on 2026-03-02 12:00 UTC and has arrived.", "wait, delivery Stock 10", "0s", "Stock"},
	{"stale record of the provider", missing(), func(e *evidence) {
		e.deployments[20][0].Stale, e.deployments[20][0].Instance = true, "blue"
		summary(e, 2, func(s *ApplicationSummary) { s.Newest.Number = "15" })
	}, CodeStaleRecord, "The record of Stock 10 in production is old",
		"It was last recorded on 2026-03-02 11:59 UTC, and newer versions have been built since, up to 15. The version that really runs there may be another one.", "record Stock blue, end Stock blue", "-1m0s", "Stock"},
	{"stale record of the consumer", asking(missing()), func(e *evidence) {
		e.deployments[12] = []DeploymentRecord{{ApplicationID: 1, Application: "Shop", Version: "2", Stale: true, Recorded: noon}}
		summary(e, 1, func(s *ApplicationSummary) { s.Newest.Number = "5" })
	}, CodeStaleRecord, "The record of Shop 2 in production is old",
		"It was last recorded on 2026-03-02 12:00 UTC, and newer versions have been built since, up to 5. The version that really runs there may be another one.", "record Shop, end Shop", "0s", "Shop"},
	{"verified elsewhere", missing(), func(e *evidence) { verifiedBy(e, noon.Add(time.Minute)) }, CodeVerifiedElsewhere,
		"Verified by Stock 11, but not by Stock 10 in production",
		"Stock 11 fulfils the contract, as was found on 2026-03-02 12:01 UTC. What counts here is Stock 10 in production, and for that there is no result.", "deploy Stock 11, verify Stock 10", "1m0s", "Stock"},
	{"tried elsewhere", missing(), func(e *evidence) {
		e.histories[content] = ContentHistory{PublishedAt: noon, Tried: VersionResult{ID: 21, Number: "11", Position: 11, At: noon.Add(time.Minute)}}
	}, CodeVerifiedElsewhere, "Tried by Stock 11, but not by Stock 10 in production",
		"Stock 11 fails the contract, as was found on 2026-03-02 12:01 UTC. What counts here is Stock 10 in production, and for that there is no result.", "verify Stock 10", "1m0s", "Stock"},
	{"verified elsewhere, and asked about", asking(missing()), func(e *evidence) { verifiedBy(e, noon.Add(time.Minute)) }, CodeVerifiedElsewhere,
		"Verified by Stock 11, but not by Stock 10", "Stock 11 fulfils the contract, as was found on 2026-03-02 12:01 UTC. What counts here is Stock 10, and for that there is no result.", "verify Stock 10", "1m0s", "Stock"},
	{"lost with a webhook", missing(), func(e *evidence) { deliver(e, events.ContractContentChanged, GivenUp, noon.Add(time.Minute)) }, CodeLost,
		"A verification by Stock was due, and no result came", "The contract was published on 2026-03-02 12:00 UTC. A webhook was triggered by it on 2026-03-02 12:01 UTC and was given up.", "delivery Stock 10, verify Stock 10", "0s", "Stock"},
	{"lost without a webhook", missing(), func(e *evidence) {
		summary(e, 2, func(s *ApplicationSummary) { s.LastResult.At = noon.Add(time.Hour) })
		e.now = noon.Add(48 * time.Hour)
	}, CodeLost, "A verification by Stock was due, and no result came",
		"The contract was published on 2026-03-02 12:00 UTC. No webhook has told anybody of it. Stock has published results since, but none for this contract: its builds may not select it.", "verify Stock 10, webhook Stock 10", "0s", "Stock"},
	{"never verified, and told to a chat", missing(), func(e *evidence) { deliver(e, events.ContractPublished, Delivered, noon.Add(time.Minute)) }, CodeNeverVerified, "No version of Stock has verified the contract",
		"The contract was published on 2026-03-02 12:00 UTC, and Stock has published no result for it. A webhook on contract_published was triggered by it on 2026-03-02 12:01 UTC and has arrived, which asks nobody to verify.", "verify Stock 10, webhook Stock 10, delivery Stock 10", "0s", "Stock"},
	{"never verified, and another version asked", missing(), func(e *evidence) {
		deliverTo(e, events.ContractRequiringVerification, "12", Delivered, noon.Add(time.Minute))
	}, CodeNeverVerified, "No version of Stock has verified the contract",
		"The contract was published on 2026-03-02 12:00 UTC, and Stock has published no result for it. A webhook on contract_requiring_verification_published was triggered by it on 2026-03-02 12:01 UTC and has arrived, which asks 12 to verify.", "verify Stock 10, webhook Stock 10, delivery Stock 10", "0s", "Stock"},
	{"never verified", missing(), nil, CodeNeverVerified, "No version of Stock has verified the contract",
		"The contract was published on 2026-03-02 12:00 UTC, and Stock has published no result for it. No webhook has told anybody of it.", "verify Stock 10, webhook Stock 10", "0s", "Stock"},
}

// dropped lets the newest version of Shop have no contract with Stock.
func dropped(e *evidence) {
	e.heads[1] = map[int64]bool{3: true}
	summary(e, 1, func(s *ApplicationSummary) { s.Head = VersionResult{ID: 15, Number: "5", Position: 5} })
}

func phrase(c matrix.Criteria, hint string) matrix.Phrase {
	return matrix.Phrase{Pacticipant: "Shop", Criteria: c, State: matrix.Missing, Hint: hint}
}

// nowhere is a contract whose provider is not in the target.
func nowhere(target matrix.Target, place string) Finding {
	return changed(missing(), func(f *Finding) {
		f.Provider.VersionID, f.Provider.Version, f.Target, f.Place = 0, "", target, place
	})
}

func TestCauses_sayAllOfIt(t *testing.T) {
	said := map[Code]bool{}
	for _, c := range causeCases {
		t.Run(c.name, func(t *testing.T) {
			e := known()
			if c.with != nil {
				c.with(e)
			}
			f := c.f
			e.find(&f)
			require.Equal(t, c.code, f.Code)
			require.Equal(t, c.title, f.Title())
			require.Equal(t, c.text, f.Text())
			require.Equal(t, c.actions, toldActions(f.Actions()))
			since, owner := "", ""
			if !f.Since.IsZero() {
				since = f.Since.Sub(noon).String()
			}
			if f.Owner != nil {
				owner = f.Owner.Name
			}
			require.Equal(t, c.since, since, "since")
			require.Equal(t, c.owner, owner, "owner")
		})
		said[c.code] = true
	}
	for _, code := range Codes() {
		require.True(t, said[code], "nothing is said of %s", code)
	}
}

// Two causes may hold at once; the one that is surer, or must be done first, is told.
func TestCauses_comeInThisOrder(t *testing.T) {
	stale := func(e *evidence) { e.deployments[20][0].Stale = true }
	webhook := func(e *evidence) { deliver(e, events.ContractContentChanged, Delivered, noon) }
	elsewhere := func(e *evidence) { verifiedBy(e, noon.Add(-time.Minute)) }
	late := func(e *evidence) {
		deliver(e, events.ContractContentChanged, Delivered, noon)
		e.now = noon.Add(48 * time.Hour)
	}
	silent := func(e *evidence) {
		summary(e, 2, func(s *ApplicationSummary) { s.LastResult, s.FirstContract = VersionResult{}, noon.Add(-72*time.Hour) })
	}
	bare := func(e *evidence) { delete(e.withContent, 20) }
	older := asking(changed(missing(), func(f *Finding) { f.Contract.VersionPosition = 1 }))
	broken := func(e *evidence) {
		e.regressions = map[int64]Regression{7: {Last: VersionResult{Number: "8"}, First: VersionResult{Number: "9"}}}
	}
	withContracts := func(e *evidence) { e.withContracts = map[int64]bool{20: true} }
	for _, c := range []struct {
		name string
		f    Finding
		with []func(e *evidence)
		code Code
	}{
		{"a regression is more than a failure", withResult(false), []func(*evidence){broken}, CodeRegression},
		{"a dropped contract is more than a regression", asking(changed(withResult(false), func(f *Finding) { f.Contract.VersionPosition = 1 })), []func(*evidence){broken, dropped}, CodeRemovedButDeployed},
		{"a dropped contract is more than a webhook", older, []func(*evidence){dropped, webhook}, CodeRemovedButDeployed},
		{"a dropped contract that is asked about is none", missing(), []func(*evidence){dropped}, CodeNeverVerified},
		{"a dropped contract of the head itself is none", changed(older, func(f *Finding) { f.Contract.VersionPosition = 5 }), []func(*evidence){dropped}, CodeNeverVerified},
		{"a head without any contract says nothing of a dropped one", older, []func(*evidence){func(e *evidence) { e.heads = nil }}, CodeNeverVerified},
		{"a webhook is more than an old record", missing(), []func(*evidence){webhook, stale}, CodePending},
		{"an old record is more than what was verified elsewhere", missing(), []func(*evidence){stale, elsewhere}, CodeStaleRecord},
		{"an old record of what is asked about is none", asking(missing()), []func(*evidence){stale}, CodeNeverVerified},
		{"an old record is more than a lost verification", missing(), []func(*evidence){stale, late}, CodeStaleRecord},
		{"what was verified elsewhere is more than a lost verification", missing(), []func(*evidence){elsewhere, late}, CodeVerifiedElsewhere},
		{"a lost verification is more than none", missing(), []func(*evidence){late}, CodeLost},
		{"who never publishes is told before a webhook", missing(), []func(*evidence){silent, webhook}, CodeNeverPublishes},
		{"who never publishes is told before a version without content", missing(), []func(*evidence){silent, bare}, CodeNeverPublishes},
		{"a version without content of who has never answered is like any other", missing(), []func(*evidence){bare, func(e *evidence) {
			summary(e, 2, func(s *ApplicationSummary) { s.LastResult = VersionResult{} })
		}}, CodeNeverVerified},
		{"a version without content is more than an old record", missing(), []func(*evidence){bare, stale}, CodeWithoutContent},
		{"a version without content is more than a webhook", missing(), []func(*evidence){bare, webhook}, CodeWithoutContent},
		{"a version without content that is asked about may be verifying", asking(missing()), []func(*evidence){bare, webhook}, CodePending},
		{"a comparison that is on its way is more than who never publishes", missing(), []func(*evidence){withContracts, silent}, CodeComparisonPending},
		{"what is not covered is more than what was verified elsewhere", missing(), []func(*evidence){func(e *evidence) { compare(e, providercontracts.NotCovered) }, elsewhere}, CodeNotCovered},
		{"a failed verification is more than what is not covered", withResult(false), []func(*evidence){func(e *evidence) { compare(e, providercontracts.NotCovered) }}, CodeFailed},
		{"a verification counts where nothing can be compared", withResult(true), []func(*evidence){func(e *evidence) { compare(e, providercontracts.NotComparable) }}, CodeVerified},
		{"nothing there is more than who never publishes", nowhere(matrix.Target{Environment: "production"}, "production"), []func(*evidence){silent}, CodeNothingDeployed},
		{"ignored is more than failed", changed(withResult(false), func(f *Finding) { f.Counted = false }), []func(*evidence){broken}, CodeIgnored},
		{"a failed verification of an external provider counts", withResult(false), []func(*evidence){func(e *evidence) {
			e.verdict.External = map[int64]pacticipants.External{2: {Reason: "x", Since: noon}}
		}}, CodeFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := known()
			for _, with := range c.with {
				with(e)
			}
			f := c.f
			e.find(&f)
			require.Equal(t, c.code, f.Code, f.Text())
		})
	}
}

// Times decide between what is on its way and what is lost; each is held on both
// sides of its threshold.
func TestCauses_goByTheThresholds(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(e *evidence)
		code Code
	}{
		{"a webhook within the time", func(e *evidence) {
			deliver(e, events.ContractContentChanged, Delivered, noon)
			e.now = noon.Add(time.Hour)
		}, CodePending},
		{"a webhook beyond the time", func(e *evidence) {
			deliver(e, events.ContractContentChanged, Delivered, noon)
			e.now = noon.Add(time.Hour + time.Second)
		}, CodeNeverVerified},
		{"a webhook that is not overdue", func(e *evidence) {
			deliver(e, events.ContractContentChanged, Delivered, noon)
			e.now = noon.Add(24 * time.Hour)
		}, CodeNeverVerified},
		{"a webhook that is overdue", func(e *evidence) {
			deliver(e, events.ContractContentChanged, Delivered, noon)
			e.now = noon.Add(24*time.Hour + time.Second)
		}, CodeLost},
		{"a webhook later than the contract counts from then", func(e *evidence) {
			deliver(e, events.ContractContentChanged, Delivered, noon.Add(12*time.Hour))
			e.now = noon.Add(30 * time.Hour)
		}, CodeNeverVerified},
		{"results for others that are not overdue", func(e *evidence) {
			summary(e, 2, func(s *ApplicationSummary) { s.LastResult = VersionResult{ID: 21, At: noon.Add(time.Hour)} })
			e.now = noon.Add(24 * time.Hour)
		}, CodeNeverVerified},
		{"results for others before the contract", func(e *evidence) {
			summary(e, 2, func(s *ApplicationSummary) { s.LastResult = VersionResult{ID: 21, At: noon.Add(-time.Second)} })
			e.now = noon.Add(48 * time.Hour)
		}, CodeNeverVerified},
		{"silent for not so long", func(e *evidence) {
			summary(e, 2, func(s *ApplicationSummary) {
				s.LastResult, s.FirstContract = VersionResult{}, e.now.Add(-24*time.Hour)
			})
		}, CodeNeverVerified},
		{"silent for too long", func(e *evidence) {
			summary(e, 2, func(s *ApplicationSummary) {
				s.LastResult, s.FirstContract = VersionResult{}, e.now.Add(-24*time.Hour-time.Second)
			})
		}, CodeNeverPublishes},
		{"a webhook of the first publication of the words", func(e *evidence) {
			e.histories[content] = ContentHistory{PublishedAt: noon, FirstPublication: 40}
			e.deliveries[40] = []Delivery{{Event: string(events.ContractContentChanged), State: Delivered, At: noon}}
		}, CodePending},
		{"the later of two webhooks", func(e *evidence) {
			e.histories[content] = ContentHistory{PublishedAt: noon, FirstPublication: 40}
			e.deliveries[40] = []Delivery{{Event: string(events.ContractContentChanged), State: GivenUp, At: noon}}
			deliver(e, events.ContractContentChanged, Delivered, noon.Add(time.Minute))
		}, CodePending},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, f := known(), missing()
			c.with(e)
			e.find(&f)
			require.Equal(t, c.code, f.Code, f.Text())
		})
	}
}

func TestSummary_namesWhatStandsInTheWay(t *testing.T) {
	found := func(answer matrix.Answer, code cause, name string) Finding {
		return Finding{Counted: true, Answer: answer, Consumer: shop, Provider: Party{Name: name, Version: "1"}, cause: code, Result: &matrix.Result{}}
	}
	left := changed(found(matrix.Yes, ignored{}, "Mail"), func(f *Finding) { f.Counted = false })
	for _, c := range []struct {
		findings []Finding
		want     string
	}{
		{nil, "Nothing stands in the way (0 pairs looked at)."},
		{[]Finding{found(matrix.Yes, verified{}, "Bank")}, "Nothing stands in the way (1 pair looked at)."},
		{[]Finding{found(matrix.Yes, verified{}, "Bank"), left}, "Nothing stands in the way (1 pair looked at, 1 left out)."},
		{[]Finding{found(matrix.No, failed{}, "Bank"), found(matrix.Yes, verified{}, "Mail")}, "In the way: Bank 1 fails the contract (2 pairs looked at)."},
		{[]Finding{found(matrix.No, failed{}, "Bank"), found(matrix.No, failed{}, "Bank")}, "In the way: Bank 1 fails the contract (2 pairs looked at)."},
		{[]Finding{found(matrix.No, failed{}, "A"), found(matrix.Unknown, neverVerified{}, "B"), found(matrix.No, failed{}, "C"), found(matrix.No, failed{}, "D"), found(matrix.No, failed{}, "E")},
			"In the way: A 1 fails the contract; No version of B has verified the contract; C 1 fails the contract; and 2 more (5 pairs looked at)."},
	} {
		require.Equal(t, c.want, Explanation{Findings: c.findings}.Summary())
	}
}

func TestLocated_saysWhereAndInHowMuch(t *testing.T) {
	number := func(version string) string { return "v" + version }
	runs := []DeploymentRecord{{Application: "Stock", Version: "10", Environment: "production"}, {Application: "Shop", Version: "2", Environment: "production"}}
	twice := []verification.FailedTest{{Description: "a"}, {Description: "b"}}
	of := func(c cause, asked string, failures []verification.FailedTest) Finding {
		f := withResult(false)
		f.cause, f.Failures, f.Deployments = c, failures, runs
		f.Consumer.Asked, f.Provider.Asked = asked == "Shop", asked == "Stock"
		f.Regression = &Regression{Last: VersionResult{Number: "9"}}
		return f
	}
	for want, f := range map[string]Finding{
		"Stock v10, as it runs in production, fails the contract of Shop v2":                            of(failed{}, "Shop", nil),
		"Stock v10 fails 2 interactions of the contract of Shop v2, as it runs in production,":          of(failed{}, "Stock", twice),
		"Stock 10 fails a contract that 9 fulfilled, as it runs in production":                          of(regression{}, "Shop", nil),
		"Stock 10 fails a contract that 9 fulfilled, as Shop runs in production: 2 interactions failed": of(regression{}, "Stock", twice),
		"No version of Stock has verified the contract":                                                 of(neverVerified{}, "Shop", nil),
	} {
		require.Equal(t, want, f.Located(number))
		require.False(t, f.OfNoVersion())
	}
	require.True(t, Finding{cause: unknownVersion{}}.OfNoVersion())
}

func TestFailures_nameTheFirstFew(t *testing.T) {
	f := withResult(false)
	for i := range 7 {
		f.Failures = append(f.Failures, verification.FailedTest{Description: fmt.Sprintf("call %d", i)})
	}
	require.Equal(t, "7 interactions failed: call 0; call 1; call 2; call 3; call 4; and 2 more.", f.failures())
	require.Empty(t, missing().failures(), "without a result nothing failed")
}

func TestProblems_sayWhereBothSidesSaySo(t *testing.T) {
	e, f := known(), comparedWith(false)
	compare(e, providercontracts.Incompatible)
	report := e.comparisons[3]
	report.Findings[0].PactPath, report.Findings[0].SpecPath = "[root].interactions[0].response.body", "[root].paths./orders.get"
	second := report.Findings[0]
	second.Line, second.Message = 0, "No size."
	report.Findings = append(report.Findings, second)
	e.comparisons[3] = report
	e.find(&f)
	require.Equal(t, []verification.FailedTest{{Description: "an order", State: "it exists", Problems: []string{
		"No colour. Pact: [root].interactions[0].response.body; contract: line 12, [root].paths./orders.get. [response.body.incompatible]",
		"No size. Pact: [root].interactions[0].response.body; contract: [root].paths./orders.get. [response.body.incompatible]",
	}}}, f.Failures, "one failure for each interaction")
}

func TestTargets_haveNames(t *testing.T) {
	for target, want := range map[matrix.Target]string{
		{}: "", {Environment: "live"}: "live", {Tag: "prod"}: "what is tagged prod", {Tag: "prod", Latest: true}: "what is tagged prod",
		{MainBranch: true}: "the main branches", {MainBranch: true, Latest: true}: "the main branches", {Latest: true}: "the latest versions",
	} {
		require.Equal(t, want, describeTarget(target))
	}
	require.Equal(t, "Shop", Party{Name: "Shop"}.String())
	require.Equal(t, "Shop 2", shop.String())
	for state, want := range map[DeliveryState]string{Delivered: "has arrived", GivenUp: "was given up", OnItsWay: "has not arrived yet"} {
		require.Equal(t, want, Delivery{State: state}.outcome())
	}
}

func TestActions_haveNamesForAll(t *testing.T) {
	require.Len(t, actionNames, int(ActionKinds), "every action is named in these tests")
	require.Equal(t, []Action{{Kind: Verify, Application: "Stock", Version: "10"}}, stock.about(Verify))
}

func TestDoubtOf_isThePartThatMayBeMistyped(t *testing.T) {
	require.Equal(t, DoubtedName, doubtOf(Finding{}))
	require.Equal(t, DoubtedNumber, doubtOf(Finding{Phrase: phrase(matrix.Criteria{Version: "3"}, "")}))
	require.Equal(t, DoubtedCommit, doubtOf(Finding{Phrase: phrase(matrix.Criteria{Version: "3a"}, "Several commits begin like this: 3a1, 3a2.")}))
}
