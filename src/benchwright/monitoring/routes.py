"""The address that Prometheus and its kin scrape."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from benchwright.access.scopes import Scope, requires
from benchwright.lab import LabDep

router = APIRouter(tags=["server"])


@router.get("/metrics", dependencies=[Depends(requires(Scope.READ))], response_class=Response)
def get_metrics(request: Request, lab: LabDep) -> Response:
    """Shows how the server itself does, as OpenMetrics or in Prometheus's text format."""
    # Imported when first asked: most installations are never scraped.
    from benchwright.monitoring.exposition import expose

    watchers = {"runs": lab.feeds.watchers}
    if (vault := getattr(request.app.state, "metric_vault_feeds", None)) is not None:
        watchers["metric_vault"] = vault.watchers
    body, media_type = expose(lab, watchers, request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
