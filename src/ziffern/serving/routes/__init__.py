"""The endpoints, one module a kind: each takes a request apart and puts an answer together."""
