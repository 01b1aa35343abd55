"""The commands of `wabun`, by what a user wants to do."""
