"""The tables of the lake: one definition of every column, its type and its meaning.

Times are UTC instants (`*_at`), durations seconds (`*_s`), `received_date` the local day (service's
zone) of the contact's `received_at`: the unit of partitions, marts and rebuilding. DuckLake has no
primary keys: each table's key is stated here and held by the code that writes it.
"""

from pipelines.lake.schema_categories import CATEGORY_TABLES
from pipelines.lake.schema_coaching import COACHING_TABLES
from pipelines.lake.schema_reviews import REVIEW_TABLES

# 2: clocks without what stands in their contacts; 3: flagged rows; 4: acts of the shift;
# 5: editions, reviews, versions of the categoriser; 6: sub-topics, coaching; 7: contrasts;
# 8: unjudged; 9: the base period of scores, bursts of lines and of lost contacts;
# 10: next replies in mart_operator_parts (marts are made anew by their own fingerprint);
# 11: settled days say until when a leg of theirs is open
SCHEMA_VERSION = 11

# table -> {column: DuckDB type}
TABLES: dict[str, dict[str, str]] = {
    # key: contact_id. One approach of one citizen over one channel.
    "contacts": {
        "contact_id": "varchar",  # <source>:<native id>
        "source": "varchar",  # name of the adapter or profile
        "channel": "varchar",  # phone, chat, portal, video, callback
        "platform": "varchar",
        "line": "varchar",  # of the first leg; an unknown line keeps its own name
        "case_number": "varchar",
        "citizen_key": "varchar",  # null: nothing known of the citizen
        "language": "varchar",
        "region": "varchar",
        "category": "varchar",  # as recorded now; unknown categories keep their own name
        # recorded, model, analyst; analyst without a category: decided that none of them fits
        "category_source": "varchar",
        "first_category": "varchar",  # before the log first recategorised it; null: it never did
        "feedback_type": "varchar",  # complaint, suggestion, gratitude
        "is_complex": "boolean",
        "menu_choice": "varchar",  # technical, access, emergency, ...
        "due_at": "timestamptz",  # a deadline the source itself names
        "outcome": "varchar",  # null: still open
        "rating": "double",
        "received_at": "timestamptz",
        "received_date": "date",
        "is_staffed": "boolean",  # the line is staffed at received_at
        "operator_id": "varchar",  # who ended it, else who answered last
        "transferred_to": "varchar",
        "escalated_to": "varchar",  # phone, video
        "confirmation_channel": "varchar",  # several joined by ;
        "verification_result": "varchar",
        "callback_result": "varchar",  # reached, attempted
        "callback_due_at": "timestamptz",
        "closed_by": "varchar",
        "parent_contact_id": "varchar",
        "about_contact_id": "varchar",
        "n_messages": "integer",  # stored messages of a chat; null elsewhere
        "n_reassigned": "integer",
        "text": "varchar",  # masked
        "file_id": "varchar",  # the ledger row it came from last
    },
    # key: contact_id, leg. One stay in one queue.
    "legs": {
        "contact_id": "varchar",
        "leg": "integer",  # 1, 2, ...
        "source": "varchar",
        "channel": "varchar",
        "line": "varchar",
        "queued_at": "timestamptz",
        "answered_at": "timestamptz",
        "left_at": "timestamptz",  # end of the stay with this queue or operator; null: still there
        "left_as": "varchar",  # answered, abandoned, flowed_out, open (= waiting)
        "operator_id": "varchar",
        "ring_s": "double",
        "talk_s": "double",
        "hold_s": "double",
        "wrap_s": "double",
        "received_at": "timestamptz",  # the contact's
        "received_date": "date",
    },
    # key: contact_id, seq. What happened, when, by whom; append-only but for a replaced contact.
    "events": {
        "contact_id": "varchar",
        "seq": "integer",  # order within the contact, from 1
        "event_at": "timestamptz",
        "kind": "varchar",
        "leg": "integer",
        "line": "varchar",
        "operator_id": "varchar",
        "value": "varchar",  # masked where it is text
        "source": "varchar",
        "received_at": "timestamptz",  # the contact's
        "received_date": "date",
    },
    # key: operator_id, event_at, state
    "operator_events": {
        "operator_id": "varchar",
        "event_at": "timestamptz",
        "state": "varchar",  # login, logout, pause, resume
        "reason": "varchar",
        "source": "varchar",
    },
    # key: operator_id
    "operators": {
        "operator_id": "varchar",
        "team": "varchar",
        "skills": "varchar",  # joined by ;
        "hired_on": "date",
    },
    # key: operator_id. The one table with names of people; read only through dashboard/access.py.
    "operator_names": {"operator_id": "varchar", "name": "varchar"},
    # key: contact_id, kind, key. `key` is a keyed hash of an identifier.
    "identity": {
        "contact_id": "varchar",
        "kind": "varchar",  # phone, citizen (INN or SNILS), email, case, citizen_ref
        "key": "varchar",
        "received_at": "timestamptz",
    },
    # key: key. Which citizen an identifier belongs to now; null: joins nobody (shared by too many).
    "identity_groups": {"key": "varchar", "citizen_key": "varchar"},
    # key: act_id. What people of the shift did and noted, copied from the desk (pipelines/shift).
    "acts": {
        "act_id": "varchar",
        "seq": "bigint",  # the order of the desk
        "acted_at": "timestamptz",
        "who": "varchar",  # id of the profile, or who ran the command
        "kind": "varchar",  # pipelines/shift/acts.py, KINDS
        "incident_id": "varchar",  # null: of the shift
        "text": "varchar",  # masked: of an announcement, a note, a hand-over, a reason
        "args": "varchar",  # JSON of the rest: fields of the incident, contacts
    },
    # key: incident_id. Made from the acts: opened, changed, restored; never of one withdrawn.
    "incidents": {
        "incident_id": "varchar",
        "category": "varchar",
        "region": "varchar",
        "line": "varchar",
        "detected_at": "timestamptz",
        "restored_at": "timestamptz",
        "is_complex": "boolean",
        "note": "varchar",
    },
    # key: case_number, contact_id. The journal's own entries, to reconcile with.
    "journal": {
        "case_number": "varchar",
        "contact_id": "varchar",
        "channel": "varchar",
        "received_at": "timestamptz",
        "received_date": "date",
    },
    # key: source, row_key. Call detail records of the exchange, to reconcile with: a call is all
    # records of one call_id.
    "cdr": {
        "source": "varchar",
        "row_key": "ubigint",
        "record_id": "varchar",  # of the caller's channel (uniqueid): the callid of a queue_log
        "call_id": "varchar",  # of the call as a whole (linkedid)
        "started_at": "timestamptz",
        "answered_at": "timestamptz",
        "ended_at": "timestamptz",
        "talk_s": "double",
        "disposition": "varchar",  # ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION
        "app": "varchar",  # the application that ended it: Queue, Dial, Hangup, ...
        "line": "varchar",  # of the queue, else of the number dialled; null: neither is known
        "has_queue": "boolean",
        "phone_key": "varchar",  # keyed hash of the caller's number
        "operator_id": "varchar",  # the device the caller was put through to
        "received_date": "date",  # local day of started_at
    },
    # key: promise, promise_version, contact_id, number, since_at. See pipelines/promises. Narrow: a
    # contact has a dozen, and what they share stands in contacts.
    "clocks": {
        "promise": "varchar",
        "promise_version": "integer",
        "kind": "varchar",  # clock, share, mean; reading: a clock shown beside its promise only
        "contact_id": "varchar",
        "number": "integer",  # 1; 2.. after a late reopening or a next message
        "received_date": "date",  # the contact's
        "judged_category": "varchar",  # at the deadline, if not the contact's now; '': none
        "since_at": "timestamptz",  # a clock that went on after a reopening has a row for each run:
        "until_at": "timestamptz",  # the moments it speaks of; null: from ever, for ever
        "started_at": "timestamptz",
        "due_at": "timestamptz",  # for a share: when it matures
        "stopped_at": "timestamptz",
        "stop_kind": "varchar",  # stopped, gave_up (cancels), failed (a breach at stopped_at)
        "paused_s": "double",
        "value": "double",  # mean: the measured seconds
    },
    # key: source, row_key. Which input rows are in the lake: exactly once.
    "source_rows": {
        "source": "varchar",
        "row_key": "ubigint",  # hash of the row's identity (id and leg; for events: the whole row)
        "row_hash": "ubigint",  # hash of the row's content
        "row_at": "timestamptz",  # time the row speaks of, to prune by
        "contact_id": "varchar",
        "file_id": "varchar",
    },
    # key: source, row_key. Rows of a log that came by its second form too (the exchange's table of
    # its queue_log), to hold one form against the other. See pipelines/lake/copies.py.
    "row_copies": {
        "source": "varchar",
        "row_key": "ubigint",
        "row_at": "timestamptz",
        "contact_id": "varchar",
        "file_id": "varchar",
    },
    # key: source, item. What a source can know: event kinds and header fields; `not <kind>`: one of
    # its logs cannot say this kind (pipelines/reference/vocabulary.py).
    "source_provides": {"source": "varchar", "item": "varchar"},
    # key: file_id. The ledger.
    "files": {
        "file_id": "varchar",
        "name": "varchar",  # base name
        "source": "varchar",
        "sha256": "varchar",  # whole files; for a tailed file of its first 4 kB
        "size": "bigint",
        "position": "bigint",  # bytes consumed (tailed files); = size for whole ones
        "is_tail": "boolean",
        "is_partial": "boolean",  # its first `read` rows are in; the same file again goes on there
        "read": "bigint",
        "accepted": "bigint",
        "updated": "bigint",
        "duplicate": "bigint",
        "quarantined": "bigint",
        "seconds": "double",
        "ingested_at": "timestamptz",
        "note": "varchar",  # e.g. unknown extra columns, unknown event kinds with counts
    },
    # key: quarantine_id. One row an input row that was not accepted.
    "quarantine": {
        "quarantine_id": "varchar",
        "source": "varchar",
        "dataset": "varchar",
        "file": "varchar",
        "file_id": "varchar",
        "row_no": "bigint",  # line or row in the file, from 1
        "row_key": "ubigint",
        "expectations": "varchar",  # ids of the failed rules, joined by ;
        "reason": "varchar",
        "action": "varchar",
        "row": "varchar",  # JSON of the masked row
        "row_at": "timestamptz",
        "quarantined_at": "timestamptz",
        "status": "varchar",  # held, retried
    },
    # key: file_id, row_no, expectation. Rows that broke a warning and went on: some of each file
    # and rule, to look at (pipelines/quarantine.py); checks has their number.
    "flagged": {
        "source": "varchar",
        "dataset": "varchar",
        "file": "varchar",
        "file_id": "varchar",
        "row_no": "bigint",
        "expectation": "varchar",
        "contact_id": "varchar",
        "row_at": "timestamptz",
        "row": "varchar",  # JSON of the columns the rule looks at, masked
        "flagged_at": "timestamptz",
    },
    # key: run_id, dataset, expectation. Results of Great Expectations.
    "checks": {
        "run_id": "varchar",
        "run_at": "timestamptz",
        "source": "varchar",
        "file": "varchar",
        "dataset": "varchar",
        "expectation": "varchar",  # id of the rule
        "severity": "varchar",  # critical, warning
        "description": "varchar",
        "action": "varchar",
        "n_rows": "bigint",
        "n_failed": "bigint",
        "is_success": "boolean",
    },
    # What a contact was before a later version of it came.
    "contact_change": {
        "contact_id": "varchar",
        "changed_at": "timestamptz",
        "file_id": "varchar",
        "old": "varchar",  # JSON of the replaced header
    },
    # Days whose marts must be made again; with needs_clocks their contacts are judged first. Rows
    # may repeat: a day is clean when none is left.
    "dirty_days": {"received_date": "date", "needs_clocks": "boolean"},
    # Contacts of the last ticks, whose clocks are made within seconds (pipelines/touched.py). Rows
    # may come twice.
    "unjudged": {"contact_id": "varchar", "received_date": "date"},
    # key: received_date. Days whose marts are built, and the last moment that can change them.
    "settled_days": {
        "received_date": "date",
        "last_stop_at": "timestamptz",
        # after it no leg of the day waits or talks (marts/relations.py); null: not said by the
        # program that built the day
        "open_until": "timestamptz",
    },
    # key: period_start, operator_id. Written by pipelines/operators.
    "operator_scores": {
        "period_start": "date",
        "period_end": "date",
        "operator_id": "varchar",
        "score": "double",
        "score_low": "double",
        "score_high": "double",
        "n": "bigint",
        "reliability": "double",
        "flag": "varchar",
        "components": "varchar",  # JSON: component -> {value, expected, n, weight, ...}
        "base_start": "date",  # of the base period whose scale it is; null: the period's own scale
        "base_end": "date",  # exclusive
    },
    # key: base_start, base_end, component. The scale of scores as the base period set it: written
    # once by pipelines/operators.
    "operator_base": {
        "base_start": "date",
        "base_end": "date",  # exclusive
        "definition": "varchar",  # fingerprint of what of score.yml it was made by
        "component": "varchar",
        "unit": "double",  # one standard unit: logits of a share, shares of reviews, ln of seconds
        "centre": "double",  # mean standing of its operators, units
        "information": "double",  # of its observations, 1 / unit squared
        "scale": "double",  # of the composite, units
    },
    # key: base_start, base_end, component, level, stratum. What an average operator of the base
    # period got.
    "operator_base_strata": {
        "base_start": "date",
        "base_end": "date",  # exclusive
        "definition": "varchar",
        "component": "varchar",
        "level": "integer",  # 0: pools of work; finer ones are nested in them
        "stratum": "varchar",  # values of its columns, joined by U+001F
        "expected": "double",  # on the component's scale, as unit
    },
    # key: burst_id. Episodes of the burst detector, of one series each.
    "bursts": {
        "burst_id": "varchar",  # of its series and beginning
        "kind": "varchar",  # of the series: category, line, abandoned
        "category": "varchar",  # of kind category; * = all contacts together
        "line": "varchar",  # of line and abandoned; null of abandoned: all lines together
        "menu_choice": "varchar",  # of line: what was chosen in its menu; null: nothing
        "started_at": "timestamptz",
        "ended_at": "timestamptz",
        "peak_z": "double",
        "excess": "double",
        "contacts": "bigint",
        "window_h": "integer",
        "part_of": "varchar",  # burst_id of the episode it is a shadow of; null: its own
    },
    # key: edition_id; period, number. A published week, month or quarter, as it was: rows are only
    # ever added (pipelines/editions).
    "editions": {
        "edition_id": "varchar",
        "period": "varchar",  # 2026-W46, 2026-11, 2026-Q4
        "number": "integer",  # 1.. within the period
        "kind": "varchar",  # preliminary, final, revised
        "published_at": "timestamptz",  # wall clock
        "published_by": "varchar",  # id of the profile, who ran the command, or schedule
        "as_of": "timestamptz",  # product time the figures speak of
        "snapshot_id": "bigint",  # version of the lake they were computed on
        "promise_versions": "varchar",  # JSON: promise -> its newest version
        "category_version": "varchar",  # hash of the categories of reference data
        "checks_failed": "bigint",  # rules that failed when last run; null: none ever ran
        "checks_at": "timestamptz",  # when the last of them ran
        "figures": "varchar",  # JSON (pipelines/editions/frozen.py)
        "sha256": "varchar",  # of figures
    },
    # The rows of marts an edition was made from, of the days of its period.
    "edition_rows": {
        "edition_id": "varchar",
        "mart": "varchar",
        "received_date": "date",
        "row": "varchar",  # JSON of the row as the mart had it
    },
    "meta": {"name": "varchar", "value": "varchar"},
    **CATEGORY_TABLES,
    **COACHING_TABLES,
    **REVIEW_TABLES,
}

# large tables are partitioned by the local day of the contact
PARTITIONED = ("contacts", "legs", "events", "clocks")
# made from the other tables: of other columns they are made anew, not altered
DERIVED = ("clocks",)


def create_sql(table: str, schema: str = "lake") -> str:
    """Return the `create table` statement of one table of TABLES."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TABLES[table].items())
    return f"create table if not exists {schema}.{table} ({columns})"
