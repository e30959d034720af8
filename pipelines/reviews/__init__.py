"""Manual reviews of contacts by the scorecard: sampled, assigned, filled in, appealed, decided.

`acts.py` keeps what people did on the desk, append-only; `state.py` folds acts into reviews and
appeals; `form.py` is the scorecard and what its answers are worth; `sampling.py`, `reviewing.py`
and `appeals.py` are what a person may do, each checked under the desk's lock; `project.py` carries
it into the lake. See docs/reviews.md.
"""
