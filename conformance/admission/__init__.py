"""Whether a spec accuses nobody wrongly: run many times on correct implementations, on a machine that is made busy.

`weather` makes it busy, `admit` runs and judges, `ledger` keeps the runs, `command` is `conformance admit`.
"""
