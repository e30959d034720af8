"""Who is one citizen: literal identifiers in, literal groups out."""

from datetime import UTC, datetime, timedelta

import polars as pl

from pipelines.lake.identity import link, shared_keys

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOBODY = pl.DataFrame(schema={"contact_id": pl.String})


def rows(*found: tuple[str, str, str], days: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        [(c, kind, key, T0 + timedelta(days=days)) for c, kind, key in found],
        schema={
            "contact_id": pl.String,
            "kind": pl.String,
            "key": pl.String,
            "received_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )


def citizens(groups) -> dict[str, str | None]:
    return dict(groups.contacts.sort("contact_id").rows())


def put(lake, frame, groups) -> None:
    lake.con.register("f", frame)
    lake.con.execute("insert into lake.identity by name select * from f")
    lake.con.register("g", groups.keys)
    lake.con.execute("insert into lake.identity_groups by name select * from g")


def test_keys_met_in_one_contact_belong_to_one_citizen_whose_key_is_the_least(lake):
    new = rows(
        ("c1", "phone", "p9"), ("c1", "citizen", "k2"), ("c2", "phone", "p9"), ("c3", "phone", "p1")
    )
    assert citizens(link(lake, new, NOBODY)) == {"c1": "k2", "c2": "k2", "c3": "p1"}


def test_a_later_contact_joins_two_citizens_known_apart(lake):
    old = rows(("c1", "phone", "p1"), ("c2", "email", "e1"))
    put(lake, old, link(lake, old, NOBODY))
    bridge = rows(("c3", "phone", "p1"), ("c3", "email", "e1"), days=1)
    assert citizens(link(lake, bridge, NOBODY)) == {"c1": "e1", "c2": "e1", "c3": "e1"}


def test_a_chain_of_contacts_is_one_citizen_however_long(lake):
    chain = [
        (f"c{i:02}", kind, f"k{i + j:02}")
        for i in range(30)
        for j, kind in ((0, "phone"), (1, "email"))
    ]
    assert set(citizens(link(lake, rows(*chain), NOBODY)).values()) == {"k00"}


def test_a_phone_of_more_than_five_citizens_joins_nobody():
    office = [(f"c{i}", "phone", "office") for i in range(6)]
    own = [(f"c{i}", "citizen", f"inn{i}") for i in range(6)]
    assert shared_keys(rows(*office, *own))["key"].to_list() == ["office"]
    assert shared_keys(rows(*office[:5], *own[:5])).is_empty()


def test_a_key_with_more_than_twenty_contacts_in_thirty_days_joins_nobody(lake):
    robot = rows(*((f"c{i:02}", "phone", "robot") for i in range(21)))
    assert shared_keys(robot)["key"].to_list() == ["robot"]
    assert set(citizens(link(lake, robot, NOBODY)).values()) == {None}
    assert shared_keys(robot.head(20)).is_empty()
    rare = pl.concat([rows((f"c{i:02}", "phone", "p"), days=2 * i) for i in range(30)])
    assert shared_keys(rare).is_empty()


def test_rows_of_a_replaced_contact_no_longer_count(lake):
    old = rows(("c1", "phone", "wrong"), ("c2", "phone", "wrong"))
    put(lake, old, link(lake, old, NOBODY))
    again = rows(("c1", "phone", "right"))
    replaced = pl.DataFrame({"contact_id": ["c1"]})
    assert citizens(link(lake, again, replaced))["c1"] == "right"
