"""The product beside its peers: what each of them takes for the same work on the same rows (`bench_peers`)."""
