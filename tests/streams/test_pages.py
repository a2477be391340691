from __future__ import annotations

from bs4 import BeautifulSoup

from benchwright.streams.pages import Place, ways_in
from tests.metrics.lines import k6_request, k6_vus
from tests.streams.stream_lab import SILENCE_S, StreamLab


def page(lab: StreamLab, path: str) -> BeautifulSoup:
    answer = lab.client.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return BeautifulSoup(answer.text, "html.parser")


def run_address(lab: StreamLab, name: str = "shop") -> str:
    return f"/p/default/runs/{lab.runs()[name]['public_id']}"


def tabs(found: BeautifulSoup) -> list[str]:
    return [
        link.get_text(" ", strip=True).split()[0] for link in found.select("#run-panel .tabs a")
    ]


def test_a_run_of_other_figures_shows_its_series(stream_lab: StreamLab) -> None:
    address = None
    for second in range(3):
        stream_lab.write(
            *(
                f"cpu,host=h{host} usage={10 * host + second},idle=1 {1_750_000_000 + second}"
                for host in range(12)
            ),
            db="shop",
            precision="s",
        )
    address = run_address(stream_lab)
    found = page(stream_lab, f"{address}?tab=series&metric=cpu.usage")
    assert tabs(found) == ["Series", "Files", "Events", "Settings"]
    assert not found.select("#run-figures, #charts, run-log")
    button = found.select_one("#run-stop")
    assert button is not None and button.get_text(" ", strip=True).startswith("Finish")
    assert "last heard of" in found.select_one(".run-line").get_text()  # type: ignore[union-attr]  # it is there
    assert [option.get_text() for option in found.select("select[name=metric] option")] == [
        "cpu.idle",
        "cpu.usage",
    ]
    rows = [row.get_text(" ", strip=True) for row in found.select("#series-drawn tbody tr")]
    assert len(rows) == 8
    assert rows[0] == "host h11 112"
    assert len(found.select("#series-drawn svg.line-chart path.line")) == 8
    assert "4 more are not" in found.get_text()
    # What a stream has not leads to what it has.
    for other in ("log", "script", "nonsense"):
        assert page(stream_lab, f"{address}?tab={other}").select("#series-drawn")

    stream_lab.client.post(f"{address}/stop")
    stream_lab.drive()
    found = page(stream_lab, address)
    assert "Its stream was finished" in found.get_text()
    assert not found.select("#run-stop")
    settings = page(stream_lab, f"{address}?tab=settings").get_text(" ", strip=True)
    assert "Kind streamed in" in settings
    assert "Comes as Influx line protocol" in settings
    assert "Exit code" not in settings


def test_a_run_of_k6_reads_like_any_load_test(stream_lab: StreamLab) -> None:
    stream_lab.write(*(k6_request(second, 100) for second in range(5)), k6_vus(0, 3))
    address = run_address(stream_lab)
    assert page(stream_lab, address).select("#charts live-chart")
    stream_lab.now_s += SILENCE_S
    stream_lab.drive()
    found = page(stream_lab, address)
    figure = found.select_one('[data-figure="requests"]')
    assert figure is not None and "5 in all" in figure.get_text()
    assert tabs(found) == ["Series", "Failures", "Results", "Files", "Events", "Settings"]
    assert "Load generator" not in found.get_text()
    times = page(stream_lab, f"{address}?tab=series&metric=http_req_duration")
    assert "95th percentile" in times.get_text()


def test_lists_tell_streams_from_load_tests(stream_lab: StreamLab) -> None:
    assert "other tools stream in" in page(stream_lab, "/p/default/runs").get_text()
    stream_lab.write("m v=1")
    found = page(stream_lab, "/p/default/runs?columns=kind")
    assert found.select('tr[data-run] .mark[title^="Streamed in"]')
    assert [cell.get_text() for cell in found.select("td[data-cell=kind]")] == ["streamed in"]


def test_the_page_tells_the_addresses_of_this_server(stream_lab: StreamLab) -> None:
    text = page(stream_lab, "/p/default/stream-in").get_text()
    assert "--out influxdb=http://127.0.0.1:8000/nightly" in text
    assert "url: http://127.0.0.1:8000/api/v1/write\n" in text
    assert "bw_pat_" not in text
    stream_lab.client.post("/api/v1/projects", json={"name": "Mine", "slug": "mine"})
    text = page(stream_lab, "/p/mine/stream-in").get_text()
    assert "--out influxdb=http://127.0.0.1:8000/mine/nightly" in text
    assert "/write?db=rig&project=mine" in text
    stream_lab.write("m v=1", db="mine/nightly")
    assert stream_lab.runs()["nightly"]["project"] == "mine"


def test_where_a_token_is_needed_the_settings_have_a_place_for_it() -> None:
    texts = {way.key: way.text for way in ways_in(Place("https", "lab.example", "default", True))}
    assert "--out influxdb=https://me:bw_pat_…@lab.example/nightly" in texts["k6"]
    assert 'Authorization: Token bw_pat_…" "https://lab.example/write?db=rig"' in texts["curl"]
    assert "/write?db=jmeter&u=me&p=bw_pat_…" in texts["jmeter"]
    assert 'port="443"' in texts["locust"]
    assert all("bw_pat_…" in text for text in texts.values())
    below = ways_in(Place("https", "lab.example/bench", "default", False))
    assert "below a path" in below[0].note
