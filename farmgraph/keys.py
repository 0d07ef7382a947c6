"""Keys on the command line: making one, and putting it to use before a log is read."""

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from farmgraph.errors import UsageError
from farmgraph.terminal import remark, stoppable

if TYPE_CHECKING:
    from farmgraph.interactions.table import Interactions

Pseudonymise = Annotated[
    Path | None,
    typer.Option(
        "--pseudonymise",
        metavar="KEYFILE",
        help="Replace names by pseudonyms made with the key in this file.",
    ),
]
PseudonymiseContents = Annotated[
    bool, typer.Option("--pseudonymise-contents", help="With --pseudonymise: replace all contents, too.")
]
ContentsAreAccounts = Annotated[
    bool,
    typer.Option(
        "--contents-are-accounts",
        help="With --pseudonymise: contents are accounts (followers), and get the pseudonyms of accounts.",
    ),
]

key = typer.Typer(help="Make a key for pseudonyms.", no_args_is_help=True, rich_markup_mode=None)


@key.callback()
def _root() -> None:
    """Make a key for pseudonyms."""


@key.command()
def new(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to make.")] = Path("farmgraph.key"),
) -> None:
    """Make a new key and write it to a file that only you can read; none is ever replaced."""
    from farmgraph.interactions.keyfile import write_key

    with stoppable():
        typer.echo(str(write_key(output)))
    remark(
        "Keep it secret, for whoever has it and a list of names can find out who is who; and keep it safe, for "
        "without it the same pseudonyms can never be made again."
    )


def renaming(
    keyfile: Path | None, *, contents: bool = False, accounts: bool = False, quiet: bool = False
) -> "Callable[[Interactions], Interactions]":
    """Return what turns a log into one with pseudonyms, or leaves it as it is where there is no key file.

    Parameters
    ----------
    keyfile : Path or None
        As given with ``--pseudonymise``. It is read here and now: a key that is no key fails before the log is read.
    contents, accounts : bool
        As given with ``--pseudonymise-contents`` and ``--contents-are-accounts``.
    quiet : bool
        Say nothing about a file that others may read.

    Returns
    -------
    callable
        Takes a log and returns one.

    Raises
    ------
    UsageError
        If an option is given without a key, or two that exclude each other.
    InputError
        If the key cannot be read.
    """
    if keyfile is None:
        for name, given in (("--pseudonymise-contents", contents), ("--contents-are-accounts", accounts)):
            if given:
                raise UsageError(
                    f"{name} needs a key: add --pseudonymise KEYFILE. 'farmgraph key new' makes one."
                )
        return lambda log: log
    if contents and accounts:
        raise UsageError(
            "--pseudonymise-contents and --contents-are-accounts exclude each other: contents are called either as "
            "contents or as accounts. Leave one out."
        )
    from farmgraph.interactions.keyfile import is_open_to_others, read_key

    secret = read_key(keyfile)
    if not quiet and is_open_to_others(keyfile):
        remark(
            f"Others on this machine may read the key {keyfile}. Make it yours alone: "
            f"chmod 600 {shlex.quote(str(keyfile))}"
        )
    return partial(_renamed, key=secret, contents="accounts" if accounts else contents)


def _renamed(log: "Interactions", *, key: bytes, contents: bool | str) -> "Interactions":
    return log.pseudonymise(key, contents=contents)
