package canideploy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The queries are those that the Pact Broker's own clients were seen to send. For an
// environment it is the newer client's latestby, which looks at every version there.
func TestMatrixQuery_isWhatTheOtherClientsSend(t *testing.T) {
	for args, want := range map[string]string{
		"-a RecA -e 1.0.0":                                                  "q[][pacticipant]=RecA&q[][version]=1.0.0&latestby=cvp&latest=true",
		"-a RecA -e 1.0.0 --to-environment test":                            "q[][pacticipant]=RecA&q[][version]=1.0.0&latestby=cvpv&environment=test",
		"-a RecA -e 1.0.0 --to prod":                                        "q[][pacticipant]=RecA&q[][version]=1.0.0&latestby=cvp&latest=true&tag=prod",
		"-a RecA --branch main --to-environment test":                       "q[][pacticipant]=RecA&q[][latest]=true&q[][branch]=main&latestby=cvpv&environment=test",
		"-a RecA --main-branch --to-environment test":                       "q[][pacticipant]=RecA&q[][latest]=true&q[][mainBranch]=true&latestby=cvpv&environment=test",
		"-a RecA --latest":                                                  "q[][pacticipant]=RecA&q[][latest]=true&latestby=cvp&latest=true",
		"-a RecA --latest dev --to prod":                                    "q[][pacticipant]=RecA&q[][latest]=true&q[][tag]=dev&latestby=cvp&latest=true&tag=prod",
		"-a RecA -e 1.0.0 -a RecB -e 2.0.0":                                 "q[][pacticipant]=RecA&q[][version]=1.0.0&q[][pacticipant]=RecB&q[][version]=2.0.0&latestby=cvpv",
		"-a RecA -e 1.0.0 -a RecB --all prod":                               "q[][pacticipant]=RecA&q[][version]=1.0.0&q[][pacticipant]=RecB&q[][tag]=prod&latestby=cvpv",
		"-a RecA -e 1.0.0 --with-main-branches":                             "q[][pacticipant]=RecA&q[][version]=1.0.0&latestby=cvp&latest=true&mainBranch=true",
		"-a RecA -e 1+b/2 --to-environment a&b":                             "q[][pacticipant]=RecA&q[][version]=1%2Bb%2F2&latestby=cvpv&environment=a%26b",
		"-a A -e 1 --ignore Z --ignore Y -e 3 --limit 9 --to-environment t": "q[][pacticipant]=A&q[][version]=1&latestby=cvpv&limit=9&environment=t&ignore[][pacticipant]=Z&ignore[][pacticipant]=Y&ignore[][version]=3",
	} {
		t.Run(args, func(t *testing.T) {
			a, err := parse(strings.Fields(args))
			require.NoError(t, err)
			require.Equal(t, want, a.matrixQuery())
		})
	}
}

func TestSentence_repeatsTheQuestion(t *testing.T) {
	for args, want := range map[string]string{
		"-a Shop -e 1 --to-environment prod":         "Yes: Shop 1 can be deployed to prod.",
		"-a Shop -l dev --to prod":                   "Yes: the latest Shop tagged dev can be deployed beside the latest versions tagged prod.",
		"-a Shop --all dev -a Stock --branch x":      "Yes: every Shop tagged dev and the head of Stock's branch x can be deployed together.",
		"-a Shop --main-branch --with-main-branches": "Yes: the head of Shop's main branch can be deployed beside the heads of the main branches.",
		"-a Shop -l": "Yes: the latest Shop can be deployed beside the latest versions of its partners.",
	} {
		t.Run(args, func(t *testing.T) {
			a, err := parse(strings.Fields(args))
			require.NoError(t, err)
			require.Equal(t, want, a.sentence(yes))
		})
	}
}
