"""Papers of a village: what is printed, and the pages and PDF files made from it.

This package is the only place that knows WeasyPrint, and importing it does not load WeasyPrint: the engine is
loaded by `render_pdf` alone. It knows papers (`content`), not records: another package fills the papers from
the store. It must not read the database, the clock or the network.
"""
