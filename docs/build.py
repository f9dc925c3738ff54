"""Build the documentation: ``make docs``.

Draws the gallery, and builds English into ``build/docs/en`` and Japanese into ``build/docs/ja``.
Warnings are errors, and nothing is downloaded. ``--texts`` brings the texts for translators up to
date instead: ``docs/locale/ja/LC_MESSAGES/*.po``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "docs"
LANGUAGES = ("en", "ja")
#: Docstrings, the change log and numbers are read in English in all languages.
ENGLISH_ONLY = ("changelog.pot", "explanation/results.pot", "reference/api/[!i]*.pot")
SPHINX = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", action="store_true", help="bring the texts up to date")
    options = parser.parse_args()
    began = time.monotonic()
    failed = update_texts() if options.texts else build()
    print(f"{'failed' if failed else 'done'} in {time.monotonic() - began:.0f} s: {BUILD}")
    return int(failed)


def build() -> bool:
    """Draw the gallery, and build all languages side by side; return whether something failed."""
    draw = [sys.executable, "-c", "from extension import gallery; gallery.draw()"]
    if subprocess.run(draw, env=environment(), cwd=HERE).returncode:
        return True
    commands = [sphinx("html", language) for language in LANGUAGES]
    running = [subprocess.Popen(command, env=environment()) for command in commands]
    return any([each.wait() for each in running])


def update_texts() -> bool:
    """Write what is to be translated into the files of the translators."""
    if subprocess.run(sphinx("gettext", "en"), env=environment()).returncode:
        return True
    texts = BUILD / "gettext"
    for pattern in ENGLISH_ONLY:
        for file in texts.glob(pattern):
            file.unlink()
    update = [sys.executable, "-m", "sphinx_intl", "update", "-l", "ja", "-w", "0"]
    folders = ["-p", str(texts), "-d", str(HERE / "locale")]
    return bool(subprocess.run([*update, *folders]).returncode)


def sphinx(builder: str, language: str) -> list[str]:
    """Return the command that builds one language."""
    target = BUILD / (language if builder == "html" else builder)
    doctrees = BUILD / "doctrees" / f"{builder}-{language}"
    options = ["-b", builder, "-d", str(doctrees), "-D", f"language={language}"]
    return [*SPHINX, *options, str(HERE), str(target)]


def environment() -> dict[str, str]:
    """Return the environment of a build, in which nothing is shown in a window."""
    return {**os.environ, "MPLBACKEND": "agg"}


if __name__ == "__main__":
    sys.exit(main())
