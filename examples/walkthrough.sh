#!/usr/bin/env bash
# Runs the walk-through of README.md word for word, against a broker just built.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

ORDERS_PORT=$(free_port)
export ORDERS_PORT
# The README's "any program that answers GET /orders with []".
orders_service() {
    exec node -e '
        require("http").createServer((request, answer) => {
            answer.setHeader("Content-Type", "application/json");
            answer.statusCode = request.url === "/orders" ? 200 : 404;
            answer.end("[]");
        }).listen(process.env.ORDERS_PORT, "127.0.0.1")'
}

chapter "The walk-through of README.md"
start_broker
awk '/^```sh walkthrough$/ {inside = 1; next} /^```$/ {inside = 0} inside' README.md >"$work/walkthrough"
[ "$(wc -l <"$work/walkthrough")" -ge 15 ] || fail "README.md has lost its walk-through"
orders_service &
started+=($!)
until_answered "http://127.0.0.1:$ORDERS_PORT/orders"
sed -i '/^orders_service &/d' "$work/walkthrough"
(cd "$work" && bash -euxo pipefail ./walkthrough)
landed web/1.4.0 orders/2.9.1 true
chapter "Done in $SECONDS s"
