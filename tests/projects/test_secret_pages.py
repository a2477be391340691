from __future__ import annotations

from tests.fixtures.site import Site

PAGE = "/p/default/secrets"


def test_a_secret_is_stored_shown_by_name_and_forgotten(site: Site) -> None:
    assert "No secrets" in site.page(PAGE).text
    assert site.send(PAGE, {"name": " API_TOKEN ", "value": "s3cr3t-value"}) == PAGE
    answer = site.client.get(PAGE)
    assert "API_TOKEN" in answer.text
    assert "s3cr3t-value" not in answer.text
    twin = site.client.get(f"{PAGE}.json").json()
    assert twin == site.client.get("/api/v1/projects/default/secrets").json()
    assert [secret["name"] for secret in twin] == ["API_TOKEN"]
    assert site.send(f"{PAGE}/API_TOKEN/delete", {}) == PAGE
    assert "No secrets" in site.page(PAGE).text
    site.send(f"{PAGE}/API_TOKEN/delete", {}, status=404)


def test_a_refused_secret_keeps_its_name_and_not_its_value(site: Site) -> None:
    shown = site.send(PAGE, {"name": "api-token", "value": "s3cr3t-value"}, status=422)
    assert 'value="api-token"' in shown
    assert "it becomes an environment variable" in shown
    assert "s3cr3t-value" not in shown
    assert "1 to 65536 bytes" in site.send(PAGE, {"name": "A", "value": ""}, status=422)


def test_the_project_leads_to_its_secrets(site: Site) -> None:
    assert site.page("/p/default/").select_one(f"nav a[href='{PAGE}']") is not None
    site.page("/p/nowhere/secrets", status=404)
