"""Programs that run as processes of their own, most of them in the environments of the peers."""
