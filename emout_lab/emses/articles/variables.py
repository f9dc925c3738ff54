"""Environment variables of upstream emout that say whether articles are recorded or replayed."""

from __future__ import annotations

from emout_lab.config import variables


def article_variables() -> tuple[str, str, str, str]:
    """Return what upstream's variables say of articles: mode, folder, name, name of the run."""
    names = (
        "EMOUT_ARTICLE_MODE",
        "EMOUT_ARTICLE_RECORDS_PATH",
        "EMOUT_ARTICLE_NAME",
        "EMOUT_ARTICLE_SOURCE_NAME",
    )
    mode, folder, name, source = (text or "" for text in variables(*names).values())
    older = variables("EMOUT_RECORDS_PATH")["EMOUT_RECORDS_PATH"] or ""
    return mode, folder or older, name, source
