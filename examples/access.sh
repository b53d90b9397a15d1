#!/usr/bin/env bash
# Runs the main flow with every real client against a broker that asks everybody
# for credentials: each signs in with a token of its own role, as a bearer token,
# or as the password of basic authentication where a client knows nothing else.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# token NAME ROLE [OPTION…]: makes a token in the database of the running broker.
token() {
    env -u PACT_BROKER_BASE_URL -u PACT_BROKER_TOKEN PACT_BROKER_DATABASE_URL="sqlite://$work/broker.db" "$work/bin/broker" token create --name "$1" --role "$2" "${@:3}"
}

# as TOKEN COMMAND…: runs it, with the token where clients look for it.
as() { PACT_BROKER_TOKEN=$1 run "${@:2}"; }

# refused COMMAND…: checks that it fails.
refused() {
    tell "\$ $* (is refused)"
    if "$@" >"$work/said" 2>&1; then cat "$work/said"; fail "this was to be refused: $*"; fi
}

# result CONSUMER/VERSION PROVIDER/VERSION: looks a result up, as somebody who may read.
result() { PACT_BROKER_TOKEN=$reader landed "$1" "$2" true; }

chapter "A broker asks everybody for credentials"
PACT_BROKER_ACCESS=on start_broker
report=examples/contracts/orders-report-orders-api.json
admin=$(token admin admin)
reader=$(token reader viewer)
consumer=$(token report-ci consumer-ci --application orders-report)
provider=$(token orders-ci provider-ci --application orders-api)
deployer=$(token deploy deployer --application orders-api --application orders-report)
widget=$(token widget-ci consumer-ci --application stock-widget)
stock=$(token stock-ci provider-ci --application stock-api)
refused pact broker publish "$report" --consumer-app-version 1.0.0 --branch main
as "$admin" pact broker create-environment --name production --production

chapter "Command lines publish and record: the native one by token, the Ruby one with the token as password"
as "$consumer" pact broker publish "$report" --consumer-app-version 1.0.0 --branch main
run pact-broker publish "$report" --consumer-app-version 1.1.0 --branch main --broker-username ci --broker-password "$consumer"
refused env PACT_BROKER_TOKEN="$provider" pact broker publish "$report" --consumer-app-version 9 --branch main
refused env PACT_BROKER_TOKEN="$consumer" pact broker record-deployment --pacticipant orders-report --version 1.0.0 --environment production
as "$deployer" pact broker record-deployment --pacticipant orders-report --version 1.0.0 --environment production

chapter "Every verifier verifies and publishes its results"
port=$(free_port)
orders="http://127.0.0.1:$port"
go build -o "$work/bin/orders-api" ./examples/orders-api
"$work/bin/orders-api" -verifying -listen "127.0.0.1:$port" >"$work/orders.log" 2>&1 &
started+=($!)
until_answered "$orders/orders/1"
as "$provider" pact verifier --provider-name orders-api --hostname 127.0.0.1 --port "$port" --state-change-url "$orders/_state" --broker-url "$PACT_BROKER_BASE_URL" \
    --consumer-version-selectors '{"mainBranch": true}' --no-colour --publish --provider-version native-1 --provider-branch main
result orders-report/1.1.0 orders-api/native-1
as "" env -u PACT_BROKER_TOKEN pact-provider-verifier --provider orders-api --provider-base-url "$orders" --provider-states-setup-url "$orders/_state" --pact-broker-base-url "$PACT_BROKER_BASE_URL" \
    --broker-username ci --broker-password "$provider" --log-dir "$work" --consumer-version-selector '{"mainBranch": true}' --fail-if-no-pacts-found \
    --publish-verification-results --provider-app-version ruby-1 --provider-version-branch main
result orders-report/1.1.0 orders-api/ruby-1
as "$provider" env VERSION=go-1 BRANCH=main TAGS= WIP_SINCE=2024-01-01 BUILD_URL= go test -count=1 -tags pact ./examples/orders-api
result orders-report/1.1.0 orders-api/go-1
run javac -d "$work/jvm" -cp ".tools/jvm/*" examples/pact-jvm/Client.java
as "$provider" java -cp ".tools/jvm/*:$work/jvm" Client verify jvm-1 "$orders"
result orders-report/1.1.0 orders-api/jvm-1
as "$consumer" java -cp ".tools/jvm/*:$work/jvm" Client publish "$report" 1.2.0 main
consumer_test env PACT_DIR="$work/pacts" node --test examples/pact-js/consumer.test.mjs
as "$widget" pact broker publish "$work/pacts" --consumer-app-version 1.0.0 --branch main
as "$stock" env VERSION=js-1 BRANCH=main TAGS=dev WIP_SINCE=2024-01-01 node --test examples/pact-js/provider.test.mjs
result stock-widget/1.0.0 stock-api/js-1

chapter "Before the deployment everybody asks who may read"
as "$deployer" pact broker record-deployment --pacticipant orders-api --version native-1 --environment production
as "$reader" can-i-deploy --pacticipant orders-report --version 1.1.0 --to-environment production
run pact-broker can-i-deploy --pacticipant orders-report --version 1.1.0 --to-environment production --broker-username ci --broker-password "$reader"
refused can-i-deploy --pacticipant orders-report --version 1.1.0 --to-environment production
run env -u PACT_BROKER_BASE_URL PACT_BROKER_DATABASE_URL="sqlite://$work/broker.db" broker audit verify

chapter "Every client signed in as expected, in $SECONDS s"
