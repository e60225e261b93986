"""What schemathesis does and checks beyond its own."""

import os
import uuid

import schemathesis

# Faults of rules between fields or with what is stored. All others the schema must rule out.
BEYOND_SCHEMAS = {"invalid_value", "unknown_component", "too_many_updates", "in_use"}

sent_keys = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps what is sent from making the rest of the run meaningless."""
    spare_own_key(case)
    vary_idempotency_key(case)


def spare_own_key(case):
    """Leaves alone the key that all of this is sent with: deleted or rotated, it would let nobody in."""
    if (case.path_parameters or {}).get("id") == os.environ["ALLCLEAR_TEST_KEY_ID"]:
        case.path_parameters["id"] = "nobody"


def vary_idempotency_key(case):
    """Sends no idempotency key twice.

    A repeated one is answered with 201 whatever the rest of the body says, so that nothing would be learnt of that rest.
    """
    key = case.body.get("idempotency_key") if isinstance(case.body, dict) else None
    # One that is not sound is there to be refused.
    if not isinstance(key, str) or not key.strip() or len(key) > 255 or "\0" in key:
        return
    if key in sent_keys:
        case.body["idempotency_key"] = uuid.uuid4().hex
    sent_keys.add(key)


@schemathesis.check
def no_rate_limit_is_reached(ctx, response, case):
    """Behind a 429 nothing else is checked; the server under test must be run without limits."""
    assert response.status_code != 429, "lift the rate limits in the configuration of this server"


@schemathesis.check
def valid_data_breaks_no_rule_of_the_schema(ctx, response, case):
    """What the document calls valid may only be refused for what a schema cannot say."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for error in response.json()["errors"]:
        # A status or components without a message: only an update has those.
        if case.operation.definition.raw["operationId"] == "updateStatusPageIncident" and is_on(error, "/message"):
            continue
        assert error["code"] in BEYOND_SCHEMAS, f"{error['code']}: {error['message']}"


def is_on(error, pointer):
    return error.get("source", {}).get("pointer") == pointer
