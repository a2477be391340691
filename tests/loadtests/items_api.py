"""Two endpoints for plans that are filled in and read as forms."""

from __future__ import annotations

from benchwright.loadtests.endpoints import Endpoint, EndpointBody, EndpointParameter

LIST = "0cc36d1f-82e8-4050-bc2d-392eb51d86c0"
ADD = "35ab09bf-156b-4584-9c48-a888e4aa6de2"
ENDPOINTS = {
    LIST: Endpoint(
        "GET",
        "/items/{id}",
        parameters=(
            EndpointParameter("id", "path", required=True, example=7),
            EndpointParameter("X-Trace", "header"),
        ),
    ),
    ADD: Endpoint("POST", "/items", body=EndpointBody("application/json", {"name": "a"})),
}
