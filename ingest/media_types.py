"""The media types that more than one part of an ingest must name alike."""

from __future__ import annotations

HTML = frozenset({"text/html", "application/xhtml+xml"})
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
