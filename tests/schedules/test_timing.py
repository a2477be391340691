from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.schedules.timing import (
    MACROS,
    BadTiming,
    Timing,
    parse_cron,
    parse_zone,
    resolve,
    shortest_gap_s,
    tell_cron,
    zone_names,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOON = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def local_times(cron: str, start: dt.datetime, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    times = itertools.islice(Timing(zone, cron).after(start), count)
    return [f"{time.astimezone(zone):%d %H:%M%z}" for time in times]


def berlin(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=BERLIN)  # type: ignore[misc,arg-type]  # year to minute


def naive(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_no_day_is_lost_when_clocks_are_put_forward() -> None:
    found = local_times("0 0 * * *", berlin(2026, 3, 28, 12), 3)
    assert found == ["29 00:00+0100", "30 00:00+0200", "31 00:00+0200"]


def test_a_time_that_is_left_out_comes_at_the_end_of_the_gap() -> None:
    found = local_times("30 2 * * *", berlin(2026, 3, 28, 12), 2)
    assert found == ["29 03:00+0200", "30 02:30+0200"]


def test_a_time_that_comes_twice_fires_once() -> None:
    found = local_times("30 2 * * *", berlin(2026, 10, 24, 12), 2)
    assert found == ["25 02:30+0200", "26 02:30+0100"]


def test_what_fires_every_hour_goes_on_by_elapsed_time() -> None:
    found = local_times("0 * * * *", berlin(2026, 10, 25, 0), 4)
    assert found == ["25 01:00+0200", "25 02:00+0200", "25 02:00+0100", "25 03:00+0100"]


def test_days_are_counted_as_in_crontab() -> None:
    assert local_times("0 9 * * 0", berlin(2026, 11, 26), 1) == ["29 09:00+0100"]  # a Sunday
    either = local_times("0 0 1 * 1", berlin(2026, 11, 26), 3)
    assert either == ["30 00:00+0100", "01 00:00+0100", "07 00:00+0100"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "Five fields"),
        ("* * * *", "not 4"),
        ("* * * * * *", "no seconds"),
        ("61 * * * *", "minute cannot be read: it takes 0-59"),
        ("0 0 30 2 *", "day of month cannot be read"),
        ("0 0 31 4,6 *", "day of month cannot be read"),
        ("*/0 * * * *", "minute cannot be read"),
        ("@reboot", "not 1"),
        ("٣ * * * *", "understood"),
        ("1" * 150 + " * * * *", "understood"),
        ("," * 5000, "200 characters"),
        ("0 0 * * 5#9", "day of week cannot be read"),
    ],
)
def test_what_is_no_cron_expression_is_explained(text: str, words: str) -> None:
    with pytest.raises(BadTiming, match=words):
        parse_cron(text)


@given(st.text(alphabet="0123456789*,-/#LW @JANSUN\x00é", max_size=60))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        plain = parse_cron(text)
    except BadTiming as fault:
        assert str(fault)
    else:
        assert parse_cron(plain) == plain
        assert tell_cron(plain)


def test_macros_are_expressions() -> None:
    assert {parse_cron(macro) for macro in MACROS} == {parse_cron(cron) for cron in MACROS.values()}
    assert tell_cron(parse_cron(" 30  9 * * mon-fri ")) == "At 09:30 on Monday through Friday"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "x" * 5000, "\0", "CEST"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(BadTiming, match="no name of a time zone"):
        parse_zone(name)


def test_a_zone_in_other_letters_is_suggested() -> None:
    with pytest.raises(BadTiming, match="Asia/Seoul is meant"):
        parse_zone("asia/seoul")


def test_local_times_are_read_in_the_zone() -> None:
    assert resolve(naive("2026-12-01T08:00"), BERLIN, NOON).hour == 7
    twice = resolve(naive("2027-10-31T02:30"), BERLIN, NOON)
    assert twice == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)
    with pytest.raises(BadTiming, match="put forward"):
        resolve(naive("2027-03-28T02:30"), BERLIN, NOON)


@pytest.mark.parametrize("time", ["0001-01-01T00:00", "9999-12-31T23:59"])
@pytest.mark.parametrize("zone", [None, dt.timezone(dt.timedelta(hours=14)), dt.timezone.min])
def test_times_at_the_ends_of_the_calendar_are_too_far(time: str, zone: dt.tzinfo | None) -> None:
    with pytest.raises(BadTiming, match="too many years"):
        resolve(naive(time).replace(tzinfo=zone), BERLIN, NOON)


def test_the_nearest_firings_count() -> None:
    assert shortest_gap_s(Timing(BERLIN, "0,10 9 * * *"), NOON) == 600
    assert shortest_gap_s(Timing(BERLIN, once_at=NOON), NOON) is None


FIELD = st.sampled_from(["*", "*/7", "0", "30", "0,59"])
CRONS = st.builds(
    "{} {} {} * {}".format, FIELD, st.sampled_from(["*", "2", "*/5", "0,23"]),
    st.sampled_from(["*", "1", "29", "L"]), st.sampled_from(["*", "0", "1-5", "6#2"]),
)  # fmt: skip


@given(CRONS, st.sampled_from(sorted(zone_names())), st.integers(0, 500), st.integers(0, 86_399))
def test_times_only_go_forward_and_do_not_depend_on_where_one_begins(
    cron: str, zone: str, day: int, second: int
) -> None:
    start = NOON + dt.timedelta(days=day, seconds=second)
    timing = Timing(ZoneInfo(zone), cron)
    times = list(itertools.islice(timing.after(start), 12))
    assert times == sorted(set(times))
    assert times[0] > start
    for before, after in itertools.pairwise(times):
        assert timing.next_after(before) == after
