"""Finds out who sends a request, and turns away who may not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import quote

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from benchwright.access import browser_session, run_tokens, service
from benchwright.access.credentials import credential, query_credential
from benchwright.access.hosts import HostRules
from benchwright.access.models import ApiToken
from benchwright.access.origins import OriginRules
from benchwright.access.principal import GUEST, LOCAL, STATE_KEY, Principal
from benchwright.kit.db import Database
from benchwright.kit.errors import Unauthorised
from benchwright.kit.requests import prefers_html, route_path, state_of
from benchwright.kit.secrets import Keyring
from benchwright.kit.threads import in_thread
from benchwright.settings import ServerSettings

logger = logging.getLogger("benchwright.access")

SIGN_IN_PATH = "/sign-in"
PUBLIC_PATHS = frozenset(
    {SIGN_IN_PATH, "/sign-out", "/health", "/ping", "/favicon.ico", "/robots.txt"}
)
QUERY_CREDENTIAL_PATHS = frozenset({"/write", "/query"})
"""Where senders made for InfluxDB 1.x may show their token in the address."""
PUBLIC_PREFIX = "/static/"


IsOpenToGuests = Callable[[Scope], bool]
"""Whether the settings let clients without a token in at the address of a request."""


def is_public(path: str) -> bool:
    """Whether an address answers everybody."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX)


class AccessMiddleware:
    """Checks Host, credentials and Origin; `request.state.principal` is the sender.

    Raises problems, which a boundary further out answers. What a sender may do is for the routes
    to say (`scopes.requires`); here an unknown one gets no further than the public addresses.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        server: ServerSettings,
        database: Database,
        keyring: Keyring,
        is_open_to_guests: IsOpenToGuests,
    ) -> None:
        self.app = app
        self.is_open_to_guests = is_open_to_guests
        self.database = database
        self.keyring = keyring
        self.hosts = HostRules.from_settings(server)
        self.origins = OriginRules.from_settings(server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        local = self.hosts.is_local(self.hosts.check(headers), headers)
        text = credential(headers)
        if text is None and route_path(scope) in QUERY_CREDENTIAL_PATHS:
            text = query_credential(scope.get("query_string", b""))
        principal: Principal | None
        if text is not None:
            principal = await self._by_token(text)
        else:
            self.origins.check(scope["method"], headers, local=local)
            principal = LOCAL if local else await self._by_cookie(scope, headers)
            if principal is None and self.is_open_to_guests(scope):
                principal = GUEST
        if principal is None and not is_public(route_path(scope)):
            if scope["method"] == "GET" and prefers_html(scope):
                await _to_sign_in(scope)(scope, receive, send)
                return
            raise Unauthorised(
                "Send `Authorization: Bearer bw_pat_…`; `benchwright token create` makes a token. "
                "A browser signs in at /sign-in."
            )
        state_of(scope)[STATE_KEY] = principal
        await self.app(scope, receive, send)

    async def _by_token(self, text: str) -> Principal:
        if text.startswith(run_tokens.PREFIX):
            # Which run it belongs to is in the path, so the routes of runs check it.
            return Principal(key="run", scopes=frozenset(), run_token=text)
        token = await in_thread(self._find_token, text)
        if token is None:
            raise Unauthorised("This token is not known here, has expired or was revoked.")
        return service.principal_for(token)

    async def _by_cookie(self, scope: Scope, headers: Headers) -> Principal | None:
        secure = scope["scheme"] == "https"
        value = browser_session.read_cookie(headers.get("cookie", ""), secure=secure)
        if value is None:
            return None
        token = await in_thread(self._find_session_token, value)
        return None if token is None else service.principal_for(token)

    def _find_token(self, text: str) -> ApiToken | None:
        with self.database.read() as session:
            token = service.find_valid_token(session, self.keyring, text)
        if token is not None:
            self._note_use(token, text)
        return token

    def _find_session_token(self, cookie: str) -> ApiToken | None:
        with self.database.read() as session:
            token = service.find_session_token(session, self.keyring, cookie)
        if token is not None:
            self._note_use(token, None)
        return token

    def _note_use(self, token: ApiToken, text: str | None) -> None:
        if not service.use_is_due(token, self.keyring, text):
            return
        try:
            with self.database.write() as session:
                service.note_use(session, self.keyring, token.id, text)
        except (OperationalError, PoolTimeout):
            # A full disk or a busy database must not keep anybody from reading.
            logger.warning("the use of token %s could not be noted", token.public_id)


def _to_sign_in(scope: Scope) -> RedirectResponse:
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = route_path(scope) + (f"?{query}" if query else "")
    root = scope.get("root_path", "").rstrip("/")
    return RedirectResponse(
        f"{root}{SIGN_IN_PATH}?next={quote(wanted, safe='/')}",
        status_code=303,
        headers={"Cache-Control": "no-store"},
    )
