# Shared by the scripts beside it: a broker of their own, and questions with an
# expected answer. Sourced, not run. Everything lives in $work and ends with the script.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
repository=$PWD
work=$(mktemp -d)
started=()
trap 'kill "${started[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
export PACT_DO_NOT_TRACK=true PATH="$work/bin:$repository/.tools/bin:$PATH"

chapter() { printf '\n--- %s\n' "$*"; }
# Where the repository and the scratch folder are is nobody's business.
tell() { printf '    %s\n' "$*" | sed "s|$work|\$work|g; s|$repository/||g"; }
fail() { printf '\nNOT AS EXPECTED: %s\n' "$*" >&2; exit 1; }

# free_port prints a port on which nothing listens.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# until_answered URL: waits for the first answer, ten seconds at most.
until_answered() {
    local tries
    for tries in {1..200}; do
        curl --silent --output /dev/null "$1" && return
        sleep 0.05
    done
    fail "$1 does not answer after $tries tries: $(cat "$work"/*.log)"
}

# start_postgres: starts a PostgreSQL server that ends with the script, and sets
# $postgres to the address of its empty database.
start_postgres() {
    local programs as=() tries
    programs=$(compgen -G '/usr/lib/postgresql/*/bin' || compgen -G '/usr/pgsql-*/bin' || compgen -G '/opt/homebrew/opt/postgresql@*/bin' || dirname "$(command -v postgres)")
    programs=$(tail -n 1 <<<"$programs")
    mkdir "$work/postgres"
    if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
        chmod 711 "$work"
        chown postgres "$work/postgres"
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    fi
    "${as[@]}" "$programs/initdb" --no-sync --pgdata="$work/postgres/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C >"$work/postgres.log" 2>&1 || fail "PostgreSQL cannot be set up: $(cat "$work/postgres.log")"
    "${as[@]}" "$programs/postgres" -D "$work/postgres/data" -k "$work/postgres" -c listen_addresses= -c fsync=off >>"$work/postgres.log" 2>&1 &
    started+=($!)
    for tries in {1..200}; do
        "$programs/pg_isready" --quiet --host="$work/postgres" && break
        sleep 0.05
    done
    postgres="postgres://postgres@/postgres?host=$work/postgres"
}

# start_broker [DATABASE]: builds the programs, and starts a broker on an empty
# database: an SQLite file unless one is named.
start_broker() {
    local port
    [ -x "$work/bin/broker" ] || go build -o "$work/bin/" ./cmd/...
    port=$(free_port)
    export PACT_BROKER_BASE_URL="http://127.0.0.1:$port"
    env -u PACT_BROKER_BASE_URL PACT_BROKER_PORT="$port" PACT_BROKER_DATABASE_URL="${1:-sqlite://$work/broker.db}" PACT_BROKER_SEED_EXAMPLE_DATA=false \
        "$work/bin/broker" serve >"$work/broker.log" 2>&1 &
    started+=($!)
    until_answered "$PACT_BROKER_BASE_URL/diagnostic/status/heartbeat"
}

# run COMMAND…: shows the command, runs it, and shows what it said if it failed.
run() {
    tell "\$ $*"
    "$@" >"$work/said" 2>&1 || { cat "$work/said"; fail "this was to succeed: $*"; }
}

# consumer_test COMMAND…: as run, for the tests of a consumer. On a busy machine the
# native library's mock server at times denies a request that it has answered
# (https://github.com/pact-foundation/pact-reference/issues/535): that failure
# alone is tried again, four times at most.
consumer_test() {
    local try
    tell "\$ $*"
    for try in 1 2 3 4 5; do
        "$@" >"$work/said" 2>&1 && return
        grep -qE '[Ee]xpected.* not received|Type:missing-request' "$work/said" || break
        tell "try $try: the mock server denies a request"
    done
    cat "$work/said"
    fail "this was to succeed: $*"
}

# ask yes|no REASON ARGUMENTS…: asks can-i-deploy through our program, the native
# and the Ruby command line. Each must exit as expected; ours must give the reason.
ask() {
    local wanted=$1 reason=$2 client code
    shift 2
    for client in "can-i-deploy" "pact broker can-i-deploy" "pact-broker can-i-deploy"; do
        code=0
        $client "$@" >"$work/said" 2>&1 || code=$?
        case "$wanted/$code" in
        yes/0 | no/1) ;;
        *) cat "$work/said"; fail "$client $* exits with $code; the answer was to be $wanted" ;;
        esac
        grep -qE "$reason" "$work/said" || { cat "$work/said"; fail "$client does not say '$reason'"; }
        if [ "$client" = can-i-deploy ]; then
            tell "\$ can-i-deploy $*"
            sed 's/^/      /' "$work/said"
        else
            tell "\$ $client …: $wanted"
        fi
    done
}

# answer PATH: what the broker answers to a GET, without white space outside of names.
answer() {
    curl --silent --fail --globoff --header 'Accept: application/hal+json' ${PACT_BROKER_TOKEN:+--header "Authorization: Bearer $PACT_BROKER_TOKEN"} "$PACT_BROKER_BASE_URL$1" | sed 's/": /":/g' | tr -d '\n'
}

# landed CONSUMER/VERSION PROVIDER/VERSION true|false: checks that the result was recorded.
landed() {
    local row="q[][pacticipant]=${1%%/*}&q[][version]=${1#*/}&q[][pacticipant]=${2%%/*}&q[][version]=${2#*/}&latestby=cvpv"
    answer "/matrix?$row" | grep -q "\"success\":$3" || fail "the broker has no result '$3' of $2 for $1: $(answer "/matrix?$row")"
    tell "the broker has it: $1 with $2 $([ "$3" = true ] && echo works || echo fails)"
}

# version_has PACTICIPANT VERSION WORD…: checks that the version shows each word, such as its branch or tag.
version_has() {
    local shown word
    shown=$(answer "/pacticipants/$1/versions/$2") || fail "the broker does not know $1 $2"
    for word in "${@:3}"; do
        grep -qF "\"$word\"" <<<"$shown" || fail "$1 $2 does not show '$word': $shown"
    done
}
