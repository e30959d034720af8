"""Sub-topics of categories in the lake: fitted to the texts of late, then found in each contact's.

A fit is kept as terms and weights, rows of tables, so that contacts that come later are held to the
same topics and the next fit goes on from it. All of it is a suggestion: no category is changed.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.problems.subtopic_model import Fit, Topics, fit
from pipelines.problems.subtopic_names import named
from pipelines.problems.subtopic_rules import (
    FIT_DAYS,
    LEAST_TEXTS,
    LOOK_DAYS,
    MOST_TEXTS,
    NONE,
    REFIT_DAYS,
)
from pipelines.problems.subtopic_terms import WORD, stock, terms_of
from pipelines.problems.text_features import stem

OnProgress = Callable[[str, int, int], None]

MAKING = 2  # raise it when the same texts come to give other topics
SAMPLED = 200  # texts of each category that show what all of them say
AT_ONCE = 5_000  # contacts a piece of `tend`: a third of a second
ALIKE = 0.8  # a topic that like its earlier self keeps its name

_DUE = """
with
fitted as (
    select category, max(fitted_at) as at_last from lake.subtopic_fits group by category
),

fresh as (
    select category from fitted where not $all and at_last >= $now - to_days($refit_days::int)
),

texts as (
    select category, count(distinct text) as n
    from lake.contacts
    where text is not null and category is not null
        and category not in (select fresh.category from fresh)
        and received_date > $since and received_at <= $now
    group by category
)

select texts.category
from texts
left join fitted on texts.category = fitted.category
where texts.n >= $least
order by fitted.at_last is not null, texts.n desc, texts.category
"""
_TEXTS = """
select text from lake.contacts
where category = $category and text is not null
    and received_date > $since and received_at <= $now
group by text order by hash(text), text limit $limit
"""
_SAMPLE = """
select category, text
from (
    select distinct category, text from lake.contacts
    where category is not null and text is not null
        and received_date > $since and received_at <= $now
)
qualify row_number() over (partition by category order by hash(text), text) <= $limit
order by category, text
"""
_UNSEEN = """
select c.contact_id, c.received_date, c.category, last.version
from lake.contacts as c
inner join (
    select category, max(version) as version from lake.subtopic_fits group by category
) as last on c.category = last.category
left join lake.subtopic_guesses as g
    on c.contact_id = g.contact_id and c.received_date = g.received_date
        and c.category = g.category
where c.text is not null and c.received_date > $since
    and ($category::varchar is null or c.category = $category)
    and (g.version is null or g.version < last.version)
order by c.category, c.received_date desc, c.contact_id
limit $limit
"""
# apart: while nothing is unseen, no text is read
_UNSEEN_TEXTS = """
select unseen.*, c.text
from unseen_contacts as unseen
inner join lake.contacts as c
    on unseen.contact_id = c.contact_id and unseen.received_date = c.received_date
where c.received_date between $first and $last
"""
_REPLACED = """
delete from lake.subtopic_guesses as g
where g.received_date > $since and (g.contact_id, g.category) in (
    select (found_topics.contact_id, found_topics.category) from found_topics
)
"""


def fit_all(
    lake: Lake, on_progress: OnProgress, categories: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Fit the sub-topics of every category with enough texts and look at its contacts of late.

    Args:
        lake: open for writing; no transaction is open.
        categories: only these; none: all.

    Returns:
        One object a category: category, version, texts, topics, new (of them, since the version
        before), none_share (of its contacts), stability (null: its first version), least_similar
        (of a topic to itself before; null: none was there before).
    """
    due = _due(lake, everything=True)
    chosen = [one for one in due if not categories or one in categories]
    told, common = [], stock_terms(lake)
    for n, category in enumerate(chosen):
        on_progress("fitting", n, len(chosen))
        fit_one(lake, category, common)
        while look(lake, category, 10 * AT_ONCE):
            on_progress("fitting", n, len(chosen))
        told.append(_told(lake, category))
    on_progress("fitting", len(chosen), len(chosen))
    return told


def tend(lake: Lake) -> bool:
    """Do one small piece of what is due and tell whether there may be more.

    First contacts nobody has looked at, then categories never fitted or not for REFIT_DAYS.
    """
    if look(lake):
        return True
    due = _due(lake)
    if due:
        fit_one(lake, due[0], stock_terms(lake))
    return bool(due)


def stock_terms(lake: Lake) -> frozenset[str]:
    """Return the terms all categories say alike of late."""
    asked = {"since": _since(lake, FIT_DAYS), "now": lake.now(), "limit": SAMPLED}
    return stock(lake.frame(_SAMPLE, asked))


def fit_one(lake: Lake, category: str, common: frozenset[str]) -> None:
    """Fit the sub-topics of a category; the texts of the last fit again give no new version.

    Args:
        common: `stock_terms`.
    """
    texts = _texts(lake, category)
    without = common | _own_words(lake, category)
    parts = [str(MAKING), *sorted(without), *texts]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    last = lake.frame(
        "select version, digest from lake.subtopic_fits where category = $category "
        "order by version desc limit 1",
        {"category": category},
    ).to_dicts()
    if last and last[0]["digest"] == digest:
        with lake.transaction():
            lake.con.execute(
                "update lake.subtopic_fits set fitted_at = $now "
                "where category = $category and version = $version",
                {"now": lake.now(), "category": category, "version": last[0]["version"]},
            )
        return
    known = lake.frame(
        "select * from lake.subtopics where category = $category", {"category": category}
    )
    taken = max((int(one.rpartition("-")[2]) for one in known["topic"]), default=0)
    made = fit(texts, category, without, _topics(lake, category), taken)
    version = last[0]["version"] + 1 if last else 1
    with lake.transaction():
        _write(lake, category, version, digest, made, texts)
        _stand(lake, category, version, made, texts, known)


def look(lake: Lake, category: str | None = None, limit: int = AT_ONCE) -> int:
    """Find the sub-topic of contacts that no version, or an older one, has looked at.

    Returns:
        How many were looked at; 0: none is left.
    """
    since = _since(lake, LOOK_DAYS)
    found = lake.frame(_UNSEEN, {"since": since, "category": category, "limit": limit})
    if found.is_empty():
        return 0
    lake.con.register("unseen_contacts", found)
    days = found["received_date"]
    found = lake.frame(_UNSEEN_TEXTS, {"first": days.min(), "last": days.max()})
    found = found.sort("category", "contact_id")
    lake.con.unregister("unseen_contacts")
    parts = []
    for (own,), rows in found.group_by(["category"], maintain_order=True):
        topics = _topics(lake, str(own))
        if topics is None:
            continue
        distinct = rows["text"].unique(maintain_order=True)
        lean = topics.lean(distinct).with_columns(text=distinct)
        parts.append(rows.join(lean, on="text", how="left", maintain_order="left").drop("text"))
    guessed = pl.concat(parts).with_columns(pl.col("topic").fill_null(NONE))
    with lake.transaction():
        lake.con.register("found_topics", guessed)
        if lake.has("lake.subtopic_guesses"):
            lake.con.execute(_REPLACED, {"since": since})
        lake.con.execute("insert into lake.subtopic_guesses by name select * from found_topics")
        lake.con.unregister("found_topics")
    return len(found)


def _due(lake: Lake, *, everything: bool = False) -> list[str]:
    asked = {"since": _since(lake, LOOK_DAYS), "now": lake.now(), "least": LEAST_TEXTS}
    return lake.frame(_DUE, asked | {"all": everything, "refit_days": REFIT_DAYS})[
        "category"
    ].to_list()


def _texts(lake: Lake, category: str) -> pl.Series:
    for days in (FIT_DAYS, LOOK_DAYS):
        asked = {"category": category, "since": _since(lake, days), "now": lake.now()}
        texts = lake.frame(_TEXTS, asked | {"limit": MOST_TEXTS})["text"]
        if len(texts) >= LEAST_TEXTS:
            break
    return texts


def _since(lake: Lake, days: int) -> date:
    return lake.now().astimezone(lake.settings.tz).date() - timedelta(days=days)


def _own_words(lake: Lake, category: str) -> frozenset[str]:
    """Return the stems of the words that name the category, and the pairs these can make."""
    label = lake.reference.label("category", category, "ru") or category
    stems = {stem(word) for word in re.findall(WORD, label.lower().replace("ё", "е"))}
    return frozenset(stems | {f"{first} {second}" for first in stems for second in stems})


def _topics(lake: Lake, category: str) -> Topics | None:
    """Return the last fit of a category, as it was written."""
    last = lake.frame(
        "select version, least from lake.subtopic_fits where category = $category "
        "order by version desc limit 1",
        {"category": category},
    ).to_dicts()
    if not last:
        return None
    of_last = {"category": category, "version": last[0]["version"]}
    known = lake.frame(
        "select term, idf from lake.subtopic_terms "
        "where category = $category and version = $version order by term",
        of_last,
    ).with_row_index("column")
    weights = lake.frame(
        "select topic, term, weight from lake.subtopic_weights "
        "where category = $category and version = $version",
        of_last,
    ).join(known.select("term", "column"), on="term")
    ids = sorted(weights["topic"].unique(), key=lambda one: int(one.rpartition("-")[2]))
    rows = np.zeros((len(ids), len(known)))
    at = weights["topic"].replace_strict(
        {one: n for n, one in enumerate(ids)}, return_dtype=pl.Int64
    )
    rows[at.to_numpy(), weights["column"].to_numpy()] = weights["weight"].to_numpy()
    return Topics(known.select("term", "column", "idf"), rows, tuple(ids), last[0]["least"])


def _write(
    lake: Lake, category: str, version: int, digest: str, made: Fit, texts: pl.Series
) -> None:
    topics = made.topics
    insert_rows(lake.con, "subtopic_fits", [{
        "category": category, "version": version, "fitted_at": lake.now(), "digest": digest,
        "n_texts": len(texts), "n_topics": len(topics.ids), "least": topics.least,
        "stability": made.stability,
    }])  # fmt: skip
    row, column = np.nonzero(topics.rows)
    weights = pl.DataFrame(
        {
            "topic": [topics.ids[n] for n in row],
            "term": topics.known["term"].gather(column),
            "weight": topics.rows[row, column],
        }
    )
    of_this = {"category": pl.lit(category), "version": pl.lit(version)}
    for table, frame in (
        ("subtopic_terms", topics.known.select("term", "idf")),
        ("subtopic_weights", weights),
    ):
        lake.con.register("of_fit", frame.with_columns(**of_this))
        lake.con.execute(f"insert into lake.{table} by name select * from of_fit")
        lake.con.unregister("of_fit")


def _stand(
    lake: Lake, category: str, version: int, made: Fit, texts: pl.Series, known: pl.DataFrame
) -> None:
    """Write the topics as they stand after a fit; what analysts made of them stays."""
    terms = terms_of(texts)
    lean = made.topics.leaning(terms, len(texts)).with_row_index("row")
    fitting = lean.select(pl.col("row").cast(pl.Int64), "topic").drop_nulls("topic")
    told = named(terms.join(made.topics.known.select("term"), on="term", how="semi"), fitting)
    counts = dict(fitting.group_by("topic").agg(pl.len()).rows())
    names = {row["topic"]: row for row in told.to_dicts()}
    before = {row["topic"]: row for row in known.to_dicts()}
    rows = []
    for topic in made.topics.ids:
        was, is_now = before.pop(topic, {}), names.get(topic, {"name": "", "words": ""})
        likeness = made.similarity.get(topic)
        keeps = was.get("name") and (likeness or 0) >= ALIKE
        rows.append({
            "topic": topic, "category": category, "version": version,
            "first_version": was.get("first_version", version),
            "name": was["name"] if keeps else is_now["name"], "words": is_now["words"],
            "n_texts": counts.get(topic, 0), "similarity": likeness,
            "given_name": was.get("given_name"), "is_hidden": was.get("is_hidden", False),
            "counts_as": was.get("counts_as", topic),
        })  # fmt: skip
    lake.con.execute(
        "delete from lake.subtopics where category = $category", {"category": category}
    )
    insert_rows(lake.con, "subtopics", rows + list(before.values()))


def _told(lake: Lake, category: str) -> dict[str, Any]:
    return lake.frame(
        """
        select
            f.category, f.version, f.n_texts as texts, f.n_topics as topics,
            (select count(*) from lake.subtopics as s
             where s.category = f.category and s.first_version = f.version) as new,
            (select avg((g.topic = $none)::int) from lake.subtopic_guesses as g
             where g.category = f.category and g.version = f.version) as none_share,
            f.stability,
            (select min(s.similarity) from lake.subtopics as s
             where s.category = f.category and s.version = f.version) as least_similar
        from lake.subtopic_fits as f
        where f.category = $category
        order by f.version desc limit 1
        """,
        {"category": category, "none": NONE},
    ).row(0, named=True)
