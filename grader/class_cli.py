"""The commands for a whole class: parse, call, print, exit, as in ``cli``, which takes them in."""

import click

CLASS_COMMANDS: tuple[click.Command, ...] = ()
