"""`python -m app` is `sanlian`."""

from app.cli import main

main()
