"""Which contacts are of one citizen: connected groups of keyed identifiers.

Keys seen together in one contact, or under one case number, belong to one citizen; the citizen's
key is the least key of the group. A phone seen with more than 5 citizens, or a key with more than
20 contacts in 30 days, joins nobody. Source: design, section 3.
"""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from pipelines.lake.connect import Lake

MAX_CITIZENS_A_PHONE = 5
MAX_CONTACTS_A_KEY = 20
WINDOW = timedelta(days=30)

KNOWN = """
    select identity.contact_id, identity.kind, identity.key, identity.received_at
    from lake.identity as identity
    where identity.key in (select key from frontier)
"""
KEYS_OF_CONTACTS = """
    select identity.contact_id, identity.kind, identity.key, identity.received_at
    from lake.identity as identity
    where identity.contact_id in (select contact_id from frontier_contacts)
"""
SHARED = """
    select key from lake.identity_groups
    where citizen_key is null and key in (select key from frontier)
"""


@dataclass(frozen=True)
class Groups:
    """What linking found.

    `keys`: key, citizen_key (null: shared); `contacts`: contact_id, citizen_key.
    """

    keys: pl.DataFrame
    contacts: pl.DataFrame


def link(lake: Lake, new: pl.DataFrame, replaced: pl.DataFrame) -> Groups:
    """Link new identity rows with those of the lake they reach.

    Args:
        new: contact_id, kind, key, received_at; identity rows that come now.
        replaced: contact_id of contacts whose identity rows in the lake no longer count.

    Returns:
        Groups of every key and contact reached. citizen_key is null where all keys are shared.
    """
    edges = _reach(lake, new, replaced)
    shared = shared_keys(edges)
    return _components(edges, shared)


def _reach(lake: Lake, new: pl.DataFrame, replaced: pl.DataFrame) -> pl.DataFrame:
    edges = new.select("contact_id", "kind", "key", "received_at").unique()
    frontier = edges.select("key").unique()
    seen = frontier
    while len(frontier):
        known = _ask(lake, KNOWN, frontier=frontier).join(replaced, on="contact_id", how="anti")
        # keys already known as shared join nobody: do not walk through them
        through = frontier.join(_ask(lake, SHARED, frontier=frontier), on="key", how="anti")
        contacts = known.join(through, on="key", how="semi").select("contact_id").unique()
        contacts = contacts.join(edges, on="contact_id", how="anti")
        found = _ask(lake, KEYS_OF_CONTACTS, frontier_contacts=contacts)
        edges = pl.concat([edges, known, found]).unique(["contact_id", "kind", "key"])
        frontier = edges.select("key").unique().join(seen, on="key", how="anti")
        seen = pl.concat([seen, frontier])
    return edges


def _ask(lake: Lake, sql: str, **tables: pl.DataFrame) -> pl.DataFrame:
    for name, frame in tables.items():
        lake.con.register(name, frame)
    try:
        return lake.con.sql(sql).pl()
    finally:
        for name in tables:
            lake.con.unregister(name)


def shared_keys(edges: pl.DataFrame) -> pl.DataFrame:
    """Return the keys (column key) that too many share to mean one citizen.

    Args:
        edges: contact_id, kind, key, received_at; one row per identifier of a contact.
    """
    citizens = edges.filter(pl.col("kind") == "citizen").select("contact_id", citizen="key")
    phones = (
        edges.filter(pl.col("kind") == "phone")
        .join(citizens, on="contact_id")
        .group_by("key")
        .agg(pl.col("citizen").n_unique())
        .filter(pl.col("citizen") > MAX_CITIZENS_A_PHONE)
        .select("key")
    )
    per_key = edges.unique(["key", "contact_id"]).sort("key", "received_at")
    later = pl.col("received_at").shift(-MAX_CONTACTS_A_KEY).over("key")
    busy = per_key.filter(later - pl.col("received_at") <= WINDOW).select("key")
    return pl.concat([phones, busy]).unique()


def _components(edges: pl.DataFrame, shared: pl.DataFrame) -> Groups:
    """Spread the least key through contacts and keys until nothing changes."""
    pairs = edges.select("contact_id", "key").unique().join(shared, on="key", how="anti")
    pairs = pairs.with_columns(citizen_key=pl.col("key"))
    while True:
        spread = pairs.with_columns(pl.col("citizen_key").min().over("contact_id")).with_columns(
            pl.col("citizen_key").min().over("key")
        )
        if spread["citizen_key"].equals(pairs["citizen_key"]):
            break
        pairs = spread
    keys = pl.concat(
        [
            pairs.select("key", "citizen_key").unique(),
            shared.select("key", citizen_key=pl.lit(None, dtype=pl.String)),
        ]
    )
    contacts = (
        edges.select("contact_id")
        .unique()
        .join(pairs.select("contact_id", "citizen_key").unique(), on="contact_id", how="left")
    )
    return Groups(keys, contacts)
