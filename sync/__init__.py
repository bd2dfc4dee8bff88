"""Replication of an append-only log: revisions, merging, and the storage they rest on.

The package moves revisions and knows nothing of meetings or surveys; it never imports the application.
`revisions`, `clock` and `merge` are pure; `storage` is the contract with a database engine, `sqlite` its
implementation on sqlite-utils, `log` writes what this folder records. How revisions travel is explained in
`docs/sync.md`: `receiving`, `pushing`, `pulling` and `centre` do it, and take transport and keys from outside.
"""
