"""Names of sub-topics: the words that tell the texts of one from the texts of the others.

Terms are ranked by c-TF-IDF: w = share of the term among all terms of the topic * ln(1 + A / f), A
the mean number of words of a topic, f how often the term stands in all of them (methods, 4.2). A
word that mostly stands in one pair is named as that pair, as most texts write it. What few texts of
the topic say, a slip of the pen among it, is no name of it.
"""

import polars as pl

MOST_WORDS = 4
MOST_PARTS = 3
LOOKED_AT = 60  # terms of a topic, best first
LEAST_TIMES = 2
LEAST_SHARE = 0.1  # of the texts that say what most of the topic say
MOSTLY = 0.4  # of the times a word stands, in one pair
TOLD = 8  # terms shown as what the topic is about


def named(terms: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """Return the name of each topic.

    Args:
        terms: row, term, written (`terms_of`), only those of the vocabulary.
        topics: row, topic of the texts that fit one.

    Returns:
        topic, name (two to four words; empty: its texts say nothing twice), words (the telling
        terms as most texts write them, joined by ;).
    """
    ranked, written = _ranked(terms.join(topics, on="row"))
    rows = []
    for (topic,), own in ranked.group_by(["topic"], maintain_order=True):
        times = dict(own.select("term", "n").rows())
        chosen = _chosen(times)
        words = [written[topic, term] for term in own["term"].head(TOLD)]
        name = ", ".join(written[topic, term] for term in chosen)
        rows.append({"topic": topic, "name": name[:1].upper() + name[1:], "words": ";".join(words)})
    return pl.DataFrame(rows, schema={"topic": pl.String, "name": pl.String, "words": pl.String})


def _ranked(said: pl.DataFrame) -> tuple[pl.DataFrame, dict[tuple[str, str], str]]:
    """Return topic, term, n, best first in each topic; and how each is mostly written."""
    counts = said.group_by("topic", "term").agg(n=pl.len(), texts=pl.col("row").n_unique())
    words = counts.filter(~pl.col("term").str.contains(" ", literal=True))
    mean = words.group_by("topic").agg(pl.col("n").sum())["n"].mean() or 0
    ranked = (
        counts.with_columns(
            w=pl.col("n")
            / pl.col("n").sum().over("topic")
            * (1 + mean / pl.col("n").sum().over("term")).log()
        )
        .filter(
            pl.col("n") >= LEAST_TIMES,
            pl.col("texts") >= LEAST_SHARE * pl.col("texts").max().over("topic"),
        )
        .sort("topic", "w", "term", descending=[False, True, False])
        .select("topic", "term", "n")
    )
    mostly = (
        said.group_by("topic", "term", "written")
        .agg(n=pl.len())
        .sort("n", "written", descending=[True, False])
        .unique(["topic", "term"], keep="first", maintain_order=True)
    )
    return ranked, {
        (topic, term): text
        for topic, term, text in mostly.select("topic", "term", "written").rows()
    }


def _chosen(times: dict[str, int]) -> list[str]:
    """Choose the terms of a name among those of a topic, best first.

    >>> _chosen({"код": 9, "код не_приход": 8, "не_приход": 8, "почт": 4, "смс": 3})
    ['код не_приход', 'почт', 'смс']
    """
    pairs = [term for term in times if " " in term]
    chosen: list[str] = []
    used: set[str] = set()
    for term in list(times)[:LOOKED_AT]:
        if _bare(term) & used:
            continue
        fuller = [
            pair for pair in pairs
            if term in pair.split(" ")
            and times[pair] >= MOSTLY * times[term]
            and not _bare(pair) & used
        ]  # fmt: skip
        best = max(fuller, key=lambda pair: times[pair]) if fuller else term
        if len(used) + len(_bare(best)) > MOST_WORDS:
            continue
        chosen.append(best)
        used |= _bare(best)
        if len(used) == MOST_WORDS or len(chosen) == MOST_PARTS:
            break
    return chosen


def _bare(term: str) -> set[str]:
    """Return the stems of a term: denied or not, a word is named once."""
    return {word.removeprefix("не_") for word in term.split(" ")}
