"""Recipes over REST: the list, texts, and checking while one types."""

from __future__ import annotations

import time
from typing import Any

import httpx
import little
from made_server import problem

from ziffern import recipe
from ziffern.serving import recipes
from ziffern.serving.limits import Limits


def check(client: httpx.Client, **given: Any) -> dict[str, Any]:
    answer = client.post("/v1/recipes/check", json=given)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_list_has_all_shipped_recipes(client: httpx.Client) -> None:
    found = client.get("/v1/recipes").json()["recipes"]
    assert [each["name"] for each in found] == recipe.names()
    marvin = next(each for each in found if each["name"] == "marvin")
    assert marvin["title"] == "Marvin"
    assert marvin["parameters"] == recipe.load("marvin").network.parameters
    assert 0.98 < marvin["measured"]["accuracy"] < 1


def test_texts(client: httpx.Client) -> None:
    found = client.get("/v1/recipes/quick").json()
    assert recipe.parse(found["text"], name="quick") == recipe.load("quick")
    detail = problem(client.get("/v1/recipes/quik"), 404, "not-found")
    assert "did you mean 'quick'" in detail
    assert client.get("/v1/recipes/..%2Frecipe").status_code == 404


def test_a_right_recipe_comes_back_with_shapes_and_costs(client: httpx.Client) -> None:
    found = check(client, recipe="little", text=little.RECIPE, changes={"train.epochs": 5})
    assert found["mistakes"] == []
    told = found["recipe"]
    network = recipe.parse(little.RECIPE).network
    assert (told["name"], told["epochs"], told["measured"]) == ("little", 5, None)
    assert told["parameters"] == network.parameters
    assert [layer["shape"] for layer in told["layers"]] == [
        list(stage.output_shape) for stage in network.stages
    ]
    assert sum(layer["multiply_adds"] for layer in told["layers"]) == told["multiply_adds"]


def test_all_mistakes_come_with_their_lines(client: httpx.Client) -> None:
    text = 'layers = """\nFlatten()\nDens(10)\n"""\n[train]\nepochs = "two"\nepoch = 3\n'
    found = check(client, text=text)
    assert found["recipe"] is None
    assert [mistake["line"] for mistake in found["mistakes"]] == [None, 3, 6, 7]
    assert "did you mean 'Dense'" in found["mistakes"][1]["text"]
    (mistake,) = check(client, text="title = 'x'\nlayers = =\n")["mistakes"]
    assert mistake["line"] == 2
    (mistake,) = check(client, recipe="quick", changes={"train.epochs": 5000})["mistakes"]
    assert mistake == {"line": None, "text": "train.epochs is 5,000; this server trains 1,000"}
    (mistake,) = check(client, recipe="nobody")["mistakes"]
    assert "unknown recipe 'nobody'" in mistake["text"]


def test_it_is_quick_enough_to_be_asked_while_typing() -> None:
    times = []
    for _ in range(5):
        began = time.process_time()
        recipes.check("flagship", recipes.text("flagship"), {}, Limits())
        times.append(time.process_time() - began)
    assert min(times) < 0.1
