"""Tests of the papers: what they say, how they lie on the page, and what the files carry."""
