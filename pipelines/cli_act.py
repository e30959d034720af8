"""An act of a person at the command line: written to the desk, then brought into the lake."""

import getpass
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

from pipelines.jobs import do
from pipelines.lake.connect import Lake
from pipelines.output import Progress
from pipelines.settings import load

stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
Who = Annotated[
    str, typer.Option(help="who acts: an id of people.yml; default: the user of this computer")
]


def act(lake: Lake, done: Callable[..., Any], who: str, *args: Any, **more: Any) -> Any:
    """Do an act now, and bring it into the lake: here, or by the worker that holds it.

    Returns:
        What the act returns.

    Raises:
        ActError: it is refused; nothing is written.
    """
    found = done(lake, who or getpass.getuser(), lake.now(), *args, **more)
    with Progress(stderr) as progress:
        do(load(), "acts", {}, progress)
    return found
