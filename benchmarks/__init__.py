"""Benchmarks, run by hand; each prints ratios against peers measured in the same run."""
