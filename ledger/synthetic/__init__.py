"""Data that is made up, by the real acts: for trials, for benchmarks, and for showing what a full
ledger looks like. A log that holds it says so for ever (`ledger.acts.service.begin_synthetic`).
"""
