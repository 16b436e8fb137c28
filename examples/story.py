"""The whole story in one script: data, recipe, training, evaluation, report, prediction.

    python examples/story.py              # the recipe quick
    python examples/story.py marvin

Every step is one call; `ziffern --help` has the same steps as commands.
"""

from __future__ import annotations

import sys

import ziffern
from ziffern import recipe as recipes


def main(name: str = "quick") -> None:
    """Tell the story of one recipe."""
    # 1. The data: pictures of 28×28 pixels, white ink (255) on black (0), fetched once, verified.
    digits = ziffern.datasets.load("mnist")
    print(f"{digits.title}: {len(digits.train):,} pictures to learn from ({digits.origin})")

    # 2. The network is data too: a text file that says all about a training.
    recipe = recipes.load(name)
    print(f"{recipe.title}: {recipe.summary}; {recipe.network.parameters:,} weights")
    for stage in recipe.network.stages:
        print(f"  {stage.layer!s:<60} {stage.output_shape}")

    # 3. Training writes everything into a run folder. A part of the training pictures is held
    #    out for validation; the test pictures are not even opened.
    run = ziffern.train(recipe)
    print(f"validation accuracy {run.metrics['validation']['accuracy']:.2%}")

    # 4. Now open the test set, once. 10,000 pictures still leave some doubt: hence the interval.
    result = ziffern.evaluate(run)
    low, high = result.wilson95
    print(f"test accuracy {result.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%})")

    # 5. Where it goes wrong, how sure it is, and on what machine: one page.
    print(f"report: {ziffern.write_report(run)}")

    # 6. Use it: probabilities for pictures, one row each.
    model = ziffern.load(run)
    picture = digits.test.images[:1]
    probabilities = model.predict(picture)[0]
    best = int(probabilities.argmax())
    print(f"the first test picture is a {model.class_names[best]}, {probabilities[best]:.2%} sure")


if __name__ == "__main__":
    main(*sys.argv[1:])
