from __future__ import annotations

from fastapi.testclient import TestClient

API = "/api/v1/configs"


def make(client: TestClient, name: str = "a.yaml", text: str = "a: 1\n") -> str:
    answer = client.post(API, json={"name": name, "text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["ETag"])


def test_a_life(client: TestClient) -> None:
    config = {"experiment": {"name": "x", "run_name": "y"}, "simulator": {}}
    made = client.post(API, json={"name": "configs/a.yaml", "config": config})
    assert made.status_code == 201
    assert made.json()["name"] == "a.yaml"
    assert made.json()["config"] == config
    (fault,) = made.json()["faults"]
    assert (fault["line"], fault["severity"]) == (4, "warning")
    seen = client.get(f"{API}/a.yaml")
    assert seen.headers["ETag"] == made.headers["ETag"] == f'"{seen.json()["etag"]}"'
    again = client.put(
        f"{API}/a.yaml", json={"text": "b: 2"}, headers={"If-Match": seen.headers["ETag"]}
    )
    assert again.json()["text"] == "b: 2\n"
    late = {"If-Match": seen.headers["ETag"]}
    for answer in (
        client.put(f"{API}/a.yaml", json={"text": "c: 3"}, headers=late),
        client.delete(f"{API}/a.yaml", headers=late),
        client.post(f"{API}/a.yaml/rename", json={"name": "b.yaml"}, headers=late),
        client.put(f"{API}/a.yaml", json={"text": "c: 3"}, headers={"If-None-Match": "*"}),
        client.post(API, json={"name": "A.yaml", "text": ""}),
    ):
        assert answer.status_code == 409, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    file = client.get(f"{API}/a.yaml/file")
    assert file.content == b"b: 2\n"
    assert "a.yaml" in file.headers["Content-Disposition"]
    renamed = client.post(f"{API}/a.yaml/rename", json={"name": "b.yaml"})
    assert renamed.json()["name"] == "b.yaml"
    assert [c["name"] for c in client.get(API).json()["items"]] == ["b.yaml"]
    assert client.delete(f"{API}/b.yaml").status_code == 204
    assert client.get(f"{API}/b.yaml").status_code == 404


def test_pages_of_the_list(client: TestClient) -> None:
    names = [f"{number:02}.yaml" for number in range(7)]
    for name in names:
        make(client, name)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get(f"{API}?limit=3{cursor and '&cursor=' + cursor}").json()
        seen += [config["name"] for config in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == names
    assert client.get(f"{API}?cursor=%20%20").status_code == 400


def test_what_cannot_be_read_is_refused_unless_it_is_wanted(client: TestClient) -> None:
    answer = client.post(API, json={"name": "a.yaml", "text": "a: ["})
    assert answer.status_code == 400
    assert answer.json()["line"] == 2
    answer = client.post(f"{API}?allow_invalid=true", json={"name": "a.yaml", "text": "a: ["})
    assert answer.status_code == 201
    assert answer.json()["is_valid"] is False
    assert answer.json()["config"] is None
    assert client.get(API).json()["items"][0]["is_valid"] is False


def test_bodies_that_say_too_little_or_too_much(client: TestClient) -> None:
    for body in ({"name": "a.yaml"}, {"name": "a.yaml", "text": "", "config": {}}):
        assert client.post(API, json=body).status_code == 400
    assert client.post(API, json={"name": "a.yaml", "txt": ""}).status_code == 422
    assert client.post(API, json={"name": "../a.yaml", "text": ""}).status_code == 400
    assert client.put(f"{API}/a.txt", json={"text": ""}).status_code == 400
    assert client.get(f"{API}/..%2f..%2fetc%2fpasswd").status_code == 404


def test_check(client: TestClient) -> None:
    faults = client.post(f"{API}/check", json={"text": "rate: 1e-4"}).json()
    assert [(fault["line"], fault["severity"]) for fault in faults] == [(1, "warning")]
    assert client.get(API).json()["items"] == []
