"""The commands of ``emout-lab``, as its parser has them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from emout_lab.cli import cli
from extension.markdown import code, from_rst, table


def make() -> str:
    """Return a section for each command."""
    return "\n".join(_sections(cli, click.Context(cli, info_name="emout-lab")))


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _sections(found, click.Context(found, context, info_name=name))
        return
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"## `{context.command_path}`\n"
    yield from_rst(command.help or "") + "\n"
    yield f"```text\n{usage}\n```\n"
    records = [option.get_help_record(context) for option in command.get_params(context)]
    rows = [
        (code(names.replace("INTEGER RANGE", "INTEGER")), text)
        for names, text in filter(None, records)
        if text and "--help" not in names
    ]
    if rows:
        yield table(("option", ""), rows)
