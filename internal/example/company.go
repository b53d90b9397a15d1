package example

import (
	"crypto/sha1" //nolint:gosec // as git names commits
	"encoding/hex"
	"fmt"
	"slices"
)

// The company sells mugs. Most of it is well, and some is not:
//   - checkout-web 2 asks for refunds, which payments can since version 2. Version 1
//     of payments is in production, so checkout-web 2 must wait for payments 2.
//   - shipping 2 has lost the shipments of split orders, which order-service 2
//     needs; both are in the test environment.
//   - stock has not answered for the new contract of order-service.
//   - pricing has consumers and has never verified a contract.
//   - card-gateway belongs to another company.
//   - checkout-web has a branch on which somebody works on gift cards.

// Asked is the application about which a newcomer should ask.
const Asked = "checkout-web"

// Commit is the commit of the nth version of an application.
func Commit(application string, n int) string {
	digest := sha1.Sum(fmt.Appendf(nil, "%s %d", application, n)) //nolint:gosec // as git names commits
	return hex.EncodeToString(digest[:])
}

// pair is a contract of the example: which version of the consumer publishes
// which file, and what versions of the provider say to it.
type pair struct {
	consumer, provider string
	version            int
	file               string
	verified, failed   []int
	// branch is main unless it says otherwise.
	branch string
	tags   []string
}

// pairs are the contracts, in the order in which they were published.
var pairs = []pair{
	{consumer: "payments", provider: "card-gateway", version: 1},
	{consumer: "checkout-web", provider: "payments", version: 1, file: "checkout-web-payments-1", verified: []int{1, 2}},
	{consumer: "checkout-web", provider: "storefront-bff", version: 1, verified: []int{1}},
	{consumer: "mobile-app", provider: "storefront-bff", version: 1, verified: []int{1}},
	{consumer: "mobile-app", provider: "customer-accounts", version: 1, verified: []int{1}},
	{consumer: "mobile-app", provider: "pricing", version: 1},
	{consumer: "storefront-bff", provider: "pricing", version: 1},
	{consumer: "storefront-bff", provider: "catalogue", version: 1, verified: []int{1}},
	{consumer: "storefront-bff", provider: "stock", version: 1, verified: []int{1}},
	{consumer: "back-office", provider: "order-service", version: 1, verified: []int{1, 2}, tags: []string{"release-12"}},
	{consumer: "back-office", provider: "customer-accounts", version: 1, verified: []int{1}},
	{consumer: "back-office", provider: "payments", version: 1, verified: []int{1, 2}},
	{consumer: "notification-worker", provider: "order-service", version: 1, file: "notification-worker-order-service", verified: []int{1, 2}},
	{consumer: "notification-worker", provider: "customer-accounts", version: 1, verified: []int{1}},
	{consumer: "order-service", provider: "payments", version: 1, verified: []int{1, 2}},
	{consumer: "order-service", provider: "shipping", version: 1, file: "order-service-shipping-1", verified: []int{1, 2}},
	{consumer: "order-service", provider: "stock", version: 1, file: "order-service-stock-1", verified: []int{1}},
	{consumer: "shipping", provider: "stock", version: 1, verified: []int{1}},
	{consumer: "shipping", provider: "stock", version: 2, verified: []int{1}},
	{consumer: "checkout-web", provider: "payments", version: 3, file: "checkout-web-payments-1", branch: "feat/gift-cards"},
	{consumer: "payments", provider: "card-gateway", version: 2},
	{consumer: "order-service", provider: "payments", version: 2, verified: []int{1, 2}},
	{consumer: "order-service", provider: "shipping", version: 2, file: "order-service-shipping-2", verified: []int{1}, failed: []int{2}},
	{consumer: "order-service", provider: "stock", version: 2, file: "order-service-stock-2"},
	{consumer: "checkout-web", provider: "storefront-bff", version: 2, verified: []int{1}},
	{consumer: "checkout-web", provider: "payments", version: 2, file: "checkout-web-payments-2", failed: []int{1}, verified: []int{2}},
}

// failures are the test results of the failures, by the file of the contract.
var failures = map[string]any{
	"order-service-shipping-2": failing("the shipments of an order that was split", "order 4712 was split into two shipments",
		"status: expected 200 but was 404", "body $.shipments: is missing"),
	"checkout-web-payments-2": failing("a refund of a captured payment", "a payment is captured",
		"status: expected 201 but was 404", "header Location: expected it to match ^/refunds/.+ but it is missing"),
}

// failing are test results in which one interaction fails.
func failing(description, state string, problems ...string) any {
	mismatches := make([]any, len(problems))
	for i, p := range problems {
		mismatches[i] = map[string]any{"description": p}
	}
	return map[string]any{"tests": []any{map[string]any{
		"interactionDescription": description, "interactionProviderState": state, "success": false, "mismatches": mismatches,
	}}}
}

// stage is an environment, and which version of each application is there.
type stage struct {
	environment string
	production  bool
	versions    map[string]int
}

var stages = []stage{
	{environment: "test", versions: map[string]int{
		"checkout-web": 2, "mobile-app": 1, "storefront-bff": 1, "back-office": 1, "notification-worker": 1, "order-service": 2, "payments": 2,
		"shipping": 2, "stock": 1, "pricing": 1, "catalogue": 1, "customer-accounts": 1,
	}},
	{environment: "staging", versions: map[string]int{
		"checkout-web": 2, "mobile-app": 1, "storefront-bff": 1, "back-office": 1, "order-service": 1, "payments": 2,
		"shipping": 1, "stock": 1, "pricing": 1, "catalogue": 1, "customer-accounts": 1,
	}},
	{environment: "production", production: true, versions: map[string]int{
		"checkout-web": 1, "mobile-app": 1, "storefront-bff": 1, "back-office": 1, "notification-worker": 1, "order-service": 1, "payments": 1,
		"shipping": 1, "stock": 1, "pricing": 1, "catalogue": 1, "customer-accounts": 1,
	}},
}

// labels are the labels of the applications.
var labels = []struct{ application, label string }{
	{"checkout-web", "checkout"}, {"payments", "checkout"}, {"order-service", "logistics"}, {"shipping", "logistics"}, {"stock", "logistics"},
	{"mobile-app", "storefront"}, {"storefront-bff", "storefront"}, {"catalogue", "storefront"}, {"pricing", "storefront"},
}

// teams are whose the applications with a label are.
var teams = []struct{ name, label, contact string }{{"Checkout", "checkout", "#team-checkout"}, {"Logistics", "logistics", "logistics@example.org"}}

// webhook is the id of one that would start the build of payments. It is switched off, so
// that nothing is sent.
const webhook = "verify-the-contracts-of-payments"

// repository and build are where the code and the builds of an application would be.
func repository(application string) string { return "https://git.example.org/mugs/" + application }

func build(application string, n int) string {
	return fmt.Sprintf("https://ci.example.org/mugs/%s/builds/%d", application, 100+n)
}

// silent are the applications that publish no contract, with their last
// version.
var silent = []string{"stock", "pricing", "catalogue", "customer-accounts"}

// Question is one about a version of the company, and why the answer is what it is.
type Question struct {
	Application string
	Version     string
	// Because says in one sentence what the contracts and results say.
	Because string
}

// Questions are what to ask about production: the answers are no, yes, unknown, yes.
var Questions = []Question{
	{Asked, Commit(Asked, 2), "It asks payments for refunds. Only payments 2 knows them, and payments 1 is in production."},
	{"payments", Commit("payments", 2), "All that is in production is content with it. Deploy it first."},
	{"order-service", Commit("order-service", 2), "It needs something new of stock, which has not verified it yet."},
	{"shipping", Commit("shipping", 2), "It lost split shipments, but the order-service in production does not ask for them."},
}

// Applications are the names of all applications of the company.
func Applications() []string {
	names := slices.Clone(silent)
	for _, p := range pairs {
		names = append(names, p.consumer, p.provider)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
