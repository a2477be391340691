"""What is an address of a Docker daemon, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.hosts.address import read_address


@pytest.mark.parametrize(
    "text, stored",
    [
        ("unix:///var/run/docker.sock", "unix:///var/run/docker.sock"),
        ("/run/docker.sock", "unix:///run/docker.sock"),
        (" tcp://gpu-1:2376/ ", "tcp://gpu-1:2376"),
        ("TCP://10.0.0.7:2375", "tcp://10.0.0.7:2375"),
        ("tcp://[2001:db8::1]:2375", "tcp://[2001:db8::1]:2375"),
        ("ssh://bench@gpu-1.example.org", "ssh://bench@gpu-1.example.org"),
        ("ssh://bench@gpu-1:22", "ssh://bench@gpu-1"),
        ("ssh://bench@[::1]:2222", "ssh://bench@[::1]:2222"),
    ],
)
def test_an_address_is_stored_in_one_way(text: str, stored: str) -> None:
    assert read_address(text).text == stored
    assert read_address(stored) == read_address(text)


def test_its_parts() -> None:
    address = read_address("ssh://bench@gpu-1:2222")
    assert (address.kind, address.user, address.name, address.port) == (
        "ssh",
        "bench",
        "gpu-1",
        2222,
    )
    assert read_address("unix:///a/b").path == "/a/b"


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "Write unix:///"),
        ("npipe:////./pipe/docker_engine", "Write unix:///"),
        ("gpu-1:2375", "Write unix:///"),
        ("https://gpu-1:2376", "Write tcp://gpu-1:2376 instead"),
        ("unix://docker.sock", "absolute path"),
        ("unix:///a/../b", "absolute path"),
        ("unix:///var/run/", "absolute path"),
        ("unix:///" + "x" * 120, "107 characters"),
        ("tcp://gpu-1", "Add the port"),
        ("tcp://user:pass@gpu-1:2375", "no user and no password"),
        ("tcp://gpu-1:2375/path", "name or an IP address"),
        ("tcp://gpu-1:0", "name or an IP address"),
        ("tcp://gpu-1:70000", "name or an IP address"),
        ("tcp://-x:2375", "name or an IP address"),
        ("tcp://a b:2375", "no address"),
        ("ssh://gpu-1", "Name the user"),
        ("ssh://-oProxyCommand=x@gpu-1", "Name the user"),
        ("ssh://bench:secret@gpu-1", "no password"),
        ("ssh://bench@gpu-1?x=y", "name or an IP address"),
        ("tcp://gpu-1:2375\0", "no address"),
    ],
)
def test_what_is_none_is_refused_with_the_way_out(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="."):
        read_address(text)
    try:
        read_address(text)
    except ValueError as error:
        assert words in str(error)
        assert "secret" not in str(error)


@given(st.one_of(st.text(max_size=60), st.from_regex(r"(unix|tcp|ssh)://[^\n]{0,40}")))
def test_any_text_is_read_or_refused_and_what_is_read_reads_the_same_again(text: str) -> None:
    try:
        address = read_address(text)
    except ValueError:
        return
    assert read_address(address.text) == address
    assert address.text.isprintable()
    assert (address.path.startswith("/")) == (address.kind == "unix")
    assert (0 < address.port < 65536) == (address.kind != "unix")
