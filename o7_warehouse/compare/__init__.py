"""What changes if: the figures of closed periods under another definition, another code or later knowledge."""
