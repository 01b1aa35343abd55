"""What the stages that deduplicate share: parts of the work, the order of members, clusters and their decisions."""
