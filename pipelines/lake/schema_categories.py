"""Tables of the lake about categories from texts: versions of the model, guesses, decisions."""

CATEGORY_TABLES: dict[str, dict[str, str]] = {
    # key: version. What the categoriser was trained on and how it did on texts it had not seen; the
    # fitted model is made again from them (pipelines/problems/categorise.py).
    "category_models": {
        "version": "bigint",  # 1, 2, ...: another one only where what it learns from has changed
        "trained_at": "timestamptz",
        "digest": "varchar",  # of the texts, their categories and the way of training
        "n_texts": "bigint",  # contacts it learnt from
        "n_decided": "bigint",  # of them with a category an analyst decided
        "n_categories": "bigint",
        "sure": "double",  # the confidence from which a contact is named
        "curve": "varchar",  # JSON: margins and the confidence at each
    },
    # key: version, category. On texts not seen in training; category `*`: over all, weighted.
    "category_quality": {
        "version": "bigint",
        "category": "varchar",
        "n": "bigint",  # texts
        "precision": "double",  # of the best guess, whether sure or not
        "recall": "double",
        "f1": "double",
        "covered": "double",  # share of the texts with a sure guess
        "sure_precision": "double",  # of the sure guesses of this category; null: there are none
    },
    # key: contact_id. What the latest version to look at a contact made of its text.
    "category_guesses": {
        "contact_id": "varchar",
        "received_date": "date",  # the contact's
        "version": "bigint",
        "guessed_at": "timestamptz",
        # named: given to the contact; undetermined: not sure enough; contradicted: surely another
        # than the recorded one, which stays
        "state": "varchar",
        "category": "varchar",  # the best guess
        "confidence": "double",  # share of such guesses that are right, 0-1
        "suggested": "varchar",  # the best ones, best first, joined by ;
    },
    # key: decision_id, contact_id. Decisions of analysts, copied from the desk; the last one of a
    # contact stands in contacts.
    "category_decisions": {
        "decision_id": "varchar",
        "seq": "bigint",  # the order of the desk
        "decided_at": "timestamptz",
        "who": "varchar",  # id of the profile
        "contact_id": "varchar",
        "category": "varchar",  # null: none of the known ones
        "was": "varchar",  # what the contact had before
        "was_source": "varchar",
    },
    # key: category, version. Fits of sub-topics of a category (pipelines/problems/subtopics.py).
    "subtopic_fits": {
        "category": "varchar",
        "version": "bigint",  # 1, 2, ... within the category
        "fitted_at": "timestamptz",  # product time
        "digest": "varchar",  # of the texts and the way of fitting
        "n_texts": "bigint",  # distinct texts it was fitted to
        "n_topics": "bigint",
        "least": "double",  # a text that leans less on its best topic fits none
        # of the texts that fitted a topic of the version before, the share that fits the same one
        # now; null: the first version
        "stability": "double",
    },
    # key: category, version, term. The terms a fit knows.
    "subtopic_terms": {
        "category": "varchar",
        "version": "bigint",
        "term": "varchar",  # a stem, or two
        "idf": "double",
    },
    # key: category, version, topic, term. How much a term weighs in a topic; 0 is left out.
    "subtopic_weights": {
        "category": "varchar",
        "version": "bigint",
        "topic": "varchar",
        "term": "varchar",
        "weight": "double",
    },
    # key: topic. The sub-topics there have ever been, as they stand now: name and words of the last
    # fit that had it, and what analysts made of them (pipelines/shift/subtopics.py).
    "subtopics": {
        "topic": "varchar",  # <category>-<number>: the same from version to version
        "category": "varchar",
        "version": "bigint",  # the last one that has it
        "first_version": "bigint",
        "name": "varchar",  # the machine's
        "words": "varchar",  # telling ones, joined by ;
        "n_texts": "bigint",  # of the fit, that lean on it most
        "similarity": "double",  # to itself in the version before, 0-1; null: it is new
        "given_name": "varchar",  # an analyst's; null: none
        "is_hidden": "boolean",
        "counts_as": "varchar",  # the topic it was merged into, else itself
    },
    # key: contact_id, category. The sub-topic of each contact of late with a text.
    "subtopic_guesses": {
        "contact_id": "varchar",
        "received_date": "date",  # the contact's
        "category": "varchar",  # the contact's when it was looked at
        "version": "bigint",
        "topic": "varchar",  # none: it fits none
        "weight": "double",  # how far the text leans on it
    },
}
