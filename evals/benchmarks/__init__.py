"""The benchmarks that can be run, one reader of a public format a file."""
