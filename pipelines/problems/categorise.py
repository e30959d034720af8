"""Give contacts without a category one from their masked text, and say how surely.

A version of the model is trained on recorded categories and on decisions of analysts. It names
what it is sure of, leaves the rest to the queue of analysts, and flags recorded categories their
text contradicts; it never changes a recorded or decided one. Source: methods, 4.1.

Of a version the lake keeps what it was trained on (a digest), how sure it is at which margin and
how it did on texts it had not seen, not the fitted model: training is deterministic, so the texts
of the lake give it again, and nothing that runs code when it is read lies in the lake.
"""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import Lake
from pipelines.problems.category_quality import EVERY, quality_of
from pipelines.problems.decisions import carry
from pipelines.problems.taught import keep
from pipelines.problems.text_model import (
    CrossModel,
    Curve,
    TextModel,
    curve_of,
    parts_of,
    train,
    train_crosswise,
)
from pipelines.settings import wall_now
from pipelines.settle import settle
from pipelines.touched import note_touched

T = TypeVar("T")
OnProgress = Callable[[str, int, int], None]
Run = Callable[[Callable[[], T]], T]

MAKING = 1  # raise it when the same texts come to teach otherwise: the next run is a new version
MIN_TEXTS = 8  # a category with fewer examples cannot be learnt (methods 4.1 measured from 8)
MAX_TEXTS = 12_000  # of 6,000 F1 is as high on a hotline of 36 categories; more take minutes
CHECKED_DAYS = 28  # recorded categories of so many days are held against their texts,
CHECKED_TEXTS = 100_000  # the latest of them: a quarter of a minute
STEPS = 3
DONE = {"named": "assigned", "contradicted": "contradicted"}  # state -> column
LOOK_S = 0.5  # how often live logs are looked at while a model is trained

HALF = "hash(lower(text)) as half"
# decisions first: none of them is left out where texts are many
LABELLED = f"""
    select text, category, category_source = 'analyst' as is_decided, {HALF}
    from lake.contacts
    where text is not null and category is not null and category_source in ('recorded', 'analyst')
    order by category_source = 'recorded', hash(contact_id), contact_id
    limit $limit
"""
UNNAMED = """
    select contact_id, received_date, text from lake.contacts
    where text is not null and category is null and category_source is null
"""
RECORDED = f"""
    select contact_id, received_date, text, category, {HALF} from lake.contacts
    where text is not null and category is not null and category_source = 'recorded'
        and received_date >= $since
    order by received_at desc, contact_id
    limit $limit
"""


@dataclass(frozen=True)
class Version:
    """One training: the texts, models that have not seen what they judge, and what came of it.

    labelled: text, category, is_decided, half. quality: columns of `quality`.
    """

    labelled: pl.DataFrame
    cross: CrossModel
    curve: Curve
    quality: pl.DataFrame
    sure: float

    @property
    def digest(self) -> str:
        """A hash of all the training follows from: the same digest is the same model."""
        return digest_of(self.labelled)


def digest_of(labelled: pl.DataFrame) -> str:
    """Return the digest of a version trained on these texts."""
    made = hashlib.sha256(repr((MAKING, parts_of(labelled))).encode())
    for name in ("text", "category"):
        made.update("\n".join(labelled[name]).encode())
    return made.hexdigest()[:16]


def quality(lake: Lake) -> pl.DataFrame:
    """Train as `categorise` would and judge it on texts it has not seen; write nothing.

    Returns:
        One row a category and one `*` over all (weighted): category, n (texts), precision, recall,
        f1 of the best guess, covered (share of texts with a sure one), sure_precision (of the sure
        guesses; null: none). Shares 0-1.

    Raises:
        QueryError: too few labelled texts to learn from.
    """
    return _version(lake, lambda work: work()).quality


def categorise(lake: Lake, on_progress: OnProgress) -> list[dict[str, Any]]:
    """Train a version, name contacts that have a text and no category, judge their days again.

    Returns:
        One object a category: category, assigned, contradicted (recorded ones the text contradicts,
        by what is recorded), then what `quality` says of it. `*` is all of them, and `undetermined`
        the contacts left to analysts.

    Raises:
        QueryError: too few labelled texts to learn from.
    """
    carry(lake)
    version = _version(lake, lambda work: _beside(work, "training", 0, on_progress))
    labelled = version.labelled
    model = _beside(
        lambda: train(labelled["text"], labelled["category"]), "training", 1, on_progress
    )
    unnamed, recorded = lake.frame(UNNAMED), _recorded(lake, version)
    found = _beside(
        lambda: pl.concat(
            [
                guessed_by(model, version.curve, version.sure, unnamed),
                _contradicted(lake, version, recorded),
            ]
        ),
        "naming",
        2,
        on_progress,
    )
    with lake.transaction():
        counts = _write(lake, version, found)
    keep(lake.settings, labelled, version.digest)
    settle(lake, on_progress)
    return _told(version.quality, counts)


def _version(lake: Lake, run: Run[Any]) -> Version:
    labelled = _labelled(lake)
    sure = lake.reference.rules.category_sure

    def made() -> Version:
        cross = train_crosswise(labelled)
        judged = cross.guess(labelled)
        curve = curve_of(judged["margin"], judged["guessed"] == judged["category"])
        judged = judged.with_columns(curve.of(judged["margin"]))
        return Version(labelled, cross, curve, quality_of(judged, sure), sure)

    version: Version = run(made)
    return version


def _labelled(lake: Lake) -> pl.DataFrame:
    texts = lake.frame(LABELLED, {"limit": MAX_TEXTS})
    kept = texts.filter(pl.len().over("category") >= MIN_TEXTS)
    if kept["category"].n_unique() < 2:
        raise QueryError(
            f"too few recorded categories with texts to learn from: at least two categories with "
            f"{MIN_TEXTS} texts each are needed, the lake has {len(texts)} labelled texts"
        )
    return kept


def _recorded(lake: Lake, version: Version) -> pl.DataFrame:
    """Return late contacts of a recorded category the model knows: others it cannot guess."""
    since = lake.now().astimezone(lake.settings.tz).date() - timedelta(days=CHECKED_DAYS)
    known = version.quality["category"]
    late = lake.frame(RECORDED, {"since": since, "limit": CHECKED_TEXTS})
    return late.filter(pl.col("category").is_in(known.to_list()))


def guessed_by(model: TextModel, curve: Curve, sure: float, unnamed: pl.DataFrame) -> pl.DataFrame:
    """Guess the category of contacts that have none (contact_id, received_date, text).

    Returns:
        contact_id, received_date, category (the best guess), confidence (0-1), suggested (the best
        ones, joined by `;`), state: named (confidence from `sure` on), undetermined.
    """
    guessed = model.guess(unnamed["text"])
    confidence = curve.of(guessed["margin"])
    is_sure = confidence >= sure
    state = pl.select(pl.when(is_sure).then(pl.lit("named")).otherwise(pl.lit("undetermined")))
    return unnamed.select("contact_id", "received_date").with_columns(
        guessed["category"], confidence, guessed["suggested"], state.to_series().alias("state")
    )


def _contradicted(lake: Lake, version: Version, recorded: pl.DataFrame) -> pl.DataFrame:
    held = version.cross.guess(recorded)
    held = held.with_columns(version.curve.of(held["margin"]), state=pl.lit("contradicted"))
    is_sure = pl.col("confidence") >= lake.reference.rules.category_contradicted
    is_other = pl.col("guessed") != pl.col("category")
    return held.filter(is_sure & is_other).select(
        "contact_id",
        "received_date",
        pl.col("guessed").alias("category"),
        "confidence",
        "suggested",
        "state",
    )


def _beside(work: Callable[[], T], step: str, done: int, on_progress: OnProgress) -> T:
    """Do a long piece of work that asks nothing of the lake; live logs go on meanwhile."""
    on_progress(step, done, STEPS)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        while not wait([future], LOOK_S).done:
            on_progress(step, done, STEPS)
        return future.result()


# what somebody said of a contact meanwhile stands
GUESSED = """
create or replace temp table guessed as
select found.*, contacts.category as recorded
from found_guesses as found
inner join lake.contacts as contacts
    on found.contact_id = contacts.contact_id and found.received_date = contacts.received_date
where case
    when found.state = 'contradicted'
        then contacts.category_source = 'recorded' and contacts.category <> found.category
    else contacts.category is null and contacts.category_source is null
end
"""
NAMED = """
create or replace temp table named as
select contact_id, received_date, category from guessed where state = 'named'
"""
GIVEN = """
update lake.contacts as contacts
set category = named.category, category_source = 'model'
from named
where contacts.contact_id = named.contact_id and contacts.received_date = named.received_date
"""
# what was named by an earlier version stays with the confidence it was named with
FORGOTTEN = """
delete from lake.category_guesses
where state <> 'named' or contact_id in (select contact_id from guessed)
"""
KEPT = """
insert into lake.category_guesses by name
select guessed.* exclude (recorded), $version as version, $at as guessed_at from guessed
"""


def _write(lake: Lake, version: Version, found: pl.DataFrame) -> pl.DataFrame:
    """Write a version and its guesses; return how many by state and category (recorded, if any)."""
    number = _write_version(lake, version)
    lake.con.register("found_guesses", found)
    lake.con.execute(GUESSED)
    lake.con.unregister("found_guesses")
    lake.con.execute(NAMED)
    lake.con.execute(FORGOTTEN)
    lake.con.execute(KEPT, {"version": number, "at": wall_now()})
    lake.con.execute(GIVEN)
    note_touched(lake, "named")
    mark_dirty(lake, "touched", needs_clocks=True)
    return lake.frame(
        "select state, coalesce(recorded, category) as category, count(*) as n "
        "from guessed group by all"
    )


def _write_version(lake: Lake, version: Version) -> int:
    """Write a version where it is another than the last one; return its number."""
    last = lake.frame(
        "select version, digest, sure from lake.category_models order by version desc limit 1"
    ).to_dicts()
    if last and (last[0]["digest"], last[0]["sure"]) == (version.digest, version.sure):
        return int(last[0]["version"])
    number = int(last[0]["version"]) + 1 if last else 1
    row = {
        "version": number,
        "trained_at": wall_now(),
        "digest": version.digest,
        "n_texts": len(version.labelled),
        "n_decided": int(version.labelled["is_decided"].sum()),
        "n_categories": version.labelled["category"].n_unique(),
        "sure": version.sure,
        "curve": json.dumps([version.curve.margins, version.curve.shares]),
    }
    quality = version.quality.with_columns(version=pl.lit(number))
    for table, frame in (("category_models", pl.DataFrame([row])), ("category_quality", quality)):
        lake.con.register("of_version", frame)
        lake.con.execute(f"insert into lake.{table} by name select * from of_version")
        lake.con.unregister("of_version")
    return number


def _told(quality: pl.DataFrame, counts: pl.DataFrame) -> list[dict[str, Any]]:
    """Put what was done beside how well the version does it, a row a category."""
    done = counts.filter(pl.col("state") != "undetermined")
    wide = done.select(
        "category",
        *(pl.when(pl.col("state") == s).then("n").otherwise(0).alias(a) for s, a in DONE.items()),
    )
    every = wide.with_columns(category=pl.lit(EVERY))
    sums = pl.concat([wide, every]).group_by("category").agg(pl.col(*DONE.values()).sum())
    rows = quality.join(sums, on="category", how="left").with_columns(
        pl.col(*DONE.values()).fill_null(0)
    )
    left = counts.filter(pl.col("state") == "undetermined")["n"].sum()
    undetermined = pl.DataFrame({"category": ["undetermined"], "assigned": [left]})
    return (
        pl.concat([rows, undetermined], how="diagonal_relaxed")
        .select("category", *DONE.values(), pl.exclude("category", *DONE.values()))
        .sort(pl.col("category") == EVERY, "assigned", descending=True, maintain_order=True)
        .to_dicts()
    )
