"""Nothing: a page has no limits to set. The worker's modules import it, and are not started."""
