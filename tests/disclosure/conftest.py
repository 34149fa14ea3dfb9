"""A warehouse with published nights, and a shelf of editions for each test, as the tests of editions have them."""

from tests.editions.conftest import desk, published

__all__ = ["desk", "published"]
