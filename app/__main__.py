"""`python -m app ask …` is `askpapers ask …`."""

from app.cli import main

main()
