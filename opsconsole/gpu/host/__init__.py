"""What this host's kernel says of processes: identity, owner, cgroup, open device files."""
