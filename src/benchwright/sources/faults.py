"""What can go wrong with MongoDB, as problems that say what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from benchwright.kit.errors import NotFound, Problem, Unavailable, UpstreamFailed

MAX_TEXT = 300
AUTHENTICATION_FAILED, UNAUTHORISED, ATLAS_ERROR = 18, 13, 8000
REFUSED = {AUTHENTICATION_FAILED, UNAUTHORISED, ATLAS_ERROR}
ADDRESS = "BENCHWRIGHT_SOURCES__MONGODB__HOST and __PORT, or __URI (MONGO_HOST, MONGO_PORT)"
USER = "BENCHWRIGHT_SOURCES__MONGODB__USERNAME, __PASSWORD and __AUTH_SOURCE (MONGO_USER, …)"


class NoCollection(NotFound):
    """The source has no such collection."""


def as_problem(error: Exception, where: str) -> Problem:
    """The problem that stands for what pymongo, or the clock, says."""
    from pymongo import errors

    if isinstance(error, Problem):
        return error
    # The place and not the name: an error's own text can be pages long, and repeat the address.
    if isinstance(error, TimeoutError | errors.NetworkTimeout | errors.ExecutionTimeout):
        return Unavailable(
            f"MongoDB at {where} did not answer in time. Narrow the range of time, have"
            " `timestamp` indexed there, or raise BENCHWRIGHT_SOURCES__TIMEOUT_S."
        )
    if isinstance(error, errors.ConnectionFailure):
        return Unavailable(
            f"MongoDB at {where} cannot be reached. Start it, or correct the address: {ADDRESS}."
        )
    if isinstance(error, errors.OperationFailure):
        text = str((error.details or {}).get("errmsg") or error)[:MAX_TEXT]
        if error.code in REFUSED:
            return Unavailable(
                f"MongoDB at {where} refuses the user: {text} Correct the user, the password and"
                f" their rights: {USER}."
            )
        return UpstreamFailed(f"MongoDB at {where} refused the query: {text}")
    if isinstance(error, errors.ConfigurationError | ValueError):
        return Unavailable(f"The address of MongoDB ({where}) is not valid. Correct {ADDRESS}.")
    return UpstreamFailed(f"MongoDB at {where} failed: {type(error).__name__}")


@contextlib.contextmanager
def explained(where: str) -> Iterator[None]:
    """Turns what goes wrong inside into a problem."""
    from pymongo.errors import PyMongoError

    try:
        yield
    except (PyMongoError, TimeoutError, ValueError) as error:
        raise as_problem(error, where) from None
