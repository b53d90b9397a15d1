package webhooks

// Condition is one of the lists of an EventFilter. Its definition is all that there is
// of it: matching, checks, storage and both faces go over Conditions.
type Condition struct {
	// Name is that of the list in our own API, in forms and where it is stored.
	Name string
	// Title says to people what the entries are.
	Title string
	// List is where a filter has it.
	List func(f *EventFilter) *[]string
	// values are those of an event, one of which must fit.
	values func(s EventSubject) []string
	// asks is what of an event is looked up only for those who ask.
	asks lookup
}

// lookup is what costs statements to find out.
type lookup int

const (
	nothingMore lookup = iota
	// formerNamesToo are the names that applications had before.
	formerNamesToo
	// versionRefs are the branches and tags of versions.
	versionRefs
)

// Conditions are all there are, in the order in which forms show them.
func Conditions() []Condition {
	return []Condition{
		{"branches", "Branches of the consumer or the version", func(f *EventFilter) *[]string { return &f.Branches }, func(s EventSubject) []string { return s.Version.Branches }, versionRefs},
		{"provider_branches", "Branches of the provider", func(f *EventFilter) *[]string { return &f.ProviderBranches }, func(s EventSubject) []string { return s.ProviderVersion.Branches }, versionRefs},
		{"tags", "Tags of the consumer or the version", func(f *EventFilter) *[]string { return &f.Tags }, func(s EventSubject) []string { return s.Version.Tags }, versionRefs},
		{"provider_tags", "Tags of the provider", func(f *EventFilter) *[]string { return &f.ProviderTags }, func(s EventSubject) []string { return s.ProviderVersion.Tags }, versionRefs},
		{"environments", "Environments", func(f *EventFilter) *[]string { return &f.Environments }, func(s EventSubject) []string { return s.EnvironmentNames }, nothingMore},
		{"applications", "Applications in any role", func(f *EventFilter) *[]string { return &f.Applications }, EventSubject.applicationNames, formerNamesToo},
		{"consumers", "Consumers", func(f *EventFilter) *[]string { return &f.Consumers }, func(s EventSubject) []string { return s.Consumer.names() }, formerNamesToo},
		{"providers", "Providers", func(f *EventFilter) *[]string { return &f.Providers }, func(s EventSubject) []string { return s.Provider.names() }, formerNamesToo},
		{"application_labels", "Labels of applications in any role", func(f *EventFilter) *[]string { return &f.ApplicationLabels }, EventSubject.applicationLabels, nothingMore},
		{"consumer_labels", "Labels of consumers", func(f *EventFilter) *[]string { return &f.ConsumerLabels }, func(s EventSubject) []string { return s.Consumer.Labels }, nothingMore},
		{"provider_labels", "Labels of providers", func(f *EventFilter) *[]string { return &f.ProviderLabels }, func(s EventSubject) []string { return s.Provider.Labels }, nothingMore},
	}
}

// Lists are the lists of the filter by the names of their conditions, those without
// entries nil.
func (f EventFilter) Lists() map[string][]string {
	lists := map[string][]string{}
	for _, c := range Conditions() {
		lists[c.Name] = *c.List(&f)
	}
	return lists
}

// NewEventFilter is the filter with these lists. Names of no condition are passed over:
// who reads them from a request has the contract refuse them.
func NewEventFilter(lists map[string][]string) (f EventFilter) {
	for _, c := range Conditions() {
		*c.List(&f) = lists[c.Name]
	}
	return f
}

func (s EventSubject) applicationNames() (names []string) {
	for _, application := range s.Applications {
		names = append(names, application.names()...)
	}
	return names
}

func (s EventSubject) applicationLabels() (labels []string) {
	for _, application := range s.Applications {
		labels = append(labels, application.Labels...)
	}
	return labels
}
