"""From scenario and endpoint to the request that the script sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchwright.loadtests import bodies
from benchwright.loadtests.addresses import (
    write_base_url,
    write_path,
    write_plain_path,
    write_query,
)
from benchwright.loadtests.checks import BodyCheck, JsonCheck, write_checks
from benchwright.loadtests.endpoints import Endpoint, FieldEncodings
from benchwright.loadtests.headers import put_header, write_cookies, write_headers
from benchwright.loadtests.parts import Encoding, Files, Part, Unfillable
from benchwright.loadtests.plan import Plan, SetupRequest
from benchwright.loadtests.scenarios import BaseScenario, RequestBody
from benchwright.loadtests.values import Source
from benchwright.loadtests.writing import PartWriter, compact

Request = dict[str, Any]


class RequestWriter(PartWriter):
    """Writes the requests of one plan."""

    def __init__(self, plan: Plan, files: Files) -> None:
        super().__init__(files)
        self._plan = plan

    def write_scenario(self, index: int, scenario: BaseScenario, endpoint: Endpoint) -> Request:
        """The request of one scenario."""
        field = f"scenarios.{index}"
        base = write_base_url(self, self._plan, endpoint)
        body, media_type = self._body(field, scenario, endpoint)
        checks = [*self._plan.checks, *scenario.checks]
        think = scenario.think_time_s or self._plan.think_time_s
        return {
            "name": scenario.name,
            "label": endpoint.label,
            "method": endpoint.method,
            "url": compact(
                [
                    base,
                    *write_path(self, field, scenario, endpoint),
                    *write_query(self, field, scenario, endpoint),
                ]
            ),
            "headers": write_headers(self, field, self._plan, scenario, endpoint, media_type),
            "cookies": write_cookies(self, field, scenario, endpoint),
            "body": body,
            "readBody": any(isinstance(check, BodyCheck | JsonCheck) for check in checks),
            "checks": write_checks(checks),
            "thinkTime": [_short(think.min_s), _short(think.max_s)],
        }

    def write_setup(self, setup: SetupRequest) -> Request:
        """The set-up request and where its answer holds the token."""
        if setup.url is not None:
            url: list[Part] = [setup.url]
        else:
            path = setup.path or "/"
            base = write_base_url(self, self._plan, Endpoint(setup.method, path))
            url = [base, write_plain_path(path)]
        media_type = body = None
        if setup.body is not None:
            body = self._write_body("setup", setup.body, setup.values, "setup.values")
            media_type = bodies.content_type(setup.body.media_type)
        headers: dict[str, Any] = {"Content-Type": media_type} if media_type else {}
        for name, source in setup.headers.items():
            put_header(self, headers, f"setup.headers.{name}", name, source)
        return {
            "method": setup.method,
            "url": compact(url),
            "headers": headers,
            "body": body,
            "pointer": setup.token_pointer,
        }

    def _body(
        self, field: str, scenario: BaseScenario, endpoint: Endpoint
    ) -> tuple[Any, str | None]:
        values = scenario.values.body
        where = f"{field}.values.body"
        if scenario.body is not None:
            body = self._write_body(
                field, scenario.body, values, where, _encoding_of(endpoint, scenario.body)
            )
            return body, bodies.content_type(scenario.body.media_type)
        written = None
        filler = _Filler(self, values, where)
        if endpoint.body is not None:
            try:
                written = bodies.write_example(endpoint.body, values.keys(), filler.fill)
            except Unfillable as problem:
                self.fail(f"{field}.body", f"The document's example cannot be sent: {problem}")
        filler.refuse_unused()
        if written is None:
            return None, None
        return compact(written[0]), bodies.content_type(written[1])

    def _write_body(
        self,
        field: str,
        body: RequestBody,
        values: Mapping[str, Source],
        values_field: str,
        encoding: FieldEncodings | None = None,
    ) -> str | list[Part] | None:
        filler = _Filler(self, values, values_field)
        try:
            parts = bodies.write_body(body, filler.fill, encoding or {})
        except Unfillable as problem:
            self.fail(f"{field}.body.content", str(problem))
            return None
        filler.refuse_unused()
        return compact(parts)


class _Filler:
    """Fills the places of one body and remembers which values were used."""

    def __init__(self, writer: PartWriter, values: Mapping[str, Source], field: str) -> None:
        self._writer = writer
        self._values = values
        self._field = field
        self._used: set[str] = set()

    def fill(self, name: str, encoding: Encoding) -> Part:
        self._used.add(name)
        field = f"{self._field}.{name}"
        source = self._values.get(name)
        if source is None:
            message = (
                f"There is no value for {{{{{name[:100]}}}}}; "
                "give one, or set `template` to false to send it as it is"
            )
            self._writer.fail(field, message)
            return ""
        return self._writer.part(field, source, f"body.{name}", encoding)

    def refuse_unused(self) -> None:
        for name in self._values.keys() - self._used:
            self._writer.fail(f"{self._field}.{name}", f"The body has no {{{{{name[:100]}}}}}")


def _short(number: float) -> float:
    return int(number) if number.is_integer() else number


def _encoding_of(endpoint: Endpoint, body: RequestBody) -> FieldEncodings:
    """How the document writes the fields of a body of this kind."""
    documented = endpoint.body
    if documented is None or not bodies.is_same_kind(documented.media_type, body.media_type):
        return {}
    return documented.encoding
