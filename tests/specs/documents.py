"""OpenAPI documents for tests."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def shop(**changes: Any) -> Json:
    """A small, faultless API in OpenAPI 3.0; `changes` replace parts of its top."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1.2", "description": "Sells."},
        "servers": [{"url": "https://shop.test/v1/"}],
        "tags": [
            {"name": "orders", "description": "What was bought"},
            {"name": "unused"},
            {"name": "items", "description": "What can be bought"},
        ],
        "paths": {
            "/items/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "lang", "in": "query", "schema": {"enum": ["de", "en"]}},
                ],
                "get": {
                    "operationId": "getItem",
                    "summary": "One item",
                    "tags": ["items"],
                    "responses": {"200": {"description": "ok"}, "4XX": {"description": "no"}},
                },
                "put": {
                    "tags": ["items"],
                    "deprecated": True,
                    "parameters": [{"name": "lang", "in": "query", "required": True, "schema": {"const": "en"}}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/xml": {},
                            "application/json": {"schema": {"$ref": "#/components/schemas/Item"}},
                        },
                    },
                    "responses": {"204": {"description": "done"}},
                },
            },
            "/health": {"get": {"responses": {"default": {"description": "?"}}}},
        },
        "components": {
            "schemas": {
                "Item": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "id": {"type": "integer", "readOnly": True},
                        "name": {"type": "string", "example": "Pen"},
                        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
                    },
                }
            }
        },
        **changes,
    }  # fmt: skip


def with_operation(operation: Any, path: str = "/x", method: str = "post", **changes: Any) -> Json:
    """An API of one operation."""
    return shop(paths={path: {method: operation}}, tags=[], **changes)


def large(operations: int = 5000, schemas: int = 3000) -> Json:
    """An API of about 20 MB in YAML at its default size."""
    texts = ["string", "integer", "number", "boolean"]
    definitions = {
        f"S{i}": {
            "type": "object",
            "required": ["field_0", "field_1"],
            "properties": {
                **{
                    f"field_{j}": {
                        "type": texts[j % 4],
                        "description": f"The field number {j} of the object {i}, with its meaning.",
                    }
                    for j in range(24)
                },
                "parent": {"$ref": f"#/components/schemas/S{(i * 7) % schemas}"},
                "items": {
                    "type": "array",
                    "items": {"$ref": f"#/components/schemas/S{(i + 1) % schemas}"},
                },
            },
        }
        for i in range(schemas)
    }
    paths: Json = {}
    for number in range(operations):
        method = ("get", "post", "put", "delete")[number % 4]
        operation: Json = {
            "operationId": f"op{number}",
            "summary": f"Operation {number}",
            "description": "Says at length what it does, and to whom. " * 6,
            "tags": [f"t{number % 50}"],
            "parameters": [
                {
                    "name": f"q{j}",
                    "in": "query",
                    "description": "One of the parameters that filter",
                    "schema": {"type": "string", "minLength": 3, "maxLength": 20},
                }
                for j in range(6)
            ],
            "responses": {
                "200": {
                    "description": "ok",
                    "content": {
                        "application/json": {
                            "schema": {"$ref": f"#/components/schemas/S{number % schemas}"}
                        }
                    },
                },
                "404": {"description": "not found"},
            },
        }
        if method in ("post", "put"):
            schema = {"$ref": f"#/components/schemas/S{(number * 3) % schemas}"}
            operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        item = paths.setdefault(
            f"/things{number // 4}/{{id}}",
            {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ]
            },
        )
        item[method] = operation
    return {
        "openapi": "3.0.3",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://large.test/v1"}],
        "paths": paths,
        "components": {"schemas": definitions},
    }


def write(document: Json) -> bytes:
    """The document as JSON."""
    return json.dumps(document).encode()
