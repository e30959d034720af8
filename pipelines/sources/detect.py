"""`detect`: which source a file is of. Its content decides; its name only breaks a tie."""

from pathlib import Path

from pipelines.errors import SourceError
from pipelines.sources import cdr, queue_table
from pipelines.sources.canonical import COLUMNS, ID, known_columns
from pipelines.sources.chatwoot_shapes import looks_like_chatwoot
from pipelines.sources.context import CANONICAL, Context
from pipelines.sources.formats import CDR, CSV, EMPTY, NESTED, QUEUE_LOG, file_format, names, sample
from pipelines.sources.json_paths import first_key
from pipelines.sources.profile import Profile
from pipelines.sources.profile_rows import way_of

# columns two logs share tell nothing; these tell one log from the others
_TELLING = {
    name: set(COLUMNS[name]) - set().union(*(COLUMNS[n] for n in CANONICAL if n != name))
    for name in CANONICAL
}


def detect(path: Path, context: Context) -> str:
    """Return the name of the source a file is of.

    Raises:
        SourceError: the file cannot be read, or fits no source or several equally well.
    """
    form = file_format(path)
    if form in (QUEUE_LOG, CDR):
        return form
    if form in NESTED and looks_like_chatwoot(sample(path, form)):
        return "chatwoot"
    found = set() if form == EMPTY else names(path, form)
    scores = (
        _scores(path, form, found, context) if form != EMPTY else dict.fromkeys(context.known, 0)
    )
    best = [name for name, score in scores.items() if score == max(scores.values())]
    if len(best) > 1:
        stem = path.name.lower()
        best = [name for name in best if name in stem]
        # `queue_log` and a profile `log` may both stand in a name: the longer says more
        best = sorted(best, key=len)[-1:]
    if len(best) == 1:
        return best[0]
    raise SourceError(
        f"{path.name}: it is not clear which log this is ({form}, {len(found)} columns, "
        f"{'several logs fit equally' if scores else 'none has the id column of a known log'}). "
        f"Say it with --source; known: {', '.join(context.known)}."
    )


def _scores(path: Path, form: str, found: set[str], context: Context) -> dict[str, int]:
    """Score every source whose id column is there: telling columns, known ones, less the others."""
    lower = {name.strip().lower() for name in found}
    scores = {}
    for dataset in CANONICAL:
        own = lower & known_columns(dataset)
        has_id = ID[dataset] in lower or (dataset == "feedback" and "case_number" in lower)
        is_time = {"event_at", "at", "kind"} <= lower | {
            "at" if "event_at" in lower else "event_at"
        }
        if not has_id or (dataset == "events" and not is_time):
            continue
        if len(own) < 2:
            continue
        scores[dataset] = 100 * len(lower & _TELLING[dataset]) + 2 * len(own) - len(lower)
    queue_columns = queue_table.columns(found)
    if form == CSV and not queue_columns:
        queue_columns = queue_table.places(path)
    for name, told in (
        ("queue_log", queue_columns),
        (cdr.SOURCE, cdr.columns(found)),
    ):
        if told:
            scores[name] = 100 * len(told)
    for name, profile in context.profiles.items():
        mine = _names_for(path, form, found, profile)
        telling, reads = set(profile.recognised_by), set(map(first_key, profile.reads))
        if form in NESTED:
            telling = set(map(first_key, telling))
        else:  # columns of a table are found however their letters are written
            mine, telling, reads = (set(map(str.lower, some)) for some in (mine, telling, reads))
        if telling and telling <= mine:
            # a profile names whole sets of columns, so its fit weighs more than any single name
            scores[name] = 100 * (1 + len(reads & mine))
    return scores


def _names_for(path: Path, form: str, found: set[str], profile: Profile) -> set[str]:
    """Return the columns of a file as a profile would read it."""
    way = way_of(profile)
    if profile.format and profile.format != form and not (profile.records and form in NESTED):
        return set()
    if way.is_plain:
        return found
    try:
        return names(path, profile.format or form, way)
    except SourceError:  # it has no such line or sheet, so it is none of this profile's
        return set()
