"""A report is held against the blessed one."""
