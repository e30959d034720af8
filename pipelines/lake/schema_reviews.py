"""Tables of manual reviews: carried from the desk by pipelines/reviews/project.py."""

REVIEW_TABLES: dict[str, dict[str, str]] = {
    # key: act_id. What reviewers, operators and who decides did, copied from the desk.
    "review_acts": {
        "act_id": "varchar",
        "seq": "bigint",  # the order of the desk
        "acted_at": "timestamptz",
        "who": "varchar",  # id of the profile, or who ran the command
        "kind": "varchar",  # pipelines/reviews/acts.py, KINDS
        "subject": "varchar",  # review_id, appeal_id, sample_id or form_id
        "text": "varchar",  # masked: of an appeal, a decision
        "args": "varchar",  # JSON of the rest; of a draft nothing: drafts stay on the desk
    },
    # key: review_id. One contact reviewed by one person, as its acts left it.
    "reviews": {
        "review_id": "varchar",
        "contact_id": "varchar",
        "operator_id": "varchar",  # whose work is reviewed
        "reviewer": "varchar",  # id of a profile
        "how": "varchar",  # random (enters the score), risky (for coaching)
        "reasons": "varchar",  # of risky: low_rating, repeat, long_hold, burst joined by ;
        "sample_id": "varchar",
        "pair_id": "varchar",  # of two blind reviews of one contact: review_id of the first
        "form_from": "date",  # valid_from of the version of the form
        "category": "varchar",  # of the contact when it was assigned
        "line": "varchar",
        "channel": "varchar",
        "received_at": "timestamptz",  # the contact's
        "received_date": "date",
        "assigned_at": "timestamptz",
        "assigned_by": "varchar",
        "reviewed_at": "timestamptz",  # handed in; null: not yet, and nothing below is known
        "state": "varchar",  # assigned, draft, submitted, appealed, upheld, rejected
        "score": "double",  # 0..100, criteria that are not critical; null: none applied
        "n_asked": "integer",  # criteria answered yes or no
        "asked_critical": "boolean",  # a critical criterion applied
        "critical": "varchar",  # ids of critical criteria failed, joined by ;; null: none
        "is_confirmed": "boolean",  # a critical failure, by a second person; null: not said yet
        "confirmed_by": "varchar",
        "note": "varchar",  # masked
    },
    # key: review_id, criterion. Answers of reviews that were handed in.
    "review_answers": {
        "review_id": "varchar",
        "criterion": "varchar",
        "answer": "varchar",  # yes, no, na
        "weight": "double",
        "is_critical": "boolean",
        "note": "varchar",  # masked
        "received_date": "date",  # the contact's
    },
    # key: sample_id. How contacts came to be reviewed: by whom, from what, by which rule.
    "review_samples": {
        "sample_id": "varchar",
        "made_at": "timestamptz",
        "made_by": "varchar",
        "how": "varchar",  # random, risky
        "period_start": "date",
        "period_end": "date",  # exclusive
        "seed": "bigint",  # of random: the same seed and lake choose the same contacts
        "quota": "integer",  # of random: contacts an operator
        "double_share": "double",  # part of them reviewed twice, blindly
        "reviewers": "varchar",  # joined by ;
        "population": "bigint",  # contacts it was chosen from
        "contacts": "bigint",  # chosen
        "reviews": "bigint",  # assigned: more than contacts by the double ones
    },
    # key: appeal_id. What operators contest: a contact (appeal_id of its own) or a review (its id).
    "appeals": {
        "appeal_id": "varchar",
        "about": "varchar",  # contact, review
        "contact_id": "varchar",
        "review_id": "varchar",
        "operator_id": "varchar",
        "appealed_at": "timestamptz",
        "appealed_by": "varchar",
        "text": "varchar",  # masked
        "state": "varchar",  # appealed (open), upheld (out of the score), rejected
        "decided_at": "timestamptz",
        "decided_by": "varchar",
        "decision": "varchar",  # masked
    },
}
