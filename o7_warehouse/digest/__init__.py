"""The digest of a night: what changed since the one published before it. Rules, counts and dates; nothing personal."""
