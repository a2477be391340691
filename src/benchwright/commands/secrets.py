"""`benchwright secrets`: the keys of what is stored encrypted."""

from __future__ import annotations

import typer

from benchwright.commands.opening import opened_keys
from benchwright.commands.options import DataDir

secrets_app = typer.Typer(
    help="Look after the encryption of stored secrets.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@secrets_app.callback()
def _group() -> None:
    # With one command alone Typer would drop its name.
    return


@secrets_app.command("rotate")
def rotate_secrets(data_dir: DataDir = None) -> None:
    """Encrypt all stored secrets anew with the first key of BENCHWRIGHT_SECRET_KEY.

    The older keys behind it can go once this says so. A server may run meanwhile.
    """
    from benchwright.access import secret_store, service
    from benchwright.hosts.service import rotate_host_secrets
    from benchwright.webhooks.service import rotate_webhook_secrets

    with opened_keys(data_dir) as (database, keyring), database.write() as session:
        rotated = secret_store.rotate_secrets(session, keyring)
        rotated += rotate_webhook_secrets(session, keyring)
        rotated += rotate_host_secrets(session, keyring)
        waiting = service.count_tokens_of_old_keys(session, keyring)
    typer.echo(f"Secrets encrypted anew: {rotated}. All are under the first key now.")
    if waiting:
        typer.echo(
            f"Tokens that still need an older key: {waiting}. Each moves to the first key when it is "
            "next used, and ends if it was not when you take the older ones out."
        )
    else:
        typer.echo("The older keys can go: no secret and no token needs them.")
