"""The kinds of places that pages come from."""

from ingest.sources.folder import Folder
from ingest.sources.tables import load_sources
from ingest.sources.website import Website

__all__ = ["Folder", "Website", "load_sources"]
