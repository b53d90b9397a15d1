#!/usr/bin/env bash
# Runs the shell of docs/ci.md as three pipelines do, and the step for GitHub.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# part NAME: the lines of docs/ci.md in the block of that name.
part() {
    awk -v mark="^\`\`\`sh ci $1\$" '$0 ~ mark {inside = 1; next} /^```$/ {inside = 0} inside' docs/ci.md >"$work/$1.sh"
    [ -s "$work/$1.sh" ] || fail "docs/ci.md has lost its part for the $1"
}
# pipeline NAME [VARIABLE=VALUE…]: runs a part in the scratch folder.
pipeline() {
    tell "the $1's pipeline"
    (cd "$work" && env "${@:2}" bash -euo pipefail "./$1.sh") >"$work/said" 2>&1
}

chapter "The pipelines of docs/ci.md"
start_broker
for name in consumer provider deployment; do part "$name"; done
run pact broker create-environment --name production --production
mkdir "$work/pacts"
cat >"$work/pacts/web-orders.json" <<'JSON'
{
  "consumer": {"name": "web"}, "provider": {"name": "orders"},
  "interactions": [{
    "description": "a request for the orders",
    "request": {"method": "GET", "path": "/orders"},
    "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": []}
  }],
  "metadata": {"pactSpecification": {"version": "2.0.0"}}
}
JSON

consumer=(VERSION=c0ffee1 BRANCH=main BUILD_URL=http://ci.example/web/1)
sed -i 's/--retry-while-unknown 30 --retry-interval 10/--retry-while-unknown 1 --retry-interval 1/' "$work/consumer.sh"
if pipeline consumer "${consumer[@]}"; then fail "nobody has verified it: the consumer was to wait"; fi
version_has web c0ffee1 main

PORT=$(free_port)
export PORT
node -e '
    require("http").createServer((request, answer) => {
        answer.setHeader("Content-Type", "application/json");
        answer.statusCode = request.url === "/orders" ? 200 : 404;
        answer.end("[]");
    }).listen(process.env.PORT, "127.0.0.1")' &
started+=($!)
until_answered "http://127.0.0.1:$PORT/orders"
pipeline provider VERSION=beef002 BRANCH=main BUILD_URL=http://ci.example/orders/1 || fail "$(cat "$work/said")"
landed web/c0ffee1 orders/beef002 true
pipeline deployment APPLICATION=orders VERSION=beef002 || fail "$(cat "$work/said")"
pipeline consumer "${consumer[@]}" || fail "$(cat "$work/said")"
pipeline deployment APPLICATION=web VERSION=c0ffee1 || fail "$(cat "$work/said")"

chapter "What other CIs run"
awk '/^    - >-$/ {inside = 1; next} /^      / && inside {printf "%s ", $0; next} inside {print ""; inside = 0} END {print ""}' deploy/ci/gitlab.yml |
    sed -E 's/\$\[\[ inputs\.application \]\]/web/g; s/\$\[\[ inputs\.environment \]\]/production/g; s/\$\[\[ inputs\.retry_while_unknown \]\]/0/g' >"$work/gitlab.sh"
sed -n "s/^ *sh '\(.*\)'$/\1/p" docs/ci.md >"$work/jenkins.sh"
sed -n 's/^- script: //p' docs/ci.md >"$work/azure.sh"
[ "$(grep -c . "$work/gitlab.sh")" = 2 ] && ! grep -q '\[\[' "$work/gitlab.sh" || fail "not the two commands of GitLab: $(cat "$work/gitlab.sh")"
for ci in gitlab jenkins azure; do
    [ -s "$work/$ci.sh" ] || fail "there is no command for $ci"
    pipeline "$ci" CI_COMMIT_SHA=c0ffee1 GIT_COMMIT=c0ffee1 BUILD_SOURCEVERSION=c0ffee1 || fail "$(cat "$work/said")"
done

chapter "The step for GitHub Actions"
# step WANTED DEPLOYABLE INPUT…: runs the step, and checks how it ends and what it tells.
step() {
    local code=0
    : >"$work/output"
    : >"$work/summary"
    env "${@:3}" GITHUB_OUTPUT="$work/output" GITHUB_STEP_SUMMARY="$work/summary" deploy/github-action/ask >"$work/said" 2>&1 || code=$?
    [ "$code" = "$1" ] || fail "the step ended with $code instead of $1: $(cat "$work/said")"
    grep -qx "deployable=$2" "$work/output" || fail "the step told $(cat "$work/output")"
    grep -q '^### can-i-deploy: ' "$work/summary" || fail "the step wrote no summary"
    tell "ends with $code, deployable=$2: ${*:3}"
}
web=(INPUT_APPLICATION_NAME=web INPUT_TO_ENVIRONMENT=production)
step 0 true "${web[@]}" INPUT_VERSION=c0ffee1
step 0 true "${web[@]}" GITHUB_SHA=merge PULL_REQUEST_HEAD=c0ffee1
step 0 true "${web[@]}" INPUT_BRANCH=main
step 0 true "${web[@]}" INPUT_MAIN_BRANCH=true
step 0 true "${web[@]}" INPUT_LATEST=true
sed -i 's/"GET"/"POST"/' "$work/pacts/web-orders.json"
run pact broker publish "$work/pacts" --consumer-app-version c0ffee2 --branch main
step 1 false "${web[@]}" INPUT_VERSION=c0ffee2
step 0 false "${web[@]}" INPUT_VERSION=c0ffee2 INPUT_DRY_RUN=true
step 2 '' "${web[@]}" INPUT_VERSION=c0ffee2 INPUT_BROKER_URL=http://127.0.0.1:1
# refused WORD INPUT…: the step says at once what is wrong with its inputs.
refused() {
    local code=0
    env "${@:2}" deploy/github-action/ask >"$work/said" 2>&1 || code=$?
    [ "$code" = 2 ] && grep -q "^::error::$1" "$work/said" || fail "the step ended with $code: $(cat "$work/said")"
    tell "refused: ${*:2}"
}
refused application_name INPUT_TO_ENVIRONMENT=production
refused broker_url "${web[@]}" PACT_BROKER_BASE_URL=
refused 'version and latest' "${web[@]}" INPUT_VERSION=c0ffee2 INPUT_LATEST=true
refused 'to and to_environment' "${web[@]}" INPUT_TO=prod
refused to_environment INPUT_APPLICATION_NAME=web
refused no-such-program "${web[@]}" INPUT_COMMAND=no-such-program
for input in $(grep -oE '^  [a-z_]+: \{' deploy/github-action/action.yml | tr -d ' :{' | grep -v '^pact_cli'); do
    grep -q "INPUT_${input^^}: \${{ inputs.$input " deploy/github-action/action.yml || fail "the step does not get $input"
done
chapter "Done in $SECONDS s"
