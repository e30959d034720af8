"""What the people of a shift do: acts on the desk, append-only, and the incidents made of them.

`acts.py` stores them, `state.py` folds an incident's acts into what it is, `incidents.py` are the
things a person may do (each checked against that state under one lock), `project.py` carries acts
and incidents into the lake. An alert folds under `metrics.incident_for(...)`.
"""
