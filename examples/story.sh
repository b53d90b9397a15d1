#!/usr/bin/env bash
# The whole story with real clients, told and checked from nothing: a shop's
# orders-web (consumer) and orders-api (provider), both in Go with pact-go, a
# broker that was just built, and three command lines that must agree.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# change FILE EDIT: lets the following builds see FILE of the repository edited by sed.
changes=()
change() {
    mkdir -p "$work/changed/$(dirname "$1")"
    sed "$2" "$1" >"$work/changed/$1"
    ! cmp -s "$1" "$work/changed/$1" || fail "the edit does not change $1"
    changes+=("\"$repository/$1\": \"$work/changed/$1\"")
    (IFS=,; echo "{\"Replace\": {${changes[*]}}}") >"$work/overlay.json"
}
undo_changes() { changes=(); echo '{}' >"$work/overlay.json"; }
undo_changes

# web VERSION BRANCH: a build of orders-web; its tests write the contract, which is published.
web() {
    rm -rf "$work/pacts"
    consumer_test env PACT_DIR="$work/pacts" go test -count=1 -tags pact -overlay "$work/overlay.json" ./examples/orders-web
    run pact broker publish "$work/pacts" --consumer-app-version "$1" --branch "$2" --build-url "http://ci.example/orders-web/$1"
    version_has orders-web "$1" "$2" "http://ci.example/orders-web/$1"
}

# api passes|fails VERSION BRANCH: a build of orders-api; its test verifies and publishes.
api() {
    local outcome=passes
    tell "\$ VERSION=$2 BRANCH=$3 go test -tags pact ./examples/orders-api"
    env VERSION="$2" BRANCH="$3" BUILD_URL="http://ci.example/orders-api/$2" WIP_SINCE=2024-01-01 \
        go test -count=1 -tags pact -overlay "$work/overlay.json" ./examples/orders-api >"$work/said" 2>&1 || outcome=fails
    [ "$outcome" = "$1" ] || { cat "$work/said"; fail "the build of orders-api $2 $outcome, it was to be one that $1"; }
    tell "the build $outcome"
    version_has orders-api "$2" "$3"
}

deploy() { run pact broker record-deployment --pacticipant "$1" --version "$2" --environment production; }

chapter "A broker starts, with nothing in it but an environment"
start_broker
run pact broker create-environment --name production --production

chapter "orders-web 1.0.0 is built: its tests write down what it needs of orders-api"
web 1.0.0 main

chapter "May it be deployed? No: nobody has verified the contract"
ask no 'no verified pact|not.*verified|not deployed|no version' --pacticipant orders-web --version 1.0.0 --to-environment production

chapter "orders-api 2.0.0 is built: it asks what to verify, verifies, and publishes"
api passes 2.0.0 main
landed orders-web/1.0.0 orders-api/2.0.0 true

chapter "The provider may go first; then the consumer may follow"
ask yes '' --pacticipant orders-api --version 2.0.0 --to-environment production
deploy orders-api 2.0.0
ask yes 'all .*successful|published and successful' --pacticipant orders-web --version 1.0.0 --to-environment production
deploy orders-web 1.0.0

chapter "orders-web 1.1.0, on a branch, needs something new: the currency"
change examples/orders-web/client.go 's|^\tTotal .*|&\n\tCurrency string `json:"currency" pact:"example=EUR"`|'
change examples/orders-web/contract_test.go 's|Total: 1999}|Total: 1999, Currency: "EUR"}|'
web 1.1.0 feat/currency
undo_changes

chapter "The next build of orders-api tries that as work in progress: it fails, and breaks nobody's build"
api passes 2.0.1 main
landed orders-web/1.1.0 orders-api/2.0.1 false
ask no '' --pacticipant orders-web --version 1.1.0 --to-environment production

chapter "orders-api 2.1.0 sends the currency, and is deployed; now orders-web 1.1.0 may follow"
change examples/orders-api/orders.go 's|^\tTotal .*|&\n\tCurrency string `json:"currency"`|'
change examples/orders-api/states.go 's|Total: 1999|&, Currency: "EUR"|'
api passes 2.1.0 main
undo_changes
landed orders-web/1.1.0 orders-api/2.1.0 true
ask yes '' --pacticipant orders-api --version 2.1.0 --to-environment production
deploy orders-api 2.1.0
ask yes 'all .*successful|published and successful' --pacticipant orders-web --version 1.1.0 --to-environment production

chapter "orders-api 3.0.0 renames a field that orders-web reads: the build fails, and the gate stays shut"
change examples/orders-api/orders.go 's|json:"total"|json:"amount"|'
api fails 3.0.0 main
undo_changes
landed orders-web/1.0.0 orders-api/3.0.0 false
ask no 'fail' --pacticipant orders-api --version 3.0.0 --to-environment production

chapter "All as expected, in $SECONDS s"
