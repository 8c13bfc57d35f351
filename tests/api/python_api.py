"""Prints the public API of the Python package, one line for each name, from its stubs and sources.

A change of the output is a change for users. `cargo xtask api` writes it to `python.txt`.
"""

import sys
import tempfile
from pathlib import Path

import griffe

SOURCE = Path(__file__).parents[2] / "python" / "src"


def is_public(name: str) -> bool:
    """Returns true for names of users. Some modules define a constant of `typing` themselves."""
    return (not name.startswith("_") and name != "TYPE_CHECKING") or name in (
        "__aenter__",
        "__aiter__",
        "__await__",
        "__enter__",
        "__init__",
        "__iter__",
        "__new__",
    )


def parameters_of(function: griffe.Function) -> str:
    """Returns the parameters as in the source."""
    words: list[str] = []
    has_star = False
    kinds = griffe.ParameterKind
    for parameter in function.parameters:
        stars = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(parameter.kind, "")
        if parameter.kind is kinds.keyword_only and not has_star:
            words.append("*")
        has_star = has_star or parameter.kind in (kinds.var_positional, kinds.keyword_only)
        annotation = f": {parameter.annotation}" if parameter.annotation is not None else ""
        default = f" = {parameter.default}" if parameter.default is not None and not stars else ""
        words.append(f"{stars}{parameter.name}{annotation}{default}")
    return ", ".join(words)


def lines_of(member: griffe.Object | griffe.Alias, path: str) -> list[str]:
    """Returns the lines of a member and of its members."""
    if member.is_alias:
        return [f"{path} is {member.target_path}"]  # type: ignore[union-attr]
    if isinstance(member, griffe.Function):
        overloads = member.overloads or [member]
        return [f"{path}({parameters_of(one)}) -> {one.returns}" for one in overloads]
    if isinstance(member, griffe.Class):
        bases = ", ".join(str(base) for base in member.bases)
        members = dict(member.members)
        for base in member.mro():
            # Users have the members of a private base, and do not know the base.
            if base.name.startswith("_"):
                members = {**base.members, **members}
        inner = (
            line for name in sorted(members) if is_public(name) for line in lines_of(members[name], f"{path}.{name}")
        )
        return [f"class {path}({bases})", *inner]
    if isinstance(member, griffe.Attribute):
        annotation = f": {member.annotation}" if member.annotation is not None else ""
        return [f"{path}{annotation}"]
    return []


def load() -> griffe.Object | griffe.Alias:
    """Loads what type checkers read: the stub of a module, or else its source."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "callfluent"
        package.mkdir()
        for source in SOURCE.glob("callfluent/*.py*"):
            if source.suffix == ".pyi" or not source.with_suffix(".pyi").exists():
                (package / source.with_suffix(".py").name).write_text(source.read_text())
        return griffe.load("callfluent", search_paths=[folder], allow_inspection=False)


def main() -> None:
    package = load()
    print("# Written by `cargo xtask api`.")
    for name in sorted(package.members):
        member = package.members[name]
        if is_public(name) and not member.is_module:
            print("\n".join(lines_of(member, f"callfluent.{name}")))
    # Users can import each module whose name has no underscore, as type checkers see it, too.
    modules = [name for name, member in package.members.items() if is_public(name) and member.is_module]
    for module in sorted(modules):
        members = package[module].members
        for name in sorted(members):
            # What a module only imports is a name of another one.
            if is_public(name) and not members[name].is_alias and not members[name].is_module:
                print("\n".join(lines_of(members[name], f"callfluent.{module}.{name}")))


if __name__ == "__main__":
    sys.exit(main())
