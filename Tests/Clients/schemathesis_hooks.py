"""Hooks and additional checks for schemathesis."""

import os
import uuid

import schemathesis

# The errors of rules between fields, or between a request and the stored state. The schema must rule out all others.
BEYOND_SCHEMAS = {"invalid_value", "unknown_component", "unknown_group", "too_many_updates", "in_use"}

# The same for subscribers: the channel decides which address a subscriber must have.
BEYOND_SUBSCRIBER_SCHEMAS = {"is_required", "invalid_format", "address_not_allowed"}

sent_keys = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Changes requests that would make the rest of the run meaningless."""
    spare_own_key(case)
    vary_idempotency_key(case)
    name_annotations(case)


def spare_own_key(case):
    """Protects the run's own API key. Without it, all later requests would get 401."""
    if (case.path_parameters or {}).get("id") == os.environ["ALLCLEAR_TEST_KEY_ID"]:
        case.path_parameters["id"] = "nobody"


def vary_idempotency_key(case):
    """Makes sure that no idempotency key is sent twice.

    A repeated key gets 201, whatever the rest of the body contains. Such a request would test nothing.
    """
    key = case.body.get("idempotency_key") if isinstance(case.body, dict) else None
    # Leaves invalid keys unchanged, because the server must reject them.
    if not isinstance(key, str) or not key.strip() or len(key) > 255 or "\0" in key:
        return
    if key in sent_keys:
        case.body["idempotency_key"] = uuid.uuid4().hex
    sent_keys.add(key)


def name_annotations(case):
    """Replaces keys of annotations that are empty or too long. A schema cannot limit the length of names."""
    annotations = case.body.get("annotations") if isinstance(case.body, dict) else None
    if isinstance(annotations, dict):
        case.body["annotations"] = {
            name if 1 <= len(name) <= 200 else f"name {index}": value
            for index, (name, value) in enumerate(annotations.items())}


@schemathesis.check
def no_rate_limit_is_reached(ctx, response, case):
    """Fails on 429, because schemathesis then checks nothing else. The server must run without rate limits."""
    assert response.status_code != 429, "lift the rate limits in the configuration of this server"


@schemathesis.check
def valid_data_breaks_no_rule_of_the_schema(ctx, response, case):
    """A request that matches the document may get 422 only for rules that a schema cannot express."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for error in response.json()["errors"]:
        # Status and components need a message, because they belong to an update. A schema cannot express this rule.
        if case.operation.definition.raw["operationId"] == "updateStatusPageIncident" and is_on(error, "/message"):
            continue
        is_address = is_on(error, "/url") or is_on(error, "/email")
        if is_address and "subscribers" in case.operation.path and error["code"] in BEYOND_SUBSCRIBER_SCHEMAS:
            continue
        assert error["code"] in BEYOND_SCHEMAS, f"{error['code']}: {error['message']}"


def is_on(error, pointer):
    return error.get("source", {}).get("pointer") == pointer
