#!/usr/bin/env bash
# Verifies with every real client: pact-go, pact-js, pact-jvm, pact-python, the
# native and the Ruby verifier. Each selects by main branch and deployment, with pending and work in
# progress, publishes under a branch and tags, and what it published is looked
# up in the broker: once for a provider that keeps its contracts, once for one
# that does not.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# serve_orders NAME: builds orders-api into NAME, with go's further flags, and serves it; sets $orders.
serve_orders() {
    local port
    go build -o "$work/bin/$1" "${@:2}" ./examples/orders-api
    port=$(free_port)
    orders="http://127.0.0.1:$port"
    "$work/bin/$1" -verifying -listen "127.0.0.1:$port" >"$work/$1.log" 2>&1 &
    started+=($!)
    until_answered "$orders/orders/1"
}

native_verifier() { # VERSION
    pact verifier --provider-name orders-api --hostname 127.0.0.1 --port "${orders##*:}" --state-change-url "$orders/_state" \
        --broker-url "$PACT_BROKER_BASE_URL" --filter-consumer orders-report \
        --consumer-version-selectors '{"mainBranch": true}' --consumer-version-selectors '{"deployedOrReleased": true}' \
        --enable-pending --include-wip-pacts-since 2024-01-01 --no-colour \
        --publish --provider-version "$1" --provider-branch main --provider-tags dev,feat/x --build-url "http://ci.example/$1"
}

ruby_verifier() { # VERSION
    pact-provider-verifier --provider orders-api --provider-base-url "$orders" --provider-states-setup-url "$orders/_state" \
        --pact-broker-base-url "$PACT_BROKER_BASE_URL" --log-dir "$work" \
        --consumer-version-selector '{"mainBranch": true}' --consumer-version-selector '{"deployedOrReleased": true}' \
        --enable-pending --include-wip-pacts-since 2024-01-01 --fail-if-no-pacts-found \
        --publish-verification-results --provider-app-version "$1" \
        --provider-version-branch main --provider-version-tag dev --provider-version-tag feat/x
}

pact_go() { # VERSION
    env VERSION="$1" BRANCH=main TAGS=dev,feat/x WIP_SINCE=2024-01-01 BUILD_URL="http://ci.example/$1" \
        go test -count=1 -tags pact ./examples/orders-api
}

pact_python() { # VERSION
    env ORDERS="$orders" VERSION="$1" BRANCH=main TAGS=dev,feat/x .tools/python/bin/python examples/pact-python/provider.py
}

jvm() { java -cp ".tools/jvm/*:$work/jvm" Client "$@"; }

pact_jvm() { jvm verify "$1" "$orders"; } # VERSION

pact_js() { # VERSION
    env VERSION="$1" BRANCH=main TAGS=dev,feat/x node --test examples/pact-js/provider.test.mjs
}

# verify keeps|breaks CLIENT VERSION CONSUMER/VERSION…: verifies, and looks the results up.
verify() {
    local consumer outcome=keeps recorded=true
    [ "$1" = keeps ] || recorded=false
    "$2" "$3" >"$work/said" 2>&1 || outcome=breaks
    [ "$outcome" = "$1" ] || { cat "$work/said"; fail "$2: $3 $outcome its contracts"; }
    tell "$2: version $3 $1 its contracts"
    for consumer in "${@:4}"; do landed "$consumer" "${provider:-orders-api}/$3" "$recorded"; done
    version_has "${provider:-orders-api}" "$3" main dev feat/x
}

chapter "Two builds of a consumer are published: by the native command line, and by the Ruby one on a branch"
start_broker
run pact broker create-environment --name production --production
report=examples/contracts/orders-report-orders-api.json
run pact broker publish "$report" --consumer-app-version 1.0.0 --branch main --tag dev
run pact broker record-deployment --pacticipant orders-report --version 1.0.0 --environment production
sed 's/a request for order 42/a request for one order/' "$report" >"$work/changed.json"
run pact-broker publish "$work/changed.json" --consumer-app-version 1.1.0 --branch feat/x --tag feat/x --build-url http://ci.example/report/7
version_has orders-report 1.0.0 main dev
version_has orders-report 1.1.0 feat/x http://ci.example/report/7

chapter "Work in progress of that branch is verified along with what is on main and deployed"
serve_orders orders-api
verify keeps native_verifier native-1 orders-report/1.0.0 orders-report/1.1.0
verify keeps ruby_verifier ruby-1 orders-report/1.0.0
verify keeps pact_go go-1 orders-report/1.0.0
verify keeps pact_python python-1 orders-report/1.0.0
run javac -d "$work/jvm" -cp ".tools/jvm/*" examples/pact-jvm/Client.java
verify keeps pact_jvm jvm-1 orders-report/1.0.0

chapter "A build that breaks a contract which main has kept before fails"
sed 's|json:"total"|json:"amount"|' examples/orders-api/orders.go >"$work/orders.go"
echo "{\"Replace\": {\"$PWD/examples/orders-api/orders.go\": \"$work/orders.go\"}}" >"$work/overlay.json"
serve_orders orders-api-broken -overlay "$work/overlay.json"
verify breaks native_verifier native-2 orders-report/1.0.0
verify breaks ruby_verifier ruby-2 orders-report/1.0.0
verify breaks pact_python python-2 orders-report/1.0.0
verify breaks pact_jvm jvm-2 orders-report/1.0.0

chapter "A single contract by its address, as a webhook would hand it on"
contract=$(answer /pacts/provider/orders-api/consumer/orders-report/version/1.0.0 | grep -oE '"self":\{[^}]*"href":"[^"]+' | sed 's/.*"href":"//' | head -1)
serve_orders orders-api
run pact verifier --provider-name orders-api --hostname 127.0.0.1 --port "${orders##*:}" --state-change-url "$orders/_state" \
    --broker-url "$PACT_BROKER_BASE_URL" --webhook-callback-url "$contract" --publish --provider-version native-3 --provider-branch main
landed orders-report/1.0.0 orders-api/native-3 true
run pact-provider-verifier "$contract" --log-dir "$work" --provider-base-url "$orders" --provider-states-setup-url "$orders/_state" \
    --publish-verification-results --provider-app-version ruby-3 --provider-version-branch main
landed orders-report/1.0.0 orders-api/ruby-3 true

chapter "pact-jvm and pact-python: the consumer publishes, asks, and writes"
run jvm publish "$report" 1.2.0 main
version_has orders-report 1.2.0 main dev http://ci.example/1.2.0
verify keeps pact_jvm jvm-3 orders-report/1.2.0
run pact broker record-deployment --pacticipant orders-api --version jvm-3 --environment production
run jvm can-i-deploy orders-report 1.2.0 production
if jvm can-i-deploy orders-report 1.1.0 test >"$work/said" 2>&1; then fail "pact-jvm may deploy where there is no environment: $(cat "$work/said")"; fi
consumer_test env PACT_DIR="$work/python" .tools/python/bin/python examples/pact-python/consumer.py
run pact broker publish "$work/python" --consumer-app-version 1.0.0 --branch main
verify keeps pact_python python-3 orders-report/1.2.0 orders-mail/1.0.0

chapter "pact-js: the consumer writes, the provider verifies"
provider=stock-api
consumer_test env PACT_DIR="$work/pacts" node --test examples/pact-js/consumer.test.mjs
run pact-broker publish "$work/pacts" --consumer-app-version 1.0.0 --branch main
verify keeps pact_js js-1 stock-widget/1.0.0
ask yes '' --pacticipant stock-widget --version 1.0.0 --pacticipant stock-api --version js-1

chapter "Every client as expected, in $SECONDS s"
