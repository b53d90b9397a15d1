#!/usr/bin/env bash
# The whole flow of a provider that verifies no pacts and publishes what it
# promises: with the native and the Ruby client as they are, the new way and the
# old one, on both databases. Then the stored contracts feed mock servers: the document Prism, the
# pact the native stub server, each by URL and with a password.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

promise() { # VERSION DOCUMENT FURTHER OPTIONS…
    run pact pactflow publish-provider-contract "$2" --provider orders-api --provider-app-version "$1" --branch main --content-type application/yaml \
        --verification-results "$work/report.txt" --verification-results-content-type text/plain --verification-results-format text --verifier own-tests "${@:3}"
}

ruby_promise() { # VERSION DOCUMENT FURTHER OPTIONS…
    run pactflow publish-provider-contract "$2" --broker-base-url "$PACT_BROKER_BASE_URL" --provider orders-api --provider-app-version "$1" --branch main \
        --content-type application/yaml --verification-results "$work/report.txt" --verification-results-content-type text/plain \
        --verification-results-format text --verifier own-tests "${@:3}"
}

said() { grep -qE "$1" "$work/said" || { cat "$work/said"; fail "it does not say '$1'"; }; }

cat >"$work/orders-web.json" <<'JSON'
{"consumer": {"name": "orders-web"}, "provider": {"name": "orders-api"}, "metadata": {"pactSpecification": {"version": "2.0.0"}},
 "interactions": [{"description": "the total of an order", "request": {"method": "GET", "path": "/orders/42"},
  "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 42, "total": 17.5}}}]}
JSON
document=examples/contracts/orders-api.yaml
echo "12 tests, all good" >"$work/report.txt"

flow() { # NAME DATABASE
    chapter "On $1: a consumer is deployed, and the provider publishes what it promises"
    start_broker "$2"
    run pact broker create-environment --name production --production
    run pact broker publish "$work/orders-web.json" --consumer-app-version 1 --branch main
    promise 1 "$document" --verification-exit-code 0
    said 'Published the contract'
    said 'Keeps what 1 pact in use need'
    ask yes 'no pacts to verify' --pacticipant orders-api --version 1 --to-environment production
    run pact broker record-deployment --pacticipant orders-api --version 1 --environment production
    ask yes 'successful' --pacticipant orders-web --version 1 --to-environment production
    run pact broker record-deployment --pacticipant orders-web --version 1 --environment production

    chapter "The next version would break the consumer: publishing says so, and so does can-i-deploy"
    grep -v 'total:' "$document" >"$work/without-total.yaml"
    ruby_promise 2 "$work/without-total.yaml" --verification-exit-code 0
    said 'Breaks orders-web version 1 \(in production; on its main branch\)'
    ask no 'orders-web' --pacticipant orders-api --version 2 --to-environment production
    can-i-deploy --pacticipant orders-api --version 2 --to-environment production --explain >"$work/said" 2>&1 && fail "the answer was to be no"
    said '\[incompatible\]'
    said 'total'
    said 'line 1?[0-9]'

    chapter "A version that fails its own tests may not be deployed, whatever it promises"
    promise 3 "$document" --verification-exit-code 1
    said 'does not keep to this contract'
    ask no 'orders-web' --pacticipant orders-api --version 3 --to-environment production

    chapter "The old way of publishing"
    PACTFLOW_FEATURES=publish_provider_contracts_using_old_api ruby_promise 4 "$document" --verification-exit-code 0
    ask yes 'successful' --pacticipant orders-api --version 4 --to-environment production
}

start_postgres
flow PostgreSQL "$postgres"
flow SQLite "sqlite://$work/broker.db"

chapter "Mock servers are fed from the broker, by URL and with a password"
port=$(free_port)
env -u PACT_BROKER_BASE_URL PACT_BROKER_PORT="$port" PACT_BROKER_DATABASE_URL="sqlite://$work/guarded.db" PACT_BROKER_SEED_EXAMPLE_DATA=false \
    PACT_BROKER_BASIC_AUTH_USERNAME=ci PACT_BROKER_BASIC_AUTH_PASSWORD=sesame "$work/bin/broker" serve >"$work/guarded.log" 2>&1 &
started+=($!)
guarded="http://127.0.0.1:$port"
until_answered "$guarded/diagnostic/status/heartbeat"
run pact pactflow publish-provider-contract "$document" --broker-base-url "$guarded" --broker-username ci --broker-password sesame \
    --provider orders-api --provider-app-version 1 --branch main --verification-exit-code 0
run pact broker publish "$work/orders-web.json" --broker-base-url "$guarded" --broker-username ci --broker-password sesame --consumer-app-version 1 --branch main
mock=$(free_port)
.tools/prism/node_modules/.bin/prism mock --port "$mock" "http://ci:sesame@127.0.0.1:$port/api/v1/providers/orders-api/document?branch=main" >"$work/prism.log" 2>&1 &
started+=($!)
until_answered "http://127.0.0.1:$mock/orders/42"
[ "$(curl --silent "http://127.0.0.1:$mock/orders/42")" = '{"id":42,"total":17.5}' ] || fail "Prism does not answer from the document: $(cat "$work/prism.log")"
tell "Prism answers with the example of the document"
stub=$(free_port)
pact stub --broker-url "$guarded" --user ci:sesame --provider-name orders-api --port "$stub" >"$work/stub.log" 2>&1 &
started+=($!)
until_answered "http://127.0.0.1:$stub/orders/42"
[ "$(curl --silent "http://127.0.0.1:$stub/orders/42")" = '{"id":42,"total":17.5}' ] || fail "the stub server does not answer from the pact: $(cat "$work/stub.log")"
tell "the stub server answers with the pact"
