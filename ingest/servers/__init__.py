"""Any model server: its addresses, what its failures mean, and when it is asked again."""
