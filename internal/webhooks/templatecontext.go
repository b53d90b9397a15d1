package webhooks

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/links"
)

// Context is what an event knew that may be different when the webhook is sent,
// and why the broker was asked. Empty fields are read from what is stored.
type Context struct {
	ConsumerVersion             string
	ConsumerVersionTags         []string
	ConsumerVersionBranch       string
	ProviderVersion             string
	ProviderVersionBranch       string
	ProviderVersionDescriptions []string
	// DeployedProviderVersion is the one of several deployed versions that the
	// delivery is for; see Service.ExpandDeployed.
	DeployedProviderVersion string
	BuildURL                string
	// Compared is what comparing the pact with the contract of the provider version
	// has come to, nil if the event is not about that.
	Compared *bool
	Cause    events.Cause
}

// Build is a version as far as webhooks tell of it.
type Build struct {
	Number string
	Tags   []string
	// Branch is the last one that the version was put on.
	Branch string
}

// TemplateResult is what webhooks tell of a verification result.
type TemplateResult struct {
	Number  int64
	Success bool
}

// TemplateContext is all that template parameters are made of.
type TemplateContext struct {
	Event    events.Type
	Context  Context
	Consumer Party
	Provider Party
	// ConsumerTeam and ProviderTeam are the names of the teams whose they are, "" if
	// they are no team's.
	ConsumerTeam, ProviderTeam string
	// ConsumerVersion is the version that published the pact.
	ConsumerVersion Build
	// ProviderVersion is the one that ought to verify, or that of the attached
	// result; empty if there is neither.
	ProviderVersion Build
	// SHA names the content of the pact.
	SHA string
	// Result is the one that the delivery belongs to, else the latest of the
	// content; nil if there is none.
	Result *TemplateResult
}

// deployedParameter is the parameter that, where the operator has switched it on,
// makes one delivery of each deployed version of the provider.
const deployedParameter = "currentlyDeployedProviderVersionNumber"

// Parameters returns the values of the template parameters.
func (s TemplateContext) Parameters() map[string]string {
	base := links.Base(s.Context.Cause.BaseURL)
	values := map[string]string{
		deployedParameter:             s.Context.DeployedProviderVersion,
		"consumerName":                s.Consumer.Name,
		"providerName":                s.Provider.Name,
		"consumerVersionNumber":       or(s.Context.ConsumerVersion, s.ConsumerVersion.Number),
		"consumerVersionTags":         strings.Join(s.consumerTags(), ", "),
		"consumerVersionBranch":       or(s.Context.ConsumerVersionBranch, s.ConsumerVersion.Branch),
		"consumerLabels":              strings.Join(s.Consumer.Labels, ", "),
		"providerLabels":              strings.Join(s.Provider.Labels, ", "),
		"consumerTeam":                s.ConsumerTeam,
		"providerTeam":                s.ProviderTeam,
		"providerVersionNumber":       s.ProviderVersion.Number,
		"providerVersionTags":         strings.Join(s.ProviderVersion.Tags, ", "),
		"providerVersionBranch":       or(s.Context.ProviderVersionBranch, s.ProviderVersion.Branch),
		"providerVersionDescriptions": strings.Join(s.Context.ProviderVersionDescriptions, ", "),
		"pactUrl":                     s.pactURL(base),
		"verificationResultUrl":       s.resultURL(base),
		"eventName":                   string(s.Event),
		"buildUrl":                    s.Context.BuildURL,
	}
	for name, words := range statusWords {
		values[name] = words.of(s.result())
	}
	return values
}

// ParameterNames returns all that can stand in a template, as it is written there but
// for secrets: what the pact and its result say, and what the event says.
func ParameterNames() []string {
	var names []string
	for _, name := range knownParameters() {
		names = append(names, "${pactbroker."+name+"}")
	}
	for _, name := range events.TextNames() {
		names = append(names, "${event."+name+"}")
	}
	return names
}

// knownParameters returns the names of all template parameters, in order.
func knownParameters() []string { return slices.Sorted(maps.Keys(TemplateContext{}.Parameters())) }

// TemplateContextOf is that of an event that is not about a pact: what can be said of
// it comes from the event itself.
func TemplateContextOf(fact events.Fact, known Context) TemplateContext {
	data := fact.Data
	return TemplateContext{
		Event: fact.Type, Context: known, Consumer: Party{Name: data.Consumer}, Provider: Party{Name: data.Provider},
		ConsumerVersion: Build{Number: data.ConsumerVersion, Branch: data.ConsumerVersionBranch, Tags: data.ConsumerVersionTags},
		ProviderVersion: Build{Number: data.ProviderVersion, Branch: data.ProviderVersionBranch},
		SHA:             data.ContentSHA,
	}
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func (s TemplateContext) consumerTags() []string {
	if len(s.Context.ConsumerVersionTags) > 0 {
		return s.Context.ConsumerVersionTags
	}
	return s.ConsumerVersion.Tags
}

// pactURL is the address of the content. It remembers for which version it was
// sent, so that a result published through it counts for that version.
func (s TemplateContext) pactURL(base links.Base) string {
	if s.SHA == "" {
		return ""
	}
	metadata := contracts.Metadata{
		ConsumerVersion: or(s.Context.ConsumerVersion, s.ConsumerVersion.Number), Tags: s.consumerTags(), WIP: true,
	}
	return base.PactVersionWithMetadata(s.Provider.Name, s.Consumer.Name, s.SHA, metadata.Encode())
}

// result is what the event says of the pact, else what was found out last.
func (s TemplateContext) result() *TemplateResult {
	if s.Context.Compared != nil {
		return &TemplateResult{Success: *s.Context.Compared}
	}
	return s.Result
}

func (s TemplateContext) resultURL(base links.Base) string {
	if s.Context.Compared != nil {
		return base.ComparedResult(s.Provider.Name, s.ProviderVersion.Number, s.Consumer.Name, s.SHA)
	}
	if s.Result == nil {
		return ""
	}
	return base.VerificationResult(s.Provider.Name, s.Consumer.Name, s.SHA, strconv.FormatInt(s.Result.Number, 10))
}

// statusText are the words that a system has for the state of a verification.
type statusText struct{ success, failure, pending string }

func (t statusText) of(result *TemplateResult) string {
	switch {
	case result == nil:
		return t.pending
	case result.Success:
		return t.success
	}
	return t.failure
}

var statusWords = map[string]statusText{
	"githubVerificationStatus":      {"success", "failure", "pending"},
	"bitbucketVerificationStatus":   {"SUCCESSFUL", "FAILED", "INPROGRESS"},
	"azureDevOpsVerificationStatus": {"succeeded", "failed", "pending"},
	"gitlabVerificationStatus":      {"success", "failed", "pending"},
}
