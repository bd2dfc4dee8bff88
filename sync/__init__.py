"""Replication of an append-only log: revisions, merging, and the storage they rest on.

The package moves revisions and knows nothing of meetings or surveys; it never imports the application.
`revisions`, `clock` and `merge` are pure; `storage` is the contract with a database engine, `sqlite` its
implementation on sqlite-utils, `log` the only code that reads or writes the log's tables.
"""
