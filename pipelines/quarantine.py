"""Rows that are not accepted: taken out of the staged table, kept masked with reason and action."""

from typing import Any

import duckdb
import polars as pl

from expectations import RULES, Validation
from pipelines.settings import wall_now

TORN_REASON = "Строка оборвана или не читается."
TORN_ACTION = "Запросите у владельца источника строку целиком и загрузите файл снова."
FLAGGED_MOST = 500  # rows kept of a file and rule: enough to see what is wrong, bounded in the lake
FLAGGED_CHARS = 2000  # of a row kept: a rule may look at a whole talk
REMEMBER = "1 hour"  # how long the worker keeps staged rows for the full suite

# a line may be several staged rows (an entry of a queue_log): they are held together
ROWS = """
    with packed as (
        select staged.row_no, staged.row_key, staged.row_at, {row} as row
        from staged semi join bad_rows on staged.row_no = bad_rows.row_no
    )
    select
        row_no,
        first(row_key) as row_key,
        first(row_at) as row_at,
        case when count(*) = 1 then list(row)[1] else to_json(list(row)) end::varchar as row
    from packed
    group by row_no
"""

FLAGGED = """
    select
        staged.row_no,
        flags.expectation,
        first(staged.contact_id) as contact_id,
        first(staged.row_at) as row_at,
        left(first(cast(to_json({columns}) as varchar)), $chars) as row
    from staged inner join flags on staged.row_no = flags.row_no
    where flags.expectation = $rule
    group by staged.row_no, flags.expectation
"""

REPEATED = ("source", "file", "file_id", "dataset", "status", "expectations", "reason", "action")

# the same row of the same file is held once, however often the file comes
NEW_HELD = """
    insert into lake.quarantine by name
    select held.* from held
    anti join (
        select source, file, row_no, row from lake.quarantine
        where status = 'held' and row_no between $first and $last
    ) as known
        on held.source = known.source and held.file = known.file
        and held.row_no = known.row_no and held.row = known.row
"""


def hold_back(con: duckdb.DuckDBPyConnection, dataset: str, found: Validation) -> pl.DataFrame:
    """Take rows that broke a critical rule out of `staged` and return them for the quarantine.

    Returns:
        row_no, row_key, row_at, row (JSON of what was staged, without names of people and without
        columns that hold nothing; a list where the line is several rows),
        expectations and reason (joined by ;), action, dataset.
    """
    rules = {r["expectation"]: r for r in found.results if r["severity"] == "critical"}
    bad = found.failures.filter(pl.col("expectation").is_in(list(rules)))
    if bad.is_empty():
        return pl.DataFrame()
    con.register("bad_rows", bad.select("row_no").unique())
    columns = [row[0] for row in con.sql("describe staged").fetchall() if row[0] != "name"]
    packed = "{" + ", ".join(f"'{c}': staged.{c}" for c in columns) + "}"
    # most columns of a log hold nothing: a merge leaves them out of what is kept and shown
    rows = con.sql(ROWS.format(row=f"json_merge_patch('{{}}', to_json({packed}))")).pl()
    con.execute("delete from staged where row_no in (select row_no from bad_rows)")
    con.unregister("bad_rows")
    return rows.join(_reasons(bad, rules), on="row_no").with_columns(dataset=pl.lit(dataset))


def _reasons(bad: pl.DataFrame, rules: dict[str, dict[str, Any]]) -> pl.DataFrame:
    """Say why each row is held: row_no, expectations and reason (joined by ;), action.

    Rows by the hundred thousand break the same few sets of rules: each set is put into words once.
    """
    order = {name: nth for nth, name in enumerate(rules)}
    broken = bad.select("row_no", nth=pl.col("expectation").replace_strict(order))
    broken = broken.group_by("row_no").agg(pl.col("nth").unique().sort())
    broken = broken.select("row_no", broke=pl.col("nth").cast(pl.List(pl.String)).list.join(";"))
    words = []
    for broke in broken["broke"].unique():
        held = [list(rules.values())[int(nth)] for nth in broke.split(";")]
        names = ";".join(rule["expectation"] for rule in held)
        reason = "; ".join(dict.fromkeys(rule["description"] for rule in held))
        words.append((broke, names, reason, held[0]["action"]))
    schema = ["broke", "expectations", "reason", "action"]
    return broken.join(pl.DataFrame(words, schema, orient="row"), on="broke").drop("broke")


def flagged(con: duckdb.DuckDBPyConnection, found: Validation) -> pl.DataFrame:
    """Return rows of `staged` that broke a warning: they go on, and can be looked at.

    Returns:
        The first FLAGGED_MOST rows of each rule: row_no, expectation, contact_id, row_at, row (JSON
        of the columns the rule looks at).
    """
    warned = [r["expectation"] for r in found.results if r["severity"] == "warning"]
    flags = (
        found.failures.filter(pl.col("expectation").is_in(warned))
        .unique(maintain_order=True)
        .group_by("expectation", maintain_order=True)
        .head(FLAGGED_MOST)
    )
    if flags.is_empty():
        return pl.DataFrame()
    needs = {rule.id: rule.needs for rule in RULES}
    con.register("flags", flags)
    parts = []
    for rule in flags["expectation"].unique(maintain_order=True):
        packed = "{" + ", ".join(f"'{c}': staged.{c}" for c in needs[rule]) + "}"
        params = {"rule": rule, "chars": FLAGGED_CHARS}
        parts.append(con.sql(FLAGGED.format(columns=packed), params=params).pl())
    con.unregister("flags")
    return pl.concat(parts)


def torn(unreadable: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """Return lines that are no rows at all (row_no, reason, row) in the form of `hold_back`."""
    return unreadable.select(
        "row_no",
        "row",
        row_key=pl.col("row").hash(seed=7),
        row_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
        expectations=pl.lit("readable_row"),
        reason=pl.lit(TORN_REASON),
        action=pl.lit(TORN_ACTION),
        dataset=pl.lit(dataset),
    )


def try_again(
    con: duckdb.DuckDBPyConnection, tried: pl.DataFrame, held: pl.DataFrame
) -> pl.DataFrame:
    """Let rows tried again out of the quarantine; the caller owns the transaction.

    Args:
        con: of the lake.
        tried: quarantine_id and quarantined_at of all rows that were tried.
        held: those of them that are held still, as `write_held` takes them.

    Returns:
        held, with the time each row was held first: `write_held` puts it back with its new reasons.
    """
    con.register("tried", tried)
    con.execute("""
        update lake.quarantine set status = 'retried'
        where status = 'held' and quarantine_id in (select tried.quarantine_id from tried)
    """)
    con.unregister("tried")
    if held.is_empty():
        return held
    con.register("held", held)
    con.execute("""
        delete from lake.quarantine
        where status = 'retried' and quarantine_id in (select held.quarantine_id from held)
    """)
    con.unregister("held")
    return held.drop("quarantined_at").join(
        tried.select("quarantine_id", "quarantined_at"), on="quarantine_id"
    )


def write_held(con: duckdb.DuckDBPyConnection, held: pl.DataFrame) -> None:
    """Add rows to the quarantine; the caller owns the transaction."""
    # words that repeat go over once, not with each of half a million rows
    con.register("held", held.with_columns(pl.col(*REPEATED).cast(pl.Categorical)))
    first, last = held["row_no"].min(), held["row_no"].max()
    con.execute(NEW_HELD, {"first": first, "last": last})
    con.unregister("held")


def write_flagged(
    con: duckdb.DuckDBPyConnection, parts: list[pl.DataFrame], file: str, file_id: str
) -> None:
    """Add rows of a file that broke a warning, up to FLAGGED_MOST of a rule in all.

    The caller owns the transaction. A row flagged before (tried again) stays as it was.
    """
    if not parts:
        return
    rows = pl.concat(parts).with_columns(
        file=pl.lit(file), file_id=pl.lit(file_id), flagged_at=pl.lit(wall_now())
    )
    con.register("flags", rows)
    con.execute(
        """
        insert into lake.flagged by name
        with have as (
            select file_id, row_no, expectation from lake.flagged
            where file_id in (select flags.file_id from flags)
        )
        select flags.* from flags
        anti join have on flags.row_no = have.row_no and flags.expectation = have.expectation
        qualify row_number() over (partition by flags.expectation order by flags.row_no) + (
            select count(*) from have where have.expectation = flags.expectation
        ) <= $most
        """,
        {"most": FLAGGED_MOST},
    )
    con.unregister("flags")


def remember(con: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Keep the staged rows of a tick for the full suite of the last hour (`recent_<dataset>`)."""
    con.execute(
        f"create table if not exists recent_{dataset} as "
        "select *, now() as taken_at from staged limit 0"
    )
    con.execute(f"insert into recent_{dataset} by name select *, now() as taken_at from staged")
    con.execute(f"delete from recent_{dataset} where taken_at < now() - interval '{REMEMBER}'")
