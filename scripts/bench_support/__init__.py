"""Benchmarks: ours against a floor and a peer, interleaved in one run, because only ratios of one run count."""
