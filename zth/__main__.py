"""`python -m zth`."""

from zth.cli import main

main()
