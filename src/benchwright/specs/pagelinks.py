"""Where a web page says that its OpenAPI documents are: Swagger UI, Redoc, Scalar and others."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import parse_qs, urljoin, urlsplit

from benchwright.specs.servers import origin_of

MOST_DOCUMENTS = 20
MOST_SCRIPTS = 4
MOST_LISTS = 10
GUESSES = (
    "openapi.json", "v3/api-docs", "swagger.json", "swagger/v1/swagger.json", "api-docs",
    "v2/api-docs", "api/openapi.json", "openapi.yaml", "api/swagger.json", "api-json",
)  # fmt: skip


@dataclass
class PageLinks:
    """What a page and its scripts name, best first.

    `groups` are lists of addresses that belong together; `configs` are addresses of further
    Swagger UI settings; `inline` holds whole documents that stand in a script.
    """

    inline: list[bytes] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)
    configs: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)


# Swagger UI's own page, as delivered, shows this example instead of the API.
_EXAMPLE_HOST = re.compile(r"(?:^|\.)swagger\.io$")
_SCRIPT_OF_INTEREST = re.compile(
    r"(?:swagger[-_]?(?:ui[-_]?)?(?:init|config|initializer)|index|main|scalar)[\w.-]{0,40}\.js$",
    re.IGNORECASE,
)
_QUOTED = r"""\s{0,20}(?:"([^"\n]{1,1000})"|'([^'\n]{1,1000})'|`([^`\n$]{1,1000})`)"""
_ATTRIBUTE = re.compile(
    rf"\b(?:data-url|data-spec-url|spec-url|apidescriptionurl|data-api-description-url)\s{{0,9}}="
    rf"{_QUOTED}",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<script\b([^>]{0,500})>", re.IGNORECASE)
_SRC = re.compile(rf"\bsrc\s{{0,9}}={_QUOTED}", re.IGNORECASE)
_HREF = re.compile(rf"\bhref\s{{0,9}}={_QUOTED}", re.IGNORECASE)
_URL = re.compile(rf"""(?<![\w$.])["']?(?:url|specUrl|spec_url)["']?\s{{0,20}}:{_QUOTED}""")
_URLS = re.compile(r"""(?<![\w$.])["']?urls["']?\s{0,20}:\s{0,20}\[""")
_CONFIG = re.compile(rf"""(?<![\w$.])["']?configUrl["']?\s{{0,20}}:{_QUOTED}""")
_CALL = re.compile(rf"\b(?:Redoc\.init|createApiReference)\({_QUOTED}")
_FETCH = re.compile(rf"\bfetch\({_QUOTED}")
_IS_DATA = re.compile(r"\.(?:json|ya?ml)(?:[?#]|$)", re.IGNORECASE)
_INLINE = re.compile(r"""["']?\b(?:swaggerDoc|spec)["']?\s{0,20}:\s{0,20}(?=\{)""")
_LINE_COMMENT = re.compile(r"(?m)^\s{0,200}//.*$")
_VIEWER = re.compile(r"swagger-?ui|redoc|createApiReference|scalar", re.IGNORECASE)
_NAMES_A_DOCUMENT = re.compile(
    r"(?:openapi|swagger|api-docs?)[^?#]*\.(?:json|ya?ml)$", re.IGNORECASE
)


def read_page(text: str, page_url: str) -> PageLinks:
    """What an HTML page names."""
    links = PageLinks()
    # Swagger UI can be told by its own address what to show.
    asked = parse_qs(urlsplit(page_url).query).get("url", [])[:1]
    single = [*asked, *_find(_ATTRIBUTE, text)]
    _read_settings(text, page_url, links, single)
    by_name = [url for url in _find(_HREF, text) if _NAMES_A_DOCUMENT.search(url)]
    links.groups += _rank([[url] for url in by_name], page_url)
    for source in _find(_SRC, " ".join(_SCRIPT.findall(text))):
        script = urljoin(page_url, source)
        if _SCRIPT_OF_INTEREST.search(urlsplit(script).path) and is_same_origin(script, page_url):
            links.scripts.append(script)
    links.scripts = links.scripts[:MOST_SCRIPTS]
    return links


def read_script(text: str, page_url: str) -> PageLinks:
    """What a script of a page names; relative addresses are relative to the page."""
    links = PageLinks()
    _read_settings(text, page_url, links, [])
    return links


def read_config(data: bytes, page_url: str) -> PageLinks:
    """What Swagger UI settings in JSON name; they are ignored when they cannot be read."""
    links = PageLinks()
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        return links
    if isinstance(config, dict):
        urls = config.get("urls")
        group = [
            entry["url"]
            for entry in (urls if isinstance(urls, list) else ())
            if isinstance(entry, dict) and isinstance(entry.get("url"), str)
        ]
        single = [[config["url"]]] if isinstance(config.get("url"), str) else []
        links.groups = _rank([group, *single], page_url)
    return links


def guess(page_url: str) -> list[str]:
    """Where documents usually are: below the page's folder, then below its origin."""
    folders = dict.fromkeys([urljoin(page_url, "."), origin_of(page_url) + "/"])
    return list(dict.fromkeys(folder + path for path in GUESSES for folder in folders))


def is_same_origin(one: str, other: str) -> bool:
    """Whether both addresses have the same scheme, host and port."""
    return origin_of(one) == origin_of(other)


def _read_settings(text: str, page_url: str, links: PageLinks, single: list[str]) -> None:
    text = _LINE_COMMENT.sub("", text)
    links.inline = _find_inline(text)
    lists, rest = _cut_lists(text)
    groups = [_find(_URL, urls) for urls in lists]
    fetched = [url for url in _find(_FETCH, rest) if _IS_DATA.search(url)]
    single = [*single, *_find_urls(rest, page_url), *_find(_CALL, rest), *fetched]
    links.configs = [urljoin(page_url, url) for url in _find(_CONFIG, rest)][:2]
    links.groups = _rank([*groups, *([url] for url in single)], page_url)


def _find_urls(text: str, page_url: str) -> list[str]:
    """What is called `url` in the text: on a page that shows no API, an example of anything."""
    found = _find(_URL, text)
    if _VIEWER.search(text):
        return found
    return [url for url in found if _IS_DATA.search(url) or _is_own(url, page_url)]


def _is_own(given: str, page_url: str) -> bool:
    url = _join(page_url, given)
    return url is not None and is_same_origin(url, page_url)


def _cut_lists(text: str) -> tuple[list[str], str]:
    """What stands in `urls: […]`, and the text without it."""
    lists, rest, position = [], [], 0
    for match in islice(_URLS.finditer(text), MOST_LISTS):
        end = text.find("]", match.end())
        if match.start() >= position and end >= 0:
            lists.append(text[match.end() : end])
            rest.append(text[position : match.start()])
            position = end
    return lists, "".join([*rest, text[position:]])


def _find(expression: re.Pattern[str], text: str) -> list[str]:
    found = (
        next(group for group in match.groups() if group) for match in expression.finditer(text)
    )
    return list(dict.fromkeys(html.unescape(url).replace("\\/", "/").strip() for url in found))


def _rank(groups: list[list[str]], page_url: str) -> list[list[str]]:
    """Absolute addresses, the page's own origin first, without Swagger UI's example."""
    ranked = []
    for group in groups:
        usable = [
            url
            for url in (_join(page_url, given) for given in group)
            if url is not None and not _is_example(url, page_url)
        ]
        if usable:
            ranked.append(list(dict.fromkeys(usable))[:MOST_DOCUMENTS])
    return sorted(ranked, key=lambda group: not is_same_origin(group[0], page_url))


def _join(page_url: str, given: str) -> str | None:
    try:
        url = urljoin(page_url, given)
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def _is_example(url: str, page_url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return bool(_EXAMPLE_HOST.search(host)) and not is_same_origin(url, page_url)


def _find_inline(text: str) -> list[bytes]:
    """Documents written into the script, as swagger-ui-express does."""
    found = []
    for match in islice(_INLINE.finditer(text), 5):
        try:
            value, end = json.JSONDecoder().raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and ("openapi" in value or "swagger" in value):
            found.append(text[match.end() : end].encode("utf-8", "replace"))
    return found
