"""Verifies orders-api at the address in ORDERS against the contracts that the
broker names, and publishes the results under VERSION, BRANCH and TAGS."""

import os
from urllib.parse import urlsplit

from pact import Verifier

orders = os.environ["ORDERS"]
verifier = (
    Verifier("orders-api", host=urlsplit(orders).hostname)
    .add_transport(url=orders)
    .state_handler(f"{orders}/_state", body=True)
    .set_publish_options(
        os.environ["VERSION"],
        f"http://ci.example/{os.environ['VERSION']}",
        os.environ["BRANCH"],
        os.environ["TAGS"].split(","),
    )
    .set_error_on_empty_pact()
)
(
    verifier.broker_source(os.environ["PACT_BROKER_BASE_URL"], selector=True)
    .consumer_version(main_branch=True)
    .consumer_version(deployed_or_released=True)
    .provider_branch(os.environ["BRANCH"])
    .provider_tags(*os.environ["TAGS"].split(","))
    .include_pending()
    .include_wip_since("2024-01-01")
    .build()
)
verifier.verify()
