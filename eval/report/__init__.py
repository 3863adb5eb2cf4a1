"""Reports for terminals, browsers, pull requests and CI servers."""
