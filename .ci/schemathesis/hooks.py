"""What Schemathesis must know beyond OpenAPI of openapi.yaml, and of the broker that it tries."""

import json
import os

import schemathesis
from hypothesis import strategies as st

METHODS = ("get", "put", "post", "patch", "delete")

with open(os.environ["ACCORD_KNOWN"], encoding="utf-8") as file:
    # The parameters of addresses at which the broker has something, by path.
    KNOWN = json.load(file)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Gives every operation the answers that any operation may give (x-common-responses)."""

    def resolved(response):
        name = response.get("$ref", "").removeprefix("#/components/responses/")
        return raw_schema["components"]["responses"][name] if name else response

    for path in raw_schema["paths"].values():
        for method, operation in path.items():
            if method not in METHODS:
                continue
            responses = operation["responses"]
            for status, common in raw_schema["x-common-responses"].items():
                responses[status] = either(resolved(responses[status]), resolved(common)) if status in responses else common


def either(own, common):
    """An answer that is described in two ways."""
    content = {**common.get("content", {}), **own.get("content", {})}
    for kind in content:
        schemas = [a["content"][kind]["schema"] for a in (own, common) if kind in a.get("content", {})]
        content[kind] = {"schema": {"anyOf": schemas}}
    return {"description": own["description"], "content": content}


@schemathesis.hook
def flatmap_path_parameters(context, path_parameters):
    """Asks, half of the time, for what is there. What is deleted is left to chance and to links."""
    known = KNOWN.get(context.operation.path)
    if not known or context.operation.method == "delete":
        return st.just(path_parameters)
    return st.one_of(st.just(path_parameters), st.sampled_from(known))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """The Pact Broker sends no type with 405 and 406 (docs/departures.md would have to name a difference)."""
    return not (type(failure).__name__ == "MissingContentType" and response.status_code in (405, 406))
