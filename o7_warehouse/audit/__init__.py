"""The evidence of the audit: seals over its rows, the check of them, and the sign-off of auditors."""
