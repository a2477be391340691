"""Table of the folders that are still to be deleted."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Base, now


class FolderRemoval(Base):
    """A deleted run whose folder may still be there; written with the deletion of its row.

    A crash between the two so leaves no folder that nobody knows of.
    """

    __tablename__ = "folder_removal"

    run_public_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
