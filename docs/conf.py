"""Settings of Sphinx. `docs/build.py` builds every language: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import emout_lab  # noqa: E402

project = "emout_lab"
author = "The emout_lab developers"
project_copyright = "the emout_lab developers"
# Said once, in package.json, from which the package's own version is made.
version = release = emout_lab.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "extension"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["extension", "locale"]
templates_path = ["_templates"]

# Headings have the anchors that GitHub gives them.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

toc_object_entries = False
default_role = "py:obj"
autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say what a parameter is
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

language = "en"
locale_dirs = ["locale"]
gettext_compact = False
gettext_location = False
gettext_uuid = False

html_theme = "furo"
html_title = f"emout_lab {release}"
html_favicon = html_logo = None
html_static_path = []
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "languages.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
