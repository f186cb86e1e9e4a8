"""What an error tells over HTTP besides its text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from chocolate_factory.errors import Infeasible, WayOut
from chocolate_factory.web import problems


def test_an_impossible_plan_tells_its_ways_out_with_prices_and_times() -> None:
    begin, end = datetime(2025, 11, 22, 13, tzinfo=UTC), datetime(2025, 11, 22, 15, tzinfo=UTC)
    way = WayOut("overtime", "staff for 2 h more", 451.25, 60.0, hours=2.0, staffed=((begin, end),))
    told = problems.of_factory_error(
        Infeasible(("too much work",), (way,), ("more power was not tried",)),
        path="/plan/pin",
        request_id="1",
    )
    document = json.loads(told.model_dump_json())
    assert document["status"] == 409
    assert document["reasons"] == ["too much work"]
    assert document["untried"] == ["more power was not tried"]
    (found,) = document["ways_out"]
    assert (found["kind"], found["plan_eur"], found["extra_eur"]) == ("overtime", 451.25, 60.0)
    assert found["staffed"] == [["2025-11-22T13:00:00Z", "2025-11-22T15:00:00Z"]]
