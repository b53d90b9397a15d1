package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What the first steps say to an empty broker runs through in the order in which they
// say it.
func TestFirstSteps_runThroughInTheirOrder(t *testing.T) {
	b := testbroker.New(t)
	page := visited(t, b, "/publish").one(t, "ol", "class", "steps")
	option := func(command, name string) string {
		found := regexp.MustCompile(`--` + name + ` "?([^\s"]+)`).FindStringSubmatch(command)
		require.NotNil(t, found, "%s has --%s", command, name)
		return found[1]
	}
	b.Pact("Shop", "head").With("Stock").VerifiedBy("head")
	var ran []string
	for _, block := range page.all("pre") {
		for _, command := range strings.Split(strings.TrimPrefix(block.text(), "$ "), "$ ") {
			if !strings.HasPrefix(command, "pact broker") && !strings.HasPrefix(command, "can-i-deploy") {
				continue
			}
			require.Equal(t, "http://broker.test", option(command, "broker-base-url"))
			switch what := strings.Fields(strings.TrimPrefix(command, "pact broker "))[0]; what {
			case "publish":
			case "create-environment":
				b.Post("/environments", testbroker.Object{"name": option(command, "name"), "production": strings.Contains(command, "--production")}).OK(http.StatusCreated)
			case "can-i-deploy":
				asked := "/can-i-deploy?version=head&pacticipant=" + option(command, "pacticipant") + "&environment=" + option(command, "to-environment")
				require.Equal(t, true, b.Get(asked).OK(http.StatusOK).Find("summary", "deployable"), command)
			case "record-deployment":
				b.Deploy(option(command, "pacticipant"), "head", option(command, "environment"))
			default:
				t.Fatalf("unknown: %s", command)
			}
			ran = append(ran, strings.Fields(strings.TrimPrefix(command, "pact broker "))[0])
		}
	}
	require.Equal(t, []string{"publish", "create-environment", "can-i-deploy", "record-deployment", "can-i-deploy", "record-deployment"}, ran)
	require.Contains(t, page.text(), "/pacts/provider/Stock/consumer/Shop/version/$(git rev-parse HEAD)", "what is asked about is what was published")
}
