"""The digest of a night: what changed since the one published before it. Rules, counts and dates; nothing personal."""

from typing import Final

# The folder beside the reports of a night, and its name in audit.report_file.
DIGEST: Final = "digest"
