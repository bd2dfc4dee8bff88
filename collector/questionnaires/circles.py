"""Finds logic that goes in a circle: answers that are worked out from each other, conditions on what they decide."""

from collections.abc import Iterator, Mapping

from collector.questionnaires.form import Bind


def find_circles(binds: Mapping[str, Bind]) -> list[str]:
    """Give the paths that depend on themselves through others, or whose condition asks for themselves.

    A calculation that names its own place is left alone: `once` and `coalesce` do so, and trying out tells the others.
    """
    needs = {path: set(_list_needs(path, binds)) for path in binds}
    own = [path for path, bind in binds.items() if bind.relevant is not None and _asks_for(bind.relevant.paths, path)]
    return list(dict.fromkeys([*own, *_walk(needs)]))


def _asks_for(paths: frozenset[str], path: str) -> bool:
    return any(each == path or each.startswith(f"{path}/") for each in paths)


def _list_needs(path: str, binds: Mapping[str, Bind]) -> Iterator[str]:
    bind = binds[path]
    for expression in (bind.calculate, bind.relevant):
        if expression is not None:
            yield from (each for each in expression.paths if each in binds and each != path)
    above = path.rpartition("/")[0]
    if above in binds:
        yield above  # what a group asks for decides whether its questions are asked


def _walk(needs: Mapping[str, set[str]]) -> Iterator[str]:
    """Give one path of every circle, by walking down and looking for what is still being walked."""
    done: set[str] = set()
    for start in needs:
        trail = [] if start in done else [start]
        pending = [iter(sorted(needs[path])) for path in trail]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                done.add(trail.pop())
            elif following in trail:
                yield following
            elif following not in done:
                trail.append(following)
                pending.append(iter(sorted(needs[following])))
