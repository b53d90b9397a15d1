package verdicts_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// promise is a document that a version has published under a name, and what was said of
// whether it keeps to it: true, false or nil.
type promise struct {
	document string
	keeps    any
}

// pair is the content of a contract and a version of its provider.
type pair struct {
	content *words
	by      *build
}

// compared is what a pair was found to come to by comparison, and when; promises is what
// the version had published.
type compared struct {
	code, promises string
	at             time.Time
}

func (c compared) fails() bool {
	return c.code == "incompatible" || c.code == "self_verification_failed"
}

func (c compared) decides() bool { return c.fails() || c.code == "compatible" }

// documents are what providers promise: what pacts need, nothing, and something of which
// pacts do not speak.
var documents = map[string]string{
	"all":    "openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}",
	"none":   "openapi: 3.0.3\npaths: {}",
	"events": "asyncapi: 2.6.0\ninfo: {title: a, version: '1'}\nchannels: {}",
}

// incomparable is the text of a contract that cannot be compared.
const incomparable = "c"

// content is the contract that says the text.
func content(consumer, provider, text string) any {
	pact := testbroker.Content(consumer, provider, text)
	if text == incomparable {
		delete(pact["interactions"].([]any)[0].(map[string]any), "response")
	}
	return pact
}

// publishContract publishes contracts of a provider, for a version on main that is new or
// was there before.
func (w *world) publishContract() {
	provider := testrandom.OneOf(w.random, "Stock", "Mail")
	all := w.of(provider)
	if len(all) == 0 || w.random.IntN(3) == 0 {
		all = []*build{w.add(provider, "main")}
	}
	v, offers := testrandom.OneOf(w.random, all...), map[string]promise{}
	for range 1 + w.random.IntN(2) {
		document := testrandom.OneOf(w.random, "all", "all", "none", "events")
		offers[testrandom.OneOf(w.random, "default", "other")] = promise{document, testrandom.OneOf(w.random, any(true), true, false, nil)}
	}
	refused := false
	for name, offer := range offers {
		refused = refused || len(w.placedAt(v)) > 0 && len(v.promises) > 0 && v.promises[name].document != offer.document
	}
	w.tell("%s promises %v, refused %v", v, offers, refused)
	answer := w.sendContracts(v, offers)
	if refused {
		answer.OK(http.StatusConflict)
		return
	}
	answer.OK(http.StatusOK)
	for name, offer := range offers {
		if offer.keeps == nil && v.promises[name].document == offer.document {
			offer.keeps = v.promises[name].keeps // who says nothing takes nothing back
		}
		v.promises[name] = offer
	}
	w.compareInUse(v)
}

func (w *world) sendContracts(v *build, offers map[string]promise) testbroker.Response {
	var contracts []any
	for _, name := range slices.Sorted(maps.Keys(offers)) {
		contract := testbroker.Object{"name": name, "content": base64.StdEncoding.EncodeToString([]byte(documents[offers[name].document]))}
		if keeps := offers[name].keeps; keeps != nil {
			contract["selfVerificationResults"] = testbroker.Object{"success": keeps}
		}
		contracts = append(contracts, contract)
	}
	body := testbroker.Object{"pacticipantVersionNumber": v.number, "contracts": contracts}
	if v.branch != "" {
		body["branch"] = v.branch
	}
	return w.b.Post("/provider-contracts/provider/"+v.application+"/publish-contracts", body)
}

// compareInUse compares what a version promises with the contracts of the consumers that
// are there, or are to be there next, as publishing it does.
func (w *world) compareInUse(v *build) {
	for _, consumer := range everybody {
		inUse := w.placed(consumer)
		if head := w.head(consumer); head != nil && head.branch == "main" {
			inUse = append(inUse, head)
		}
		for _, by := range inUse {
			w.compareContract(by.says[v.application], v)
		}
	}
}

// compareContract is what a contract and a version of its provider come to: what is found
// counts from when it was first asked for until the version publishes something else.
func (w *world) compareContract(content *words, by *build) compared {
	if content == nil || len(by.promises) == 0 {
		return compared{}
	}
	promises := fmt.Sprint(by.promises)
	if known := w.compared[pair{content, by}]; known.promises == promises {
		return known
	}
	found := compared{code: comparedCode(content, by), promises: promises, at: w.now}
	w.compared[pair{content, by}] = found
	return found
}

// refuted reports whether what the version promises is known to be not what the contract
// needs.
func (w *world) refuted(o outcome) bool {
	known := w.compared[pair{o.of, o.by}]
	return known.fails() && known.promises == fmt.Sprint(o.by.promises)
}

// comparedCode goes by the table in docs/comparing.md.
func comparedCode(content *words, by *build) string {
	promised, broken := map[string]bool{}, false
	for _, p := range by.promises {
		promised[p.document] = true
		broken = broken || p.keeps == false
	}
	comparable := content.text != incomparable
	switch {
	case comparable && promised["none"] && !promised["all"]:
		return "incompatible"
	case broken:
		return "self_verification_failed"
	case !comparable:
		return "not_comparable"
	case !promised["all"]:
		return "not_covered"
	}
	return "compatible"
}
