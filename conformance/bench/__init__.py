"""Benchmarks: any set of targets, interleaved in one run, as ratios against the stdlib of the same interpreter."""
