"""docs/events.md, made of `columns.py` by `python -m pipelines.conform.document`."""

from expectations.vocabulary import EVENT_KINDS
from pipelines.conform.columns import COLUMNS, kinds_of
from pipelines.conform.mapping import ONLY_EVENTS, Column
from pipelines.conform.rederive_headers import PATCHES
from pipelines.settings import ROOT

PATH = ROOT / "docs" / "events.md"

HEAD = """# What every column becomes

Made from `pipelines/conform/columns.py` by `python -m pipelines.conform.document`; a test holds
that it is current, that every column of every log stands here, and that every promise starts and
stops at something here.

Every log becomes the same four tables: **contacts** (one header a contact), **legs** (one row a
stay in one queue), **events** (what happened, when, by whom), **identity** (keyed hashes of whom).

## Rules

- **Line**: by the dialled number (last ten digits, short numbers whole), else by the queue's name,
  else the name as it is; chats stand on line `chat`, forms on `portal`. An unknown line keeps its
  name and counts as staffed always.
- **Leg of a call**: begins when queued. It is *answered* with `answered_at`; else *flowed_out* when
  the outcome, `queue_exit_reason`, a transfer or a callback request says so; else *abandoned* when
  the call ended; else *open*. Who leaves in the menu has no leg. A row with `transferred_at` and
  no further leg row makes a second leg: queued at `transferred_at`, answered at
  `transfer_answered_at`.
- **Legs of a `queue_log`**: one for every entry into a queue, worked out from all lines of the
  call (docs/sources.md).
- **Leg of a chat**: from received to the first message of an operator; bots and system messages
  never count and make no events (`n_messages` counts all stored messages).
- **Leg of a form**: from received to the reply; never abandoned.
- **Talk** is `left_at - answered_at - hold_s`; of forms it is not known.
- **Order** (`seq`): by time, at one instant as a contact usually goes. Events that come later than
  others already stored are numbered after them.
- An event without a time of its own stands at the end of the contact (`rated`, `self_served`, a
  transfer of which only the target is known).

"""


def document() -> str:
    """Return docs/events.md as it should read."""
    logs = "\n".join(_log(dataset, columns) for dataset, columns in COLUMNS.items())
    return f"{HEAD}{logs}\n{_events()}"


def _log(dataset: str, columns: tuple[Column, ...]) -> str:
    rows = "\n".join(_row(dataset, column) for column in columns)
    return (
        f"## {dataset}\n\n| column | events | header | legs | identity |\n|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def _row(dataset: str, column: Column) -> str:
    if column.note:
        return f"| {column.name} | {column.note[1]} | | | |"
    cells = (
        column.name,
        ", ".join(kinds_of(dataset, column)),
        column.header or "",
        ", ".join(column.legs),
        column.identity or "",
    )
    return "| " + " | ".join(cells) + " |"


def _events() -> str:
    makers: dict[str, list[str]] = {kind: [] for kind in EVENT_KINDS}
    for dataset, columns in COLUMNS.items():
        for column in columns:
            for kind in kinds_of(dataset, column):
                makers[kind].append(f"{dataset}.{column.name}")
    rows = "\n".join(
        f"| {kind} | {', '.join(made) or _only(kind)} | {PATCHES.get(kind, ('',))[0]} |"
        for kind, made in makers.items()
    )
    return (
        "## Kinds of events\n\nThe events log may bring any of them. `value` fills the header's "
        "field where one is named.\n\n| kind | made by | value becomes |\n|---|---|---|\n"
        f"{rows}\n"
    )


def _only(kind: str) -> str:
    return "the events log or a profile only" if kind in ONLY_EVENTS else ""


if __name__ == "__main__":
    PATH.write_text(document(), "utf-8")
