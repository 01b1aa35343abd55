"""Inputs from elsewhere, fetched so that a cut, stalled or lying reply is never taken for the whole; results there."""
