"""When a schedule fires, computed from what its user wrote and nothing else."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

MAX_CRON = 200
MAX_ZONE = 64
MAX_AHEAD = dt.timedelta(days=10 * 366)
"""How far away a time may be that somebody names; calendars end not much later."""
COMPARED_FIRINGS = 500
"""How many firings are looked at to find the two that are nearest to each other."""

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
_ALLOWED = {
    "minute": "0-59",
    "hour": "0-23",
    "day-of-month": "1-31, and a day that the month has",
    "month": "1-12 or JAN-DEC",
    "day-of-week": "0-7 or SUN-SAT; 0 and 7 are Sunday",
}
_LONG_NUMBER = re.compile(r"\d{5}", re.ASCII)


class BadTiming(ValueError):
    """What was written cannot be read as a time; the message says why, for its user."""


@dataclass(frozen=True)
class Timing:
    """Fires by `cron` in `zone`, or once at `once_at`, and never behind `ends_at`."""

    zone: ZoneInfo
    cron: str | None = None
    once_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    def after(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        """The firings behind `moment`, in order, in UTC.

        Around a change of the clocks cron's own rules hold: a firing in the hour that is left out
        comes at its end, one in the hour that comes twice is not repeated, and what comes every
        few minutes or hours goes on by elapsed time.
        """
        times = self._once(moment) if self.cron is None else self._repeated(moment)
        for time in times:
            if self.ends_at is not None and time > self.ends_at:
                return
            yield time

    def next_after(self, moment: dt.datetime) -> dt.datetime | None:
        """The first firing behind `moment`; None when there is no more."""
        return next(self.after(moment), None)

    def _once(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        if self.once_at is not None and self.once_at > moment:
            yield self.once_at

    def _repeated(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        assert self.cron is not None
        last = moment
        try:
            for local in CronSim(self.cron, moment.astimezone(self.zone)):
                time = local.astimezone(dt.UTC)
                # Where the clocks are put back, two readings of the wall name one moment.
                if time > last:
                    last = time
                    yield time
        except OverflowError:  # the calendar's end
            return


def parse_cron(text: str) -> str:
    """The expression in its plain form; raises `BadTiming`.

    Five fields as in crontab(5), or a macro such as `@daily`.
    """
    if len(text) > MAX_CRON:
        raise BadTiming(f"A cron expression has {MAX_CRON} characters at most")
    words = MACROS.get(text.strip().lower(), text).split()
    if not words:
        raise BadTiming("Five fields are needed: minute, hour, day of month, month, day of week")
    if len(words) == len(FIELDS) + 1:
        raise BadTiming("Six fields were given; there are no seconds here, a minute is the least")
    if len(words) != len(FIELDS):
        raise BadTiming(
            f"Five fields are needed (minute, hour, day of month, month, day of week), not {len(words)}"
        )
    plain = " ".join(words).upper()
    if not plain.isascii() or _LONG_NUMBER.search(plain):
        raise BadTiming("Only digits, names of months and days, and * , - / # L are understood")
    try:
        found = CronSim(plain, dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
        next(found)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        allowed = _ALLOWED.get(field)
        raise BadTiming(
            f"The {field.replace('-', ' ')} cannot be read: it takes {allowed}"
            if allowed
            else str(error)
        ) from None
    except StopIteration:
        raise BadTiming("It never fires: there is no such day") from None
    return plain


def tell_cron(cron: str) -> str:
    """The expression in words."""
    return str(CronSim(cron, dt.datetime(2024, 1, 1, tzinfo=dt.UTC)).explain())


def parse_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises `BadTiming`."""
    name = name.strip()
    if name in zone_names():
        return ZoneInfo(name)
    meant = {known.casefold(): known for known in zone_names()}.get(name.casefold())
    hint = f"; {meant} is meant?" if meant else ", such as Europe/Berlin, Asia/Seoul or UTC"
    raise BadTiming(f"This is no name of a time zone{hint}")


@cache
def zone_names() -> frozenset[str]:
    """All time zones that this machine, or else the bundled table, knows."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def resolve(time: dt.datetime, zone: ZoneInfo, at: dt.datetime) -> dt.datetime:
    """A time that somebody named as UTC; without an offset it is read in `zone`.

    Raises `BadTiming` for one that the clocks leave out, and one that is years away. Of two that
    the clocks show in turn, it is the first.
    """
    if abs(time.year - at.year) > MAX_AHEAD.days // 366:
        raise BadTiming("This is too many years away")
    if time.tzinfo is not None:
        return time.astimezone(dt.UTC)
    moment = time.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != time.replace(fold=0):
        raise BadTiming(f"The clocks of {zone.key} are put forward then, and never show this time")
    return moment


def shortest_gap_s(timing: Timing, at: dt.datetime) -> float | None:
    """The least time between two firings, of those that come next."""
    times = itertools.islice(timing.after(at), COMPARED_FIRINGS)
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(times)]
    return min(gaps, default=None)
