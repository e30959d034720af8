"""Chains of visits: which contact each came after, looked for among whole citizens.

A contact changes the chains of its citizen only, on its own day and the `fcr_days` after it. So
what a build changed outside its days is found by the citizens of these days, as they were and are.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts.relations import created, text
from pipelines.marts.settled import clean


def reach(lake: Lake) -> int:
    """Return how many local days before its own a contact looks at (DST may add one)."""
    return lake.settings.fcr_days + 1


def looked_at(lake: Lake, days: Iterable[date]) -> list[date]:
    """Return the days and those before them that their chains rest on."""
    around = {day - timedelta(days=n) for day in days for n in range(reach(lake) + 1)}
    return sorted(around)


def after(lake: Lake, days: Collection[date]) -> list[date]:
    """Return the days whose chains may change with contacts of `days`, these left out."""
    around = {day + timedelta(days=n) for day in days for n in range(1, reach(lake) + 1)}
    return sorted(around - set(days))


def chains_sql(
    citizens: str,
    looked: Collection[date],
    settled: Collection[date] = (),
    only: str = "true",
    contacts: str = "lake.contacts",
) -> str:
    """Return CTEs `asked_visits` and `visit_chains` over the days `looked` at of some citizens.

    `citizens` is a relation (citizen_key); binds $fcr_days. Visits of `settled` days are read from
    their mart, which is narrow and of few files. `only` is a condition of ours on visits: of some
    categories, where nothing is asked of others. `contacts` stands for the rows of the lake.
    """
    of_rows = in_days("received_date", sorted(set(looked) - set(settled)))
    of_mart = in_days("received_date", sorted(set(looked) & set(settled)))
    columns = "contact_id, received_date, received_at, citizen_key, category"
    theirs = f"({only}) and citizen_key in (select citizen_key from {citizens})"
    from_mart = f"""
    union all
    select {columns} from lake.mart_visits where {of_mart} and {theirs}"""
    return f"""
asked_visits as (
    select {columns} from {contacts} where {of_rows} and {theirs}
    {from_mart if settled else ""}
),
visit_chains as (
{text("visit_chains")}
)"""


def make(lake: Lake, days: Collection[date], schema: str) -> None:
    """Make the temporary table `asked_chains` of the days, and `made_rechained` of later ones.

    Reads the temporary contact_facts of the days. `made_rechained` has rows of mart_visits of
    settled days after these, as they are to be: those whose chain is another now.
    """
    later = clean(lake, after(lake, days))  # no dirty one: it is built anew in its turn
    of_days = in_days("received_date", sorted(days))
    of_either = in_days("received_date", sorted({*days, *later}))
    was = f"union select citizen_key from lake.mart_visits where {of_days}" if later else ""
    looked = looked_at(lake, [*days, *later])
    lake.con.execute(
        f"""
        create or replace temp table asked_chains as
        with citizens as (select citizen_key from contact_facts {was}),
        {chains_sql("citizens", looked)}
        select * from visit_chains where {of_either}""",
        {"fcr_days": lake.settings.fcr_days},
    )
    if not later:
        lake.con.execute(f"{created('made_rechained', schema)} (contact_id varchar)")
        return
    lake.con.execute(f"""
        {created("made_rechained", schema)} as
        select visits.* replace (chains.before_id as before_id, chains.last_id as last_id)
        from lake.mart_visits as visits
        inner join asked_chains as chains on visits.contact_id = chains.contact_id
        where {in_days("visits.received_date", later)}
            and (visits.before_id, visits.last_id)
                is distinct from (chains.before_id, chains.last_id)""")


def replace(lake: Lake, schemas: Iterable[str]) -> None:
    """Put the rows of `made_rechained` in place of those stored; the caller's transaction."""
    made = [table for schema in schemas if lake.has(table := f"{schema}.made_rechained")]
    if not made:
        return
    # days made in shares may chain the same later contact anew, each of them alike
    rows = " union ".join(f"from {table}" for table in made)
    lake.con.execute(f"create or replace temp table rechained as {rows}")
    lake.con.execute("""
        delete from lake.mart_visits
        where received_date in (select received_date from rechained)
            and contact_id in (select contact_id from rechained)
    """)
    lake.con.execute("insert into lake.mart_visits by name from rechained")
    lake.con.execute("drop table temp.rechained")
