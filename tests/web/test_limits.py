"""How often one address may ask."""

from dataclasses import dataclass

import pytest

from chocolate_factory.web.limits import ADDRESSES_KEPT, Budget


@dataclass
class Watch:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch():
    return Watch()


def test_a_burst_is_served_and_then_as_many_as_come_back(watch):
    budget = Budget(3, 0.5, watch)
    assert [budget.wait_s("192.0.2.7") for _ in range(4)] == [0, 0, 0, 2.0]
    watch.at += 1
    assert budget.wait_s("192.0.2.7") == 1.0
    watch.at += 1
    assert [budget.wait_s("192.0.2.7") for _ in range(2)] == [0, 2.0]


def test_a_long_rest_gives_no_more_than_the_burst(watch):
    budget = Budget(2, 1.0, watch)
    budget.wait_s("192.0.2.7")
    watch.at += 86_400
    assert [budget.wait_s("192.0.2.7") for _ in range(3)] == [0, 0, 1.0]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("testclient", "other", False),
    ],
)
def test_addresses_that_one_machine_can_have_share_a_budget(watch, one, other, together):
    budget = Budget(1, 1.0, watch)
    assert budget.wait_s(one) == 0
    assert bool(budget.wait_s(other)) is together


def test_many_addresses_do_not_fill_the_memory(watch):
    budget = Budget(1, 1.0, watch)
    for n in range(ADDRESSES_KEPT + 100):
        budget.wait_s(f"10.0.{n // 256}.{n % 256}")
    assert len(budget._left) == ADDRESSES_KEPT
