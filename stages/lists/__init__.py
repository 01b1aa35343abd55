"""Lists that a user gives by path, read into memory or into a file that workers share."""
