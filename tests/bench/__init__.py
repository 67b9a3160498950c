"""How fast the edge is, beside a bare route and beside the usual design, in one run."""
