"""The page on which users bring a k6 script of their own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, requires
from benchwright.access.secret_store import list_secrets
from benchwright.kit.errors import FieldError, Forbidden, Invalid, NotFound, Problem, TooLarge
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep
from benchwright.loadtests import own_scripts
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.own_scripts import MAX_FILES, MAX_FILES_BYTES, MAX_SCRIPT_BYTES
from benchwright.loadtests.pages import errors_of, find_load_test, render_page
from benchwright.projects import service as projects
from benchwright.web.rendering import redirect

router = APIRouter(prefix="/p/{slug}/load-tests", include_in_schema=False)

MayRead = Annotated[Principal, Depends(requires(Scope.READ))]
MayAdminister = Annotated[Principal, Depends(requires(Scope.ADMIN))]

Language = Literal["javascript", "typescript"]


@dataclass(frozen=True)
class ScriptForm:
    """What was typed and chosen, to be shown again when it is refused."""

    name: str = ""
    language: Language = "javascript"
    script: bytes = b""
    environment: str = ""
    secrets: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    """Names of files that are there already and stay."""

    @property
    def text(self) -> str:
        """The script for the editor."""
        return self.script.decode("utf-8", "replace")


@router.get("/own-script")
def show_new(request: Request, lab: LabDep, principal: MayRead, slug: str) -> HTMLResponse:
    """The form; for who may not bring a script, what to do about it."""
    return _show(request, lab, principal, slug, ScriptForm())


@router.post("/own-script")
async def bring(request: Request, lab: LabDep, principal: MayAdminister, slug: str) -> Response:
    """Keeps the script if k6 accepts it, and leads to its load test."""
    own_scripts.check_allowed(lab.settings, principal)
    return await in_thread(_bring, request, lab, principal, slug, await _sent(request))


@router.get("/{test_id}/own-script")
def show_replacing(
    request: Request, lab: LabDep, principal: MayRead, slug: str, test_id: uuid.UUID
) -> HTMLResponse:
    """The script as it is, to be changed."""
    return _show(request, lab, principal, slug, _form_of(lab, _find(lab, slug, test_id)), test_id)


@router.post("/{test_id}/own-script")
async def replace_script(
    request: Request, lab: LabDep, principal: MayAdminister, slug: str, test_id: uuid.UUID
) -> Response:
    """Puts the script in the place of the one that is there, if k6 accepts it."""
    own_scripts.check_allowed(lab.settings, principal)
    return await in_thread(_bring, request, lab, principal, slug, await _sent(request), test_id)


async def _sent(request: Request) -> ScriptForm:
    async with request.form(
        max_files=MAX_FILES + 2, max_fields=1000, max_part_size=MAX_SCRIPT_BYTES
    ) as sent:
        return await _read(sent)


def _bring(
    request: Request,
    lab: Lab,
    principal: Principal,
    slug: str,
    form: ScriptForm,
    test_id: uuid.UUID | None = None,
) -> Response:
    file_name = "script.ts" if form.language == "typescript" else "script.js"
    known = _find(lab, slug, test_id) if test_id else None
    try:
        wish = own_scripts.parse_own({
            "name": form.name,
            "description": known.description if known else "",
            "environment": _variables(form.environment),
            "secrets": list(form.secrets),
        })  # fmt: skip
        kept = own_scripts.kept_files(lab, known) if known else {}
        files = {n: content for n, content in kept.items() if n in form.kept} | form.files
        read = own_scripts.read_script(lab, form.script, file_name, files)
        # k6 was asked before: no transaction waits for another program.
        with lab.database.write() as session:
            if test_id is None:
                made = own_scripts.create_own(session, slug, wish, read).public_id
            else:
                load_test = find_load_test(session, slug, test_id)[1]
                made = own_scripts.replace_own(load_test, wish, read).public_id
    except Problem as problem:
        return _show(request, lab, principal, slug, form, test_id, problem)
    return redirect(request, f"/p/{slug}/load-tests/{made}")


def _find(lab: Lab, slug: str, test_id: uuid.UUID) -> LoadTest:
    with lab.database.read() as session:
        load_test = find_load_test(session, slug, test_id)[1]
    if not load_test.is_own_script:
        raise NotFound("This load test is a plan, not a script of one's own.")
    return load_test


def _form_of(lab: Lab, load_test: LoadTest) -> ScriptForm:
    details = load_test.script_details
    return ScriptForm(
        name=load_test.name,
        language="typescript" if details["script_name"].endswith(".ts") else "javascript",
        script=own_scripts.kept_script(lab, load_test),
        environment="\n".join(f"{n}={text}" for n, text in details["environment"].items()),
        secrets=tuple(details["secrets"]),
        kept=tuple(sorted(details["files"])),
    )


def _show(
    request: Request,
    lab: Lab,
    principal: Principal,
    slug: str,
    form: ScriptForm,
    test_id: uuid.UUID | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        load_test = find_load_test(session, slug, test_id)[1] if test_id else None
        stored = [secret.name for secret in list_secrets(session, project.id)]
    context = {
        "project": project,
        "form": form,
        "load_test": load_test,
        "stored_secrets": [*stored, *(name for name in form.secrets if name not in stored)],
        "refusal": _refusal(lab, principal),
        "problem": problem,
        "errors": _by_field(errors_of(problem)),
    }
    return render_page(request, "loadtests/own_script.html", context, project, problem)


def _refusal(lab: Lab, principal: Principal) -> str:
    try:
        own_scripts.check_allowed(lab.settings, principal)
    except Forbidden as problem:
        return problem.detail
    return ""


async def _read(sent: FormData) -> ScriptForm:
    form = ScriptForm(
        name=_text(sent, "name").strip(),
        language="typescript" if _text(sent, "language") == "typescript" else "javascript",
        # Forms send the line ends of another age.
        script=_text(sent, "script").replace("\r\n", "\n").encode("utf-8", "replace"),
        environment=_text(sent, "environment"),
        secrets=_texts(sent, "secrets"),
        kept=_texts(sent, "kept"),
        files={
            file.filename: await _content(file, MAX_FILES_BYTES)
            for file in sent.getlist("files")
            if isinstance(file, UploadFile) and file.filename
        },
    )
    file = sent.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return form
    is_typescript = file.filename.lower().endswith(".ts")
    return replace(
        form,
        script=await _content(file, MAX_SCRIPT_BYTES),
        language="typescript" if is_typescript else "javascript",
        name=form.name or file.filename.rpartition(".")[0],
    )


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(sent: FormData, name: str) -> tuple[str, ...]:
    return tuple(value for value in sent.getlist(name) if isinstance(value, str))


async def _content(file: UploadFile, max_bytes: int) -> bytes:
    content = await file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise TooLarge(f"{(file.filename or 'The file')[:100]} is larger than allowed.")
    return content


def _variables(text: str) -> dict[str, str]:
    """`NAME=value` a line; what begins with # is a comment."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, sign, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not sign:
            message = f"Line {number}: write NAME=value"
        elif name.rstrip() in found:
            message = f"Line {number}: {name.rstrip()} stands here twice"
        else:
            found[name.rstrip()] = value.lstrip()
            continue
        raise Invalid("The script was not kept.", [{"field": "environment", "message": message}])
    return found


def _by_field(errors: Sequence[FieldError]) -> Mapping[str, str]:
    """The messages by the field that they stand at; `environment.A` belongs to `environment`."""
    found: dict[str, str] = {}
    for error in errors:
        name, _, part = error["field"].partition(".")
        message = (
            f"{part}: {error['message']}" if name == "environment" and part else error["message"]
        )
        found[name] = f"{found[name]}\n{message}" if name in found else message
    return found
