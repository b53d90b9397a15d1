package archive

// Record is one line of an archive between the first and the last. Records refer
// to one another by name, never by a number of the database.
type Record interface {
	// Kind says what the record is about.
	Kind() Kind
}

// Application is a consumer, a provider, or both.
type Application struct {
	Name                string  `json:"name"`
	DisplayName         string  `json:"display_name"`
	RepositoryURL       *string `json:"repository_url"`
	RepositoryName      *string `json:"repository_name"`
	RepositoryNamespace *string `json:"repository_namespace"`
	MainBranch          *string `json:"main_branch"`
	// ExternalSince is set for an application that verifies no contracts.
	ExternalSince  *Time   `json:"external_since"`
	ExternalReason *string `json:"external_reason"`
	// Changed tells of a change at the very time at which it was made, as one
	// transaction makes it.
	Changed bool `json:"changed,omitempty"`
	Times
}

// Label is a word by which applications are grouped.
type Label struct {
	Application string `json:"application"`
	Name        string `json:"name"`
	Times
}

// Environment is a place to which versions are deployed or released.
type Environment struct {
	UUID        string `json:"uuid"`
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Production  bool   `json:"production"`
	// Contacts is a JSON list as text.
	Contacts *string `json:"contacts"`
	Times
}

// Version is a build of an application. Those of one application stand together,
// the oldest in their order first.
type Version struct {
	Application string `json:"application"`
	Number      string `json:"number"`
	// Rank orders the versions of the application; the highest is the latest.
	Rank int64 `json:"rank"`
	// SourceID is the version's id in the source; 0 if unknown.
	SourceID int64   `json:"source_id"`
	BuildURL *string `json:"build_url"`
	// InPassing tells that the version was made because something else named it.
	InPassing bool `json:"in_passing,omitempty"`
	Times
}

// Branch is a branch of an application's repository. Head is the number of the
// version that counts as its newest.
type Branch struct {
	Application string  `json:"application"`
	Name        string  `json:"name"`
	Head        *string `json:"head"`
	// ClosedAt is when nobody worked on it any more; nil while it is open.
	ClosedAt *Time `json:"closed_at"`
	Times
}

// Membership says that a version is on a branch; in the order of joining.
type Membership struct {
	Application string `json:"application"`
	Branch      string `json:"branch"`
	Version     string `json:"version"`
	// AutoCreated tells that the broker made it from a tag.
	AutoCreated bool `json:"auto_created"`
	Times
}

// Tag is a tag of a version.
type Tag struct {
	Application string `json:"application"`
	Version     string `json:"version"`
	Name        string `json:"name"`
	Times
}

// Integration is a pair of consumer and provider.
type Integration struct {
	Consumer  string `json:"consumer"`
	Provider  string `json:"provider"`
	CreatedAt Time   `json:"created_at"`
}

// Content is the text of a contract, known by its sha.
type Content struct {
	Consumer string `json:"consumer"`
	Provider string `json:"provider"`
	SHA      string `json:"sha"`
	// Body is the text; BodyBase64 stands in its place if it is not UTF-8.
	Body       *string `json:"body"`
	BodyBase64 *string `json:"body_base64,omitempty"`
	CreatedAt  Time    `json:"created_at"`
}

// Publication says that a consumer version published a content.
type Publication struct {
	Consumer  string `json:"consumer"`
	Version   string `json:"version"`
	Provider  string `json:"provider"`
	Revision  int64  `json:"revision"`
	SHA       string `json:"sha"`
	CreatedAt Time   `json:"created_at"`
}

// Result is the outcome of verifying a content; in the order in which they came.
type Result struct {
	Consumer        string `json:"consumer"`
	Provider        string `json:"provider"`
	SHA             string `json:"sha"`
	Number          int64  `json:"number"`
	ProviderVersion string `json:"provider_version"`
	Success         bool   `json:"success"`
	WIP             bool   `json:"wip"`
	Pending         *bool  `json:"pending"`
	ExecutedAt      Time   `json:"executed_at"`
	CreatedAt       Time   `json:"created_at"`
	// BuildURL is an address, the others are JSON as text.
	BuildURL   *string `json:"build_url"`
	VerifiedBy *string `json:"verified_by"`
	Selectors  *string `json:"selectors"`
	// Tags are those that the provider version had at that time.
	Tags        []string `json:"tags"`
	TestResults *string  `json:"test_results"`
}

// FirstSuccess is when a content was first verified by a version with a tag, if
// the result itself is gone.
type FirstSuccess struct {
	Consumer string `json:"consumer"`
	Provider string `json:"provider"`
	SHA      string `json:"sha"`
	Tag      string `json:"tag"`
	At       Time   `json:"at"`
}

// Document is what a provider has published of what it offers, known by its sha.
type Document struct {
	Provider string `json:"provider"`
	SHA      string `json:"sha"`
	// Specification is oas or asyncapi.
	Specification        string `json:"specification"`
	SpecificationVersion string `json:"specification_version"`
	// Body is the text; BodyBase64 stands in its place if it is not UTF-8.
	Body       *string `json:"body"`
	BodyBase64 *string `json:"body_base64,omitempty"`
	CreatedAt  Time    `json:"created_at"`
}

// Contract says that a version of a provider keeps to a document under a name.
type Contract struct {
	Provider    string `json:"provider"`
	Version     string `json:"version"`
	Name        string `json:"name"`
	SHA         string `json:"sha"`
	ContentType string `json:"content_type"`
	// Success is what came of testing the provider against the document; null if
	// nobody has said.
	Success         *bool   `json:"success"`
	Verifier        *string `json:"verifier"`
	VerifierVersion *string `json:"verifier_version"`
	// Evidence is what the verifier has reported beside that.
	Evidence *Evidence `json:"evidence"`
	Times
}

// Evidence is a report as it was sent, or, if it has no body, only of what form it is.
type Evidence struct {
	SHA         *string `json:"sha"`
	ContentType *string `json:"content_type"`
	Format      *string `json:"format"`
	Body        *string `json:"body"`
	BodyBase64  *string `json:"body_base64,omitempty"`
}

// Deployment says that a version was deployed to an environment, named by its uuid.
type Deployment struct {
	UUID        string `json:"uuid"`
	Application string `json:"application"`
	Version     string `json:"version"`
	Environment string `json:"environment"`
	// Instance is empty if the application has one instance only.
	Instance     string `json:"instance"`
	Current      bool   `json:"current"`
	AutoCreated  bool   `json:"auto_created"`
	UndeployedAt *Time  `json:"undeployed_at"`
	Times
}

// Release says that a version was released to an environment, named by its uuid.
type Release struct {
	UUID           string `json:"uuid"`
	Application    string `json:"application"`
	Version        string `json:"version"`
	Environment    string `json:"environment"`
	Supported      bool   `json:"supported"`
	SupportEndedAt *Time  `json:"support_ended_at"`
	Times
}

// Certificate is one that calls of webhooks trust. Accord has it as a setting.
type Certificate struct {
	UUID        string  `json:"uuid"`
	Description *string `json:"description"`
	PEM         string  `json:"pem"`
}

// Setting is one that the source kept in its database. It is told, never applied.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Secret is the name of a value that webhooks fill in. The value travels
// encrypted or not at all.
type Secret struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Hosts       []string `json:"hosts"`
	// Applications, Labels and Teams are those for whose webhooks it is; for all if
	// there are none.
	Applications []string `json:"applications,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Teams        []string `json:"teams,omitempty"`
	// Encrypted is the value, which only the key opens that encrypted it.
	Encrypted []byte `json:"encrypted,omitempty"`
	Times
}

// Webhook is a request to be sent when something happens.
type Webhook struct {
	UUID          string   `json:"uuid"`
	Description   string   `json:"description"`
	Consumer      *string  `json:"consumer"`
	ConsumerLabel *string  `json:"consumer_label"`
	Provider      *string  `json:"provider"`
	ProviderLabel *string  `json:"provider_label"`
	Enabled       bool     `json:"enabled"`
	Paused        bool     `json:"paused"`
	Events        []string `json:"events"`
	Format        string   `json:"format"`
	// EventFilter is JSON as text. Archives call it aim, as the database does.
	EventFilter string        `json:"aim"`
	Method      string        `json:"method"`
	URL         string        `json:"url"`
	Headers     []HeaderField `json:"headers"`
	// Body is JSON as text.
	Body     *string `json:"body"`
	Username string  `json:"username"`
	// Password is a template parameter, stars for a secret, or empty.
	Password string `json:"password"`
	// Secrets are what the webhook has but the archive does not: "password", or
	// "header authorization".
	Secrets []string `json:"secrets"`
	// Encrypted and SigningKeys are these, which only the key opens that encrypted
	// them.
	Encrypted   []byte `json:"encrypted,omitempty"`
	SigningKeys []byte `json:"signing_keys,omitempty"`
	Times
	// Plain tells that the password and the headers hold secrets as they are, as
	// they do where the Pact Broker's database is read. Such a record is never
	// written.
	Plain bool `json:"-"`
}

// Delivery is what a webhook sent, or tried to.
type Delivery struct {
	UUID    string  `json:"uuid"`
	Webhook *string `json:"webhook"`
	Event   string  `json:"event"`
	Subject string  `json:"subject"`
	// The contract that it is about, and the result, if it is about one.
	Consumer     *string `json:"consumer"`
	Version      *string `json:"version"`
	Provider     *string `json:"provider"`
	Revision     *int64  `json:"revision"`
	SHA          *string `json:"sha"`
	ResultNumber *int64  `json:"result_number"`
	Succeeded    bool    `json:"succeeded"`
	Attempts     int64   `json:"attempts"`
	Reason       string  `json:"reason"`
	// Context is JSON as text.
	Context string `json:"context"`
	Times
}

// Attempt is one attempt of a delivery.
type Attempt struct {
	Delivery  string `json:"delivery"`
	Success   bool   `json:"success"`
	Logs      string `json:"logs"`
	CreatedAt Time   `json:"created_at"`
}

// HeaderField is a header of a webhook's request.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Kind says what the record is about.
func (*Application) Kind() Kind { return KindApplication }

// Kind says what the record is about.
func (*Label) Kind() Kind { return KindLabel }

// Kind says what the record is about.
func (*Environment) Kind() Kind { return KindEnvironment }

// Kind says what the record is about.
func (*Version) Kind() Kind { return KindVersion }

// Kind says what the record is about.
func (*Branch) Kind() Kind { return KindBranch }

// Kind says what the record is about.
func (*Membership) Kind() Kind { return KindMembership }

// Kind says what the record is about.
func (*Tag) Kind() Kind { return KindTag }

// Kind says what the record is about.
func (*Integration) Kind() Kind { return KindIntegration }

// Kind says what the record is about.
func (*Content) Kind() Kind { return KindContent }

// Kind says what the record is about.
func (*Publication) Kind() Kind { return KindPublication }

// Kind says what the record is about.
func (*Result) Kind() Kind { return KindResult }

// Kind says what the record is about.
func (*FirstSuccess) Kind() Kind { return KindFirstSuccess }

// Kind says what the record is about.
func (*Document) Kind() Kind { return KindDocument }

// Kind says what the record is about.
func (*Contract) Kind() Kind { return KindContract }

// Kind says what the record is about.
func (*Deployment) Kind() Kind { return KindDeployment }

// Kind says what the record is about.
func (*Release) Kind() Kind { return KindRelease }

// Kind says what the record is about.
func (*Certificate) Kind() Kind { return KindCertificate }

// Kind says what the record is about.
func (*Setting) Kind() Kind { return KindSetting }

// Kind says what the record is about.
func (*Secret) Kind() Kind { return KindSecret }

// Kind says what the record is about.
func (*Webhook) Kind() Kind { return KindWebhook }

// Kind says what the record is about.
func (*Delivery) Kind() Kind { return KindDelivery }

// Kind says what the record is about.
func (*Attempt) Kind() Kind { return KindAttempt }

// blank makes an empty record of each kind.
var blank = map[Kind]func() Record{
	KindApplication:  func() Record { return new(Application) },
	KindLabel:        func() Record { return new(Label) },
	KindEnvironment:  func() Record { return new(Environment) },
	KindVersion:      func() Record { return new(Version) },
	KindBranch:       func() Record { return new(Branch) },
	KindMembership:   func() Record { return new(Membership) },
	KindTag:          func() Record { return new(Tag) },
	KindIntegration:  func() Record { return new(Integration) },
	KindContent:      func() Record { return new(Content) },
	KindPublication:  func() Record { return new(Publication) },
	KindResult:       func() Record { return new(Result) },
	KindFirstSuccess: func() Record { return new(FirstSuccess) },
	KindDocument:     func() Record { return new(Document) },
	KindContract:     func() Record { return new(Contract) },
	KindDeployment:   func() Record { return new(Deployment) },
	KindRelease:      func() Record { return new(Release) },
	KindCertificate:  func() Record { return new(Certificate) },
	KindSetting:      func() Record { return new(Setting) },
	KindSecret:       func() Record { return new(Secret) },
	KindWebhook:      func() Record { return new(Webhook) },
	KindDelivery:     func() Record { return new(Delivery) },
	KindAttempt:      func() Record { return new(Attempt) },
}
