package clientpacts_test

import (
	"strings"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Identifiers that the contracts name. The broker chooses its own, so a state
// says which one stands for which.
const (
	testEnvironment  = "cb632df3-0a0d-4227-aac3-60114dd36479"
	otherEnvironment = "16926ef3-590f-4e3f-838e-719717aa88c9"
	deployedVersion  = "ff3adecf-cfc5-4653-a4e3-f1861092f8e0"
	webhook          = "696c5f93-1b7f-44bc-8d03-59440fcaa9a0"

	fooVersion = "5556b8149bf8bac76bc30f50a8a2dd4c22c85f30"
)

// standIns says which identifier of this broker stands for one in a contract.
type standIns map[string]string

// state brings an empty broker into the situation that a contract names.
type state func(b *testbroker.Broker) standIns

// nothing is the state of an empty broker.
func nothing(*testbroker.Broker) standIns { return nil }

// quietly is a state that makes no identifiers.
func quietly(set func(*testbroker.Broker)) state {
	return func(b *testbroker.Broker) standIns { set(b); return nil }
}

var states = map[string]state{
	"": nothing,
	"the pb:pacticipant-branch relation exists in the index resource":                      nothing,
	"the pb:latest-version relation exists in the index resource":                          nothing,
	"the pb:latest-tagged-version relation exists in the index resource":                   nothing,
	"the pb:publish-contracts relations exists in the index resource":                      nothing,
	"the pb:pacticipant-version and pb:environments relations exist in the index resource": nothing,
	"the pb:environments relation exists in the index resource":                            nothing,
	"the pacticipant relations are present":                                                nothing,
	"the 'Pricing Service' does not exist in the pact-broker":                              nothing,
	"no pact between Condor and the Pricing Service exists":                                nothing,
	"'Condor' does not exist in the pact-broker":                                           quietly(func(b *testbroker.Broker) { application(b, "Pricing Service") }),

	"a branch named main exists for pacticipant Foo": quietly(func(b *testbroker.Broker) { b.Version("Foo", "1", "main") }),
	"a pacticipant with name Foo exists":             quietly(func(b *testbroker.Broker) { application(b, "Foo") }),
	"'Condor' exists in the pact-broker":             quietly(func(b *testbroker.Broker) { b.Version("Condor", "1.3.0") }),
	"the 'Pricing Service' already exists in the pact-broker": quietly(func(b *testbroker.Broker) {
		application(b, "Pricing Service")
		b.Version("Pricing Service", "1.3.0")
	}),
	"the 'Pricing Service' and 'Condor' already exist in the pact-broker": quietly(func(b *testbroker.Broker) {
		application(b, "Pricing Service")
		application(b, "Condor")
	}),
	"'Condor' exists in the pact-broker with version 1.3.0, tagged with 'prod'": quietly(func(b *testbroker.Broker) { b.Tag("Condor", "1.3.0", "prod") }),
	"'Condor' exists in the pact-broker with the latest version 1.2.3": quietly(func(b *testbroker.Broker) {
		b.Version("Condor", "1.0.0")
		b.Version("Condor", "1.2.3")
	}),
	"'Condor' exists in the pact-broker with the latest tagged 'production' version 1.2.3": quietly(func(b *testbroker.Broker) {
		b.Tag("Condor", "1.2.3", "production")
		b.Version("Condor", "2.0.0")
	}),

	"a pact between Condor and the Pricing Service exists":                                                                           quietly(condorAndPricing),
	"a latest pact between Condor and the Pricing Service exists":                                                                    quietly(condorAndPricing),
	"the 'Pricing Service' and 'Condor' already exist in the pact-broker, and Condor already has a pact published for version 1.3.0": quietly(condorAndPricing),
	"tagged as prod pact between Condor and the Pricing Service exists":                                                              quietly(condorInProduction),
	"a pact between Condor and the Pricing Service exists for the production version of Condor":                                      quietly(condorInProduction),

	"the pact for Foo version 1.2.3 has been verified by Bar version 4.5.6":       quietly(func(b *testbroker.Broker) { verifiedTwice(b, "Foo") }),
	"the pact for Foo Thing version 1.2.3 has been verified by Bar version 4.5.6": quietly(func(b *testbroker.Broker) { verifiedTwice(b, "Foo Thing") }),
	"the pact for Foo version 1.2.3 has been verified by Bar version 4.5.6 and version 5.6.7": quietly(func(b *testbroker.Broker) {
		foo(b, "Foo", "1.2.3").VerifiedBy("4.5.6").VerifiedBy("5.6.7")
	}),
	"the pact for Foo version 1.2.3 and 1.2.4 has been verified by Bar version 4.5.6": quietly(func(b *testbroker.Broker) {
		foo(b, "Foo", "1.2.3").VerifiedBy("4.5.6")
		foo(b, "Foo", "1.2.4").VerifiedBy("4.5.6")
	}),
	"the pact for Foo version 1.2.3 has been successfully verified by Bar version 4.5.6, and 1.2.4 unsuccessfully by 9.9.9": quietly(func(b *testbroker.Broker) {
		foo(b, "Foo", "1.2.3").VerifiedBy("4.5.6")
		foo(b, "Foo", "1.2.4").FailedBy("9.9.9")
	}),
	"the pact for Foo version 1.2.3 has been successfully verified by Bar version 4.5.6 with tag prod, and 1.2.4 unsuccessfully by 9.9.9": quietly(func(b *testbroker.Broker) {
		foo(b, "Foo", "1.2.3").VerifiedBy("4.5.6")
		b.Tag("Bar", "4.5.6", "prod")
		foo(b, "Foo", "1.2.4").FailedBy("9.9.9")
	}),
	"the pact for Foo version 1.2.3 has been successfully verified by Bar version 4.5.6 (tagged prod) and version 5.6.7": quietly(func(b *testbroker.Broker) {
		foo(b, "Foo", "1.2.3").VerifiedBy("4.5.6").VerifiedBy("5.6.7")
		b.Tag("Bar", "4.5.6", "prod")
	}),
	"provider Bar version 4.5.6 has a successful verification for Foo version 1.2.3 tagged prod and a failed verification for version 3.4.5 tagged prod": quietly(func(b *testbroker.Broker) {
		foo(b, "Foo", "1.2.3").VerifiedBy("4.5.6")
		b.Tag("Foo", "1.2.3", "prod")
		foo(b, "Foo", "3.4.5").FailedBy("4.5.6")
		b.Tag("Foo", "3.4.5", "prod")
	}),

	"an environment exists": quietly(func(b *testbroker.Broker) {
		b.Post(links.Base("").Environments(), `{"name": "test", "displayName": "Test", "production": false,
			"contacts": [{"name": "foo", "details": {"emailAddress": "foo@bar.com"}}]}`).OK()
	}),
	"an environment with name test exists": quietly(func(b *testbroker.Broker) { b.Environment("test") }),
	"an environment with name test and UUID " + otherEnvironment + " exists": func(b *testbroker.Broker) standIns {
		return standIns{otherEnvironment: b.Environment("test")}
	},
	"version " + fooVersion + " of pacticipant Foo exists with a test environment available for deployment": fooAndTest,
	"version " + fooVersion + " of pacticipant Foo exists with a test environment available for release":    fooAndTest,
	"version " + fooVersion + " of pacticipant Foo exists with 2 environments that aren't test available for deployment": quietly(func(b *testbroker.Broker) {
		b.Version("Foo", fooVersion)
		b.Environment("prod")
		b.Environment("dev")
	}),
	"an version is deployed to environment with UUID " + otherEnvironment + " with target customer-1": func(b *testbroker.Broker) standIns {
		environment, record := deployed(b, "customer-1")
		return standIns{otherEnvironment: environment, deployedVersion: record}
	},
	"a currently deployed version exists": func(b *testbroker.Broker) standIns {
		environment, record := deployed(b)
		return standIns{testEnvironment: environment, deployedVersion: record}
	},

	"a webhook with the uuid " + webhook + " exists": quietly(func(b *testbroker.Broker) {
		application(b, "Pricing Service")
		application(b, "Condor")
		b.Put(links.Base("").Webhook(webhook), `{"events": [{"name": "contract_content_changed"}], "consumer": {"name": "Condor"},
			"provider": {"name": "Pricing Service"}, "request": {"method": "POST", "url": "https://webhook"}}`).OK()
	}),
}

func condorAndPricing(b *testbroker.Broker) {
	application(b, "Pricing Service")
	b.Pact("Condor", "1.3.0").Saying(testbroker.Content("Condor", "Pricing Service")).With("Pricing Service")
}

func condorInProduction(b *testbroker.Broker) {
	condorAndPricing(b)
	b.Tag("Condor", "1.3.0", "prod")
}

func verifiedTwice(b *testbroker.Broker, consumer string) {
	foo(b, consumer, "1.2.3").VerifiedBy("4.5.6").VerifiedBy("7.8.9")
	foo(b, consumer, "2.0.0").VerifiedBy("4.5.6")
}

// foo publishes a contract with Bar whose content no other version has.
func foo(b *testbroker.Broker, consumer, version string) *testbroker.Pact {
	return b.Pact(consumer, version).Saying(testbroker.Content(consumer, "Bar", "what "+version+" asks")).With("Bar")
}

func fooAndTest(b *testbroker.Broker) standIns {
	b.Version("Foo", fooVersion)
	return standIns{testEnvironment: b.Environment("test")}
}

// deployed deploys Foo to the environment test, to an instance if one is named,
// and returns the identifiers of the environment and of the record.
func deployed(b *testbroker.Broker, instance ...string) (environment, record string) {
	b.Version("Foo", fooVersion)
	address := b.Deploy("Foo", fooVersion, "test", instance...)
	return b.Environment("test"), address[strings.LastIndex(address, "/")+1:]
}

// application makes an application with the repository that the contracts know.
func application(b *testbroker.Broker, name string) {
	b.Post(links.Base("").Pacticipants(), map[string]any{
		"name": name, "repositoryUrl": "git@git.realestate.com.au:business-systems/pricing-service",
	}).OK()
}
