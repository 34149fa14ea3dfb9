"""The outbox: issued editions on their way to who may have them, each message once and whole, with its receipt."""
