"""Alerts: rules of reference data over the metrics, one episode each, told by Apprise.

    data/reference/alerts.yml + pipelines.metrics -> readings -> episodes (desk.sqlite)
        -> messages of the outbox (same transaction) -> delivery (a thread of the worker)

Pages and the command line read and acknowledge through `store`. See docs/alerts.md.
"""
