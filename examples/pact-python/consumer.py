"""A consumer's test: writes what orders-report needs of orders-api into PACT_DIR."""

import os
from urllib.request import urlopen

from pact import Pact

pact = Pact("orders-mail", "orders-api").with_specification("V4")
(
    pact.upon_receiving("a request for a paid order")
    .given("order 42 is paid")
    .with_request("GET", "/orders/42")
    .will_respond_with(200)
    .with_body('{"id": 42, "status": "paid"}', "application/json")
)
with pact.serve() as server, urlopen(f"{server.url}/orders/42") as answer:
    assert answer.status == 200, answer.status
pact.write_file(os.environ["PACT_DIR"])
