package web

import (
	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// firstStepsPage shows how to publish the first contract.
type firstStepsPage struct {
	frame
	// Empty tells that nothing is there yet.
	Empty                                                     bool
	Publish, Curl, Variables, Environment, Provider, Consumer command
}

func (w *Web) showFirstSteps(c *gin.Context) error {
	base := edge.Base(c).Index()
	return w.show(c, "firststeps.html", firstStepsPage{
		frame: w.frame(c, "Publish a contract", "/"), Empty: c.FullPath() == "/",
		Publish: prompted(
			"Publish with the Pact client",
			"pact broker publish ./pacts \\\n    --broker-base-url "+base+" \\\n    --consumer-app-version \"$(git rev-parse HEAD)\" \\\n    --branch \"$(git branch --show-current)\"",
		),
		Curl: prompted(
			"Publish with curl",
			"curl -X PUT \""+base+"/pacts/provider/Stock/consumer/Shop/version/$(git rev-parse HEAD)\" \\\n    -H 'Content-Type: application/json' \\\n    -d @pacts/shop-stock.json",
		),
		Variables: plainText(
			"Variables for the provider",
			"PACT_BROKER_BASE_URL="+base+"\nPACT_PROVIDER_VERSION=\"$(git rev-parse HEAD)\"\nPACT_PROVIDER_BRANCH=\"$(git branch --show-current)\"\nPACT_BROKER_PUBLISH_VERIFICATION_RESULTS=true",
		),
		Environment: prompted("Create an environment", "pact broker create-environment --broker-base-url "+base+" \\\n    --name production --production"),
		Provider:    askAndRecord("Ask and record for the provider", base, "Stock"), Consumer: askAndRecord("Ask and record for the consumer", base, "Shop"),
	})
}

// askAndRecord asks whether a version may go to production, and records that it did.
func askAndRecord(label, base, application string) command {
	return prompted(label,
		"pact broker can-i-deploy --broker-base-url "+base+" \\\n    --pacticipant "+application+" --version \"$(git rev-parse HEAD)\" \\\n    --to-environment production",
		"pact broker record-deployment --broker-base-url "+base+" \\\n    --pacticipant "+application+" --version \"$(git rev-parse HEAD)\" \\\n    --environment production")
}
