#!/usr/bin/env bash
# Accord by its own kind: the tests of can-i-deploy and of the package client write
# down what they need of a broker, a running Accord keeps it, the broker is verified
# against it, and Accord is asked whether all three may be deployed. Then its own
# contract feeds a mock server, as docs/api-guide.md says.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

chapter "can-i-deploy and client: their tests write down what they need of a broker"
start_broker
run pact broker create-environment --name production --production
consumer_test env PACT_DIR="$work/pacts" go test -vet=off -count=1 -tags pact -run TestContract_ ./client
consumer_test env PACT_DIR="$work/pacts" go test -vet=off -count=1 -tags pact -run TestContract_ ./internal/canideploy
run pact broker publish "$work/pacts" --consumer-app-version 1 --branch main
ask no '' --pacticipant can-i-deploy --version 1 --to-environment production

chapter "accord: the broker is verified against both"
run env VERSION=1 BRANCH=main go test -vet=off -count=1 -tags pact ./internal/testing/ownpacts
landed accord-client/1 accord/1 true
landed can-i-deploy/1 accord/1 true

chapter "May all be deployed?"
for application in accord can-i-deploy accord-client; do
    ask yes '' --pacticipant "$application" --version 1 --to-environment production
    run pact broker record-deployment --pacticipant "$application" --version 1 --environment production
done
run broker version "$PACT_BROKER_BASE_URL"

chapter "A mock of the broker from its own contract"
curl --silent --output "$work/accord.yaml" "$PACT_BROKER_BASE_URL/openapi.yaml"
mock=$(free_port)
.tools/prism/node_modules/.bin/prism mock --port "$mock" "$work/accord.yaml" >"$work/prism.log" 2>&1 &
started+=($!)
# Prism reads the whole contract first, which takes it some seconds.
curl --silent --fail --retry 90 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$mock/api/v1/about" >"$work/said" || fail "Prism does not answer: $(cat "$work/prism.log")"
grep -q '"compatible_with"' "$work/said" || fail "Prism does not answer from the contract: $(cat "$work/said")"
curl --silent --output "$work/said" --write-out '%{http_code}' --json '{"role": 7}' "http://127.0.0.1:$mock/api/v1/tokens" | grep -qE '^4' || fail "Prism takes what the contract does not allow: $(cat "$work/said")"
tell "Prism answers as the contract says"

chapter "All as expected, in $SECONDS s"
