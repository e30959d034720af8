"""Whose key hashed the identifiers of this lake: a lake goes on with its own key only.

With another key nobody met before is recognised and every event read again counts as new, so a
lost or changed key stops ingest until somebody decides. docs/privacy.md tells what to do.
"""

from pipelines.cleaning.keys import fingerprint
from pipelines.errors import LakeError
from pipelines.lake.connect import Lake

NAME = "identity_key"


def hold_to_key(lake: Lake, key: bytes) -> None:
    """Refuse a key that is not the lake's; a lake that has none yet takes this one.

    Raises:
        LakeError: the key differs, and the setting `new_key` does not name it.
    """
    now = fingerprint(key)
    known = lake.frame("select value from lake.meta where name = $name", {"name": NAME})["value"]
    if known.to_list() == [now]:
        return
    if len(known) and lake.settings.new_key != now:
        raise LakeError(
            f"{lake.settings.key}: this key ({now}) is not the one the lake was made with "
            f"({known[0]}). Put the backup of the key in its place. If it is lost for good, set "
            f"LINIYA_NEW_KEY={now}: figures of past days stay, but citizens met before and events "
            f"read before are taken for new ones (docs/privacy.md)."
        )
    with lake.transaction():
        lake.con.execute("delete from lake.meta where name = $name", {"name": NAME})
        lake.con.execute("insert into lake.meta values ($name, $now)", {"name": NAME, "now": now})
