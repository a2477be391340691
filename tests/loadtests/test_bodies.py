from __future__ import annotations

import json
from typing import Any

import pytest

from benchwright.loadtests import bodies
from benchwright.loadtests.endpoints import EndpointBody
from benchwright.loadtests.parts import Encoding, Part, Unfillable, joined
from benchwright.loadtests.scenarios import RequestBody


def fill(name: str, encoding: Encoding) -> Part:
    return {"name": name, "encode": encoding}


def parts_of(content: Any, media_type: str = "application/json", **options: Any) -> list[Part]:
    body = RequestBody(media_type=media_type, content=content, **options)
    return joined(bodies.write_body(body, fill, {}))


def test_json_keeps_numbers_as_they_are() -> None:
    assert parts_of({"id": 12345678901234567890, "x": 1.0, "n": None}) == [
        '{"id":12345678901234567890,"x":1.0,"n":null}'
    ]


def test_json_placeholders() -> None:
    assert parts_of({"a": "{{x}}", "b": ['say "{{ x y }}"!'], "{{k}}": True}) == [
        '{"a":',
        {"name": "x", "encode": "json"},
        ',"b":["say \\"',
        {"name": "x y", "encode": "json_text"},
        '\\"!"],"',
        {"name": "k", "encode": "json_text"},
        '":true}',
    ]
    assert parts_of({"a": "{{x}}"}, template=False) == ['{"a":"{{x}}"}']
    assert parts_of({"a": "{{}} {{{x"}) == ['{"a":"{{}} {{{x"}']


def test_forms() -> None:
    form = "application/x-www-form-urlencoded"
    assert parts_of({"a b": "1&2", "c": ["x", "{{y}}"], "d": None, "e": True}, form) == [
        "a%20b=1%262&c=x&c=",
        {"name": "y", "encode": "uri"},
        "&e=true",
    ]
    assert parts_of({"a": "{{x}}"}, form, template=False) == ["a=%7B%7Bx%7D%7D"]
    with pytest.raises(Unfillable, match="needs an object"):
        parts_of([1], form)


def test_multipart() -> None:
    multipart = "multipart/form-data"
    (text,) = parts_of(
        {'a"\r\n': "x", "f": {"file_name": "b.txt", "content": "hi", "media_type": "text/css"}},
        multipart,
    )
    edge = f"--{bodies.BOUNDARY}"
    assert text == (
        f'{edge}\r\nContent-Disposition: form-data; name="a%22%0D%0A"\r\n\r\nx\r\n'
        f'{edge}\r\nContent-Disposition: form-data; name="f"; filename="b.txt"\r\n'
        f"Content-Type: text/css\r\n\r\nhi\r\n{edge}--\r\n"
    )
    assert bodies.content_type(multipart) == f"multipart/form-data; boundary={bodies.BOUNDARY}"
    with pytest.raises(Unfillable, match="file_name"):
        parts_of({"f": {"file_name": "b", "kind": 1}}, multipart)


def test_text() -> None:
    assert parts_of("<a>{{x}}</a>", "application/xml") == [
        "<a>",
        {"name": "x", "encode": "none"},
        "</a>",
    ]


@pytest.mark.parametrize(
    "media_type, sent",
    [
        ("*/*", "application/json"),
        ("text/plain", "text/plain"),
        ("text/*", "text/plain"),
        ("image/*", "application/octet-stream"),
        ("", "application/json"),
    ],
)
def test_example_of_the_document(media_type: str, sent: str) -> None:
    written = bodies.write_example(EndpointBody(media_type, {"a": "{{b}}"}), [], fill)
    assert written is not None
    assert written[1] == sent
    assert json.loads("".join(map(str, written[0]))) == {"a": "{{b}}"}


def test_values_replace_properties_of_the_example() -> None:
    documented = EndpointBody("application/json", {"a": "{{x}}", "b": 1})
    written = bodies.write_example(documented, ["b", "c"], fill)
    assert written is not None
    assert joined(written[0]) == [
        '{"a":"{{x}}","b":',
        {"name": "b", "encode": "json"},
        ',"c":',
        {"name": "c", "encode": "json"},
        "}",
    ]
    assert bodies.write_example(EndpointBody("application/json"), [], fill) is None
