"""The watch: looks at the warehouse from outside of its scheduler, and speaks when the state of an alarm changes."""
