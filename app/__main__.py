"""`python -m app ask …` is `askpapers ask …`."""

from app.start import main

main()
