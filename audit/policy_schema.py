"""The JSON Schemas of both policy files, for editors and for other tools."""

import json
from collections.abc import Callable, Mapping

from pydantic import BaseModel

from audit.access_rights import AccessRights
from audit.policy_document import PolicyDocument


def _schema(model: type[BaseModel], name: str) -> str:
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gamsa:{name}:v1",
        **model.model_json_schema(),
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


SCHEMAS: Mapping[str, Callable[[], str]] = {
    "policy": lambda: _schema(PolicyDocument, "policy"),
    "access-rights": lambda: _schema(AccessRights, "access-rights"),
}
