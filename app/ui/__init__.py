"""What people see: the page and the terminal."""
