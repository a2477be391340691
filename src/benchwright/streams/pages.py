"""The page that tells how other tools stream in, with the addresses of this server."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from benchwright.access.hosts import is_loopback_name
from benchwright.access.scopes import Scope, requires
from benchwright.lab import Lab, LabDep, ReadSessionDep
from benchwright.projects import service as projects
from benchwright.projects.service import DEFAULT_SLUG
from benchwright.web.rendering import render, root_path

router = APIRouter(prefix="/p/{slug}/stream-in", include_in_schema=False)

TOKEN = "bw_pat_…"  # noqa: S105 - stands for one


_BELOW_A_PATH = " k6 reaches no server below a path: give it an address of its own."


class Way(NamedTuple):
    """How one tool is set up; `note` says what is particular about it."""

    key: str
    name: str
    text: str
    note: str


class Place(NamedTuple):
    """Where senders reach the server, and whether they must show a token there."""

    scheme: str
    authority: str
    project: str
    needs_token: bool

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def named(self, name: str) -> str:
        """A database's name that leads into the project of the page."""
        return name if self.project == DEFAULT_SLUG else f"{self.project}/{name}"

    def parameter(self, sign: str) -> str:
        """The parameter that does the same."""
        return "" if self.project == DEFAULT_SLUG else f"{sign}project={self.project}"


@router.get("", dependencies=[Depends(requires(Scope.READ))])
def show_ways(request: Request, lab: LabDep, session: ReadSessionDep, slug: str) -> HTMLResponse:
    """Exact settings for each tool."""
    project = projects.get_project(session, slug)
    place = place_of(request, lab, project.slug)
    context = {
        "project": project,
        "ways": ways_in(place),
        "needs_token": place.needs_token,
        "silence_s": lab.settings.streams.silence_s,
    }
    return render(request, "streams/page.html", context, project=slug, here="runs")


def place_of(request: Request, lab: Lab, project: str) -> Place:
    """As the reader reached it, or as the settings say that others do."""
    server = lab.settings.server
    given = (server.public_url or "").rstrip("/")
    scheme, _, authority = given.partition("://")
    if not authority:
        scheme, authority = request.url.scheme, request.url.netloc + root_path(request)
    return Place(scheme, authority, project, not is_loopback_name(server.host))


def ways_in(place: Place) -> list[Way]:
    """The tools in the order in which they are met most often."""
    basic = f"me:{TOKEN}@" if place.needs_token else ""
    token, url = place.needs_token, place.url
    k6 = place.named("nightly")
    telegraf = f"""[[outputs.influxdb]]
  urls = ["{url}"]
  database = "{place.named("machines")}"
  skip_database_creation = true"""
    prometheus = f"""global:
  external_labels: {{run: nightly}}
remote_write:
  - url: {url}/api/v1/write{place.parameter("?")}"""
    header = f' -H "Authorization: Token {TOKEN}"' if token else ""
    password = f"&u=me&p={TOKEN}" if token else ""
    host, _, port = place.authority.partition("/")[0].partition(":")
    return [
        Way(
            "k6",
            "k6",
            f"k6 run --out influxdb={place.scheme}://{basic}{place.authority}/{k6} script.js",
            "Its requests, response times, checks and users are figures as those of a load test "
            "that runs here. “nightly” becomes the name of the run; --tag run=… names it instead."
            + (_BELOW_A_PATH if "/" in place.authority else ""),
        ),
        Way(
            "telegraf",
            "Telegraf",
            telegraf + (f'\n  username = "me"\n  password = "{TOKEN}"' if token else ""),
            'With run = "nightly" under [global_tags] the machine stands beside the load in one run.',
        ),
        Way(
            "jmeter",
            "JMeter",
            "Backend Listener implementation   …influxdb.InfluxdbBackendListenerClient\n"
            f"influxdbUrl   {url}/write?db=jmeter{place.parameter('&')}{password}\n"
            "measurement   jmeter\nsummaryOnly   false",
            "JMeter sends counts and percentiles of each interval: they are drawn as series.",
        ),
        Way(
            "locust",
            "Locust",
            f"""from locust import events
from locust_influxdb_listener import InfluxDBListener, InfluxDBSettings

@events.init.add_listener
def stream(environment, **_kwargs):
    place = InfluxDBSettings(
        host="{host}", port="{port or ("443" if place.scheme == "https" else "80")}",
        user="me", pwd="{TOKEN if token else ""}", database="{place.named("locust")}",
    )
    InfluxDBListener(env=environment, influxDbSettings=place)""",
            "With the package locust-influxdb-listener; any other that writes to InfluxDB will do.",
        ),
        Way(
            "prometheus",
            "Prometheus and other agents",
            prometheus + (f"\n    authorization: {{credentials: {TOKEN}}}" if token else ""),
            "Remote write 1.0: Prometheus in agent mode, Grafana Alloy, an OpenTelemetry collector.",
        ),
        Way(
            "curl",
            "Anything that speaks HTTP",
            f"""curl -i{header} "{url}/write?db=rig{place.parameter("&")}" """
            "--data-binary 'rig,bench=3 temperature=71.5'",
            "Influx line protocol: measurement, tags, fields and, if you like, a time in nanoseconds.",
        ),
    ]
