from math import factorial

from chocolate_factory.fleet import process_map


def test_results_of_several_processes_come_in_the_order_of_the_items():
    assert list(process_map(2)(factorial, range(8))) == [factorial(n) for n in range(8)]
