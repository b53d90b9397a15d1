package comparison

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// firstErrorStatus begins the answers to requests that are wrong. What is wrong
// with them is what the consumer tests, so their requests are not judged.
const firstErrorStatus = 400

// judging is the work on one interaction.
type judging struct {
	d           *Document
	report      *report
	interaction *interaction
	http        *requestResponse
	route       *route
	parameters  []parameter
}

// judgeHTTP compares an HTTP interaction with the operation that it means.
func judgeHTTP(d *Document, in *interaction, report *report, judged *Judged) error {
	j := &judging{d: d, report: report, interaction: in, http: in.http}
	found, twin := d.find(in.http.method, in.http.path)
	if twin != nil {
		return refuseDocument("the paths %s and %s fit the same requests, so nobody can tell which operation is meant by %s %s. Remove one of them, or tell them apart by a literal.",
			found.route.template, twin.template, in.http.method, in.http.path)
	}
	if found == nil {
		j.add(Error, codePathUnknown, "request.path", "/paths", j.unknownOperation())
		return nil
	}
	j.route = found.route
	if !d.spend(j.size()) {
		return d.errWork()
	}
	j.parameters = d.parametersOf(found.route)
	fits, err := j.judgePath(found.values)
	if err != nil || !fits {
		return err
	}
	judged.Method, judged.Path = strings.ToUpper(found.route.method), found.route.template
	if err := j.judgeRequest(); err != nil {
		return err
	}
	return j.judgeResponse()
}

// size is how much an operation declares, which is looked through for each
// interaction.
func (j *judging) size() int {
	operation, item := j.operation().object(), j.route.item.object()
	size := 0
	for _, part := range []place{j.d.in(j.operation(), "parameters"), j.d.in(j.route.item, "parameters"), {value: operation["security"]}, {value: j.d.root["security"]},
		{value: operation["produces"]}, {value: operation["consumes"]}, {value: j.d.root["produces"]}, {value: j.d.root["consumes"]}} {
		size += len(part.list())
	}
	size += len(operation) + len(item) + len(j.d.in(j.requestBody(), "content").object())
	responses := j.responses()
	for status := range responses.object() {
		response := j.d.in(responses, status)
		size += 1 + len(j.d.in(response, "content").object()) + len(j.d.in(response, "headers").object())
	}
	return size * costOfDeclaration
}

// costOfDeclaration is how much more work a declaration is than a template.
const costOfDeclaration = 50

// add adds a finding about a part of the interaction.
func (j *judging) add(kind Kind, code, part, pointer, message string) {
	if kind == Error && j.interaction.pending {
		kind = Warning
	}
	j.report.add(j.interaction.finding(kind, code, part, pointer, message))
}

// addProblem adds what is wrong with a parameter or header: an error, or a warning
// where nobody knows.
func (j *judging) addProblem(p problem, code, unjudged, part, message string) {
	if !p.unchecked {
		j.add(Error, code, part, p.source, message)
		return
	}
	finding := j.interaction.finding(Warning, unjudged, part, p.source, message)
	finding.Remedy = uncheckedRemedy
	j.report.add(finding)
}

func (in *interaction) finding(kind Kind, code, part, pointer, message string) Finding {
	path := fmt.Sprintf("[root].interactions[%d]", in.index)
	if part != "" {
		path += "." + part
	}
	return Finding{
		Kind: kind, Code: code, Interaction: in.index, Description: in.description, State: in.state,
		PactPath: path, SpecPath: dotted(pointer), SpecPointer: pointer, Message: message, Remedy: remedies[code],
	}
}

// unknownOperation says what there is instead of an operation.
func (j *judging) unknownOperation() string {
	asked := j.http.method + " " + shortened(j.http.path)
	if strings.ContainsRune(j.http.path, '?') {
		return fmt.Sprintf("The document has no %s. A query belongs into `query`, not into the path.", asked)
	}
	if _, readable := j.d.pathSegments(j.http.path); !readable {
		return fmt.Sprintf("The document has no %s. A percent sign begins two hexadecimal digits in a path; one that stands for itself is written %%25.", asked)
	}
	var others []string
	for _, method := range j.d.methodsUsed() {
		if found, _ := j.d.find(method, j.http.path); found != nil {
			others = append(others, strings.ToUpper(method))
		}
	}
	if len(others) > 0 {
		return fmt.Sprintf("The document has no %s; this path has %s.", asked, strings.Join(others, ", "))
	}
	if base := j.serverPath(); base != "" {
		return fmt.Sprintf(
			"The document has no %s. It has that path without %s, which stands in its servers: set %sbase-path: %s in its info, or leave it out of the pact.",
			asked,
			base,
			settingPrefix,
			base,
		)
	}
	if nearest := j.d.nearest(j.http.path, j.d.templates()); nearest != "" {
		return fmt.Sprintf("The document has no %s. Did you mean %s?", asked, nearest)
	}
	return fmt.Sprintf("The document has no %s.", asked)
}

// serverPath is the path of a server without which the document has what is asked.
func (j *judging) serverPath() string {
	if j.d.basePath() != "" {
		return ""
	}
	for _, server := range j.d.servers() {
		rest, begins := strings.CutPrefix(j.http.path, server.path)
		if found, _ := j.d.find(j.http.method, rest); begins && strings.HasPrefix(rest, "/") && found != nil {
			return server.path
		}
	}
	return ""
}

// methodsUsed are the methods of the document in a usual order.
func (d *Document) methodsUsed() []string {
	used := sortedKeys(d.routes)
	slices.SortStableFunc(used, func(a, b string) int {
		return cmp.Compare(uint(slices.Index(methods, a)), uint(slices.Index(methods, b)))
	})
	return used
}

// templates are the paths of the document as they are called, if they are few
// enough to look for one that was meant.
func (d *Document) templates() []string {
	paths := object(d.root["paths"])
	if len(paths) > maxCandidates || d.suggested >= maxSuggested {
		return nil
	}
	var templates []string
	for _, path := range sortedKeys(paths) {
		templates = append(templates, d.basePath()+path)
	}
	return templates
}

func (j *judging) judgePath(values map[string]string) (bool, error) {
	fits := true
	for _, p := range j.parameters {
		value, inTemplate := values[p.name]
		if p.in != "path" || !inTemplate {
			continue
		}
		problems, err := j.d.judgeParameter(p, p.pathSent(value))
		if err != nil {
			return false, err
		}
		for _, problem := range problems {
			told := "is no path of"
			if problem.unchecked {
				told = "may be no path of"
			}
			fits = fits && problem.unchecked
			j.addProblem(problem, codePathUnknown, codePathUnjudged, "request.path",
				fmt.Sprintf("%s %s %s %s: %q %s.", j.http.method, shortened(j.http.path), told, j.route.template, p.name, problem.sentence))
		}
	}
	return fits, nil
}

func (j *judging) judgeRequest() error {
	wrongOnPurpose := j.http.status >= firstErrorStatus
	if !wrongOnPurpose {
		j.judgeSecurity()
	}
	j.judgeAccept()
	typeFits := j.judgeRequestType()
	if wrongOnPurpose {
		return nil
	}
	if err := j.judgeRequestHeaders(); err != nil {
		return err
	}
	if err := j.judgeQuery(); err != nil {
		return err
	}
	if !typeFits {
		return nil
	}
	return j.judgeRequestBody()
}

func (j *judging) operation() place { return j.route.operation }

func (j *judging) responses() place { return j.d.in(j.operation(), "responses") }

// judgeAccept holds Accept against the types of all answers, if the answer that
// the pact expects has content at all.
func (j *judging) judgeAccept() {
	accept := j.http.headers["accept"]
	if accept == "" {
		return
	}
	all, own := j.offeredTypes()
	switch {
	case len(all) == 0:
		j.add(Warning, codeAcceptUnknown, "request.headers.accept", j.operation().pointer,
			fmt.Sprintf("The request accepts %s, and no answer of the operation has any content.", shortened(accept)))
	case len(own) > 0 && j.d.matchTypes(accept, all) == "":
		j.add(Error, codeAcceptIncompatible, "request.headers.accept", j.operation().pointer,
			fmt.Sprintf("The request accepts %s, and the answers are %s.", shortened(accept), fewOf(all)))
	}
}

// offeredTypes are the types of all answers, and of the one with the pact's own
// status.
func (j *judging) offeredTypes() (all, own []string) {
	if j.d.format == openAPI2 {
		types := j.listed("produces")
		return types, types
	}
	responses, known := j.responses(), map[string]bool{}
	for _, status := range sortedKeys(responses.object()) {
		types := j.contentTypes(j.d.in(responses, status))
		for _, name := range types {
			if !known[name] {
				all = append(all, name)
			}
			known[name] = true
		}
		if status == strconv.Itoa(j.http.status) {
			own = types
		}
	}
	return all, own
}

// listed are the types that an operation, or else the document, consumes or
// produces.
func (j *judging) listed(key string) []string {
	if own, given := j.operation().object()[key]; given {
		return texts(own)
	}
	return texts(j.d.root[key])
}

func (j *judging) contentTypes(part place) []string {
	return sortedTypes(j.d.in(part, "content").object())
}

// acceptedTypes are the types of body that the operation takes.
func (j *judging) acceptedTypes() []string {
	if j.d.format == openAPI2 {
		return j.listed("consumes")
	}
	return j.contentTypes(j.requestBody())
}

// acceptingPointer is where the types of body that the operation takes stand.
func (j *judging) acceptingPointer() string {
	if j.d.format != openAPI2 {
		return j.requestBody().pointer + "/content"
	}
	if _, own := j.operation().object()["consumes"]; own {
		return j.operation().pointer + "/consumes"
	}
	return "/consumes"
}

func (j *judging) requestBody() place { return j.d.in(j.operation(), "requestBody") }

func (j *judging) judgeRequestType() bool {
	const part = "request.headers.content-type"
	sent := j.http.headers["content-type"]
	given := sent != ""
	accepted := j.acceptedTypes()
	pointer := j.operation().pointer
	switch {
	case !given && len(accepted) > 0 && meaningful(j.http.body):
		j.add(Warning, codeRequestTypeMissing, part, pointer,
			fmt.Sprintf("The request has a body and does not say of which type; the operation takes %s.", fewOf(accepted)))
	case given && len(accepted) == 0:
		j.add(Warning, codeRequestTypeUnknown, part, pointer,
			fmt.Sprintf("The request has the Content-Type %s, and the operation describes no body.", shortened(sent)))
	case given && j.d.matchTypes(bare(sent), accepted) == "":
		j.add(Error, codeRequestTypeIncompatible, part, j.acceptingPointer(),
			fmt.Sprintf("The request has the Content-Type %s, and the operation takes %s.", shortened(sent), fewOf(accepted)))
		return false
	}
	return true
}

// meaningful reports whether a body is more than a way to write nothing.
func meaningful(b body) bool {
	if !b.given || b.value == nil || b.value == "" || b.value == false {
		return false
	}
	number, isNumber := wholeNumber(b.value)
	return !isNumber || number != 0
}

// fewOf names the first of what there is in a sentence.
func fewOf(names []string) string {
	const most = 10
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (j *judging) judgeResponse() error {
	response, key := j.expectedResponse()
	responses := j.responses()
	if key == "" {
		j.add(Error, codeStatusUnknown, "response.status", responses.pointer,
			fmt.Sprintf("%s %s has no answer with status %d; it has %s.", strings.ToUpper(j.route.method), j.route.template, j.http.status, j.statuses()))
		return nil
	}
	if key == "default" {
		j.add(Warning, codeStatusDefault, "response.status", responses.pointer,
			fmt.Sprintf("Only `default` describes the status %d.", j.http.status))
	}
	typeFits := j.judgeResponseType(response)
	if err := j.judgeResponseHeaders(response); err != nil {
		return err
	}
	if !typeFits {
		return nil
	}
	return j.judgeResponseBody(response)
}

func (j *judging) statuses() string {
	var statuses []string
	for _, status := range sortedKeys(j.responses().object()) {
		if !strings.HasPrefix(status, "x-") {
			statuses = append(statuses, status)
		}
	}
	if len(statuses) == 0 {
		return "none at all"
	}
	said := fewOf(statuses)
	if slices.ContainsFunc(statuses, func(s string) bool { return strings.HasSuffix(s, "xx") }) {
		said += " (a range is written in capitals, as in 2XX)"
	}
	return said
}

// expectedResponse finds the description of the status: by itself, by its
// hundred, or by default.
func (j *judging) expectedResponse() (place, string) {
	responses := j.responses()
	status := strconv.Itoa(j.http.status)
	for _, key := range []string{status, status[:1] + "XX", "default"} {
		if _, described := responses.object()[key]; described {
			return j.d.in(responses, key), key
		}
	}
	return place{}, ""
}

func (j *judging) responseTypes(response place) []string {
	if j.d.format == openAPI2 {
		return j.listed("produces")
	}
	return j.contentTypes(response)
}

func (j *judging) judgeResponseType(response place) bool {
	const part = "response.headers.content-type"
	expected := j.http.response.headers["content-type"]
	if expected == "" {
		return true
	}
	offered := j.responseTypes(response)
	switch {
	case len(offered) == 0:
		j.add(Warning, codeResponseTypeUnknown, part, response.pointer,
			fmt.Sprintf("The Content-Type %s is expected, and the document describes no content for status %d.", shortened(expected), j.http.status))
	case j.d.matchTypes(bare(expected), offered) == "":
		j.add(Error, codeResponseTypeIncompatible, part, response.pointer+"/content",
			fmt.Sprintf("The Content-Type %s is expected, and the document offers %s for status %d.", shortened(expected), fewOf(offered), j.http.status))
		return false
	}
	return true
}
