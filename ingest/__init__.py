"""Ingestion: files of abstracts become papers, chunks and the three stores that hold them."""
