"""Definitions that a validation asks for: of a release, with the packages that are named or else those installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.release import Release, find_release
from workbench.definitions.structure import StructureHead
from workbench.errors import WorkbenchError
from workbench.packages.package_shelf import PackageSet, PackageShelf
from workbench.workspace.known_definitions import USUAL_RELEASE, known_definitions
from workbench.workspace.release_evidence import find_release_evidence

# R4B changed few types of R4, and the packages of one are used with the other.
_LIKE = frozenset({"4.0", "4.3"})


@dataclass(frozen=True, slots=True)
class ChosenRelease:
    """`why` says where the release was read, to follow its name."""

    release: Release
    why: str


class RequestedDefinitions:
    """`packages` are opened at once, with what they depend on; `folder` is the package cache."""

    def __init__(self, release: str, packages: tuple[str, ...], *, folder: Path | None = None) -> None:
        """Raises WorkbenchError where a release or package is not here, or one is not made for the other."""
        self._folder = folder
        self._asked = find_release(release) if release else None
        self._shelf = PackageShelf(folder)
        named = [self._shelf.open(name) for name in packages]
        self._named: PackageSet | None = self._shelf.with_dependencies(named) if named else None
        if self._asked is not None:
            for package in named:
                _refuse_other_release(package, self._asked)

    def missing(self, definitions: Definitions) -> tuple[str, ...]:
        """The labels of packages that those held against ask for and that are not here."""
        if self._named is not None:
            return self._named.missing
        packages = (package for package in definitions.packages if isinstance(package, PackageFacts))
        return tuple(dict.fromkeys(label for package in packages for label in self._shelf.missing_of(package)))

    @property
    def decided(self) -> ChosenRelease | None:
        """The release that all are held against; None where each resource may tell of its own."""
        if self._asked is not None:
            return ChosenRelease(self._asked, "as was asked")
        if self._named is not None:
            release = self._named.release()
            return ChosenRelease(release, "by the package named")
        return None

    def choose(self, text: bytes) -> ChosenRelease:
        """Return the release to hold a resource against."""
        if self.decided is not None:
            return self.decided
        evidence = find_release_evidence(text)
        if evidence is not None:
            return ChosenRelease(evidence[0], f"by {evidence[1]}")
        return ChosenRelease(find_release(USUAL_RELEASE), "as nothing says otherwise")

    def load(self, release: Release) -> Definitions:
        if self._named is not None:
            return load_definitions(release.key, self._named.packages)
        return known_definitions(release.key)


def find_profile(name: str, definitions: Definitions) -> str:
    """Return the canonical of a profile by its canonical, or by its name or the end of its url where that is one alone.

    A version may follow in all cases, `us-core-patient|6.1.0`. Raises WorkbenchError where there is none.
    """
    bare, _, version = name.partition("|")
    heads = definitions.structure_heads()
    if "/" in bare or ":" in bare:
        near = [head for head in heads if _end_of(head.url) == _end_of(bare)]
        matching = [head for head in near if head.url == bare]
    else:
        near = matching = [head for head in heads if bare in (head.name, _end_of(head.url))]
    if version:
        matching = [head for head in matching if head.version == version]
    urls = {head.url for head in matching}
    if len(urls) == 1:
        return f"{urls.pop()}|{version}" if version else urls.pop()
    said = f"{name} names several profiles." if urls else f"There is no profile {name} in what is here."
    raise WorkbenchError(said, hint=_tell_near(bare, near, heads))


def _tell_near(name: str, near: Sequence[StructureHead], heads: Sequence[StructureHead]) -> str:
    if near:
        return f"Here are {', '.join(dict.fromkeys(f'{head.url}|{head.version}' for head in near))}."
    ends = sorted({_end_of(head.url) for head in heads if head.derivation == "constraint"})
    like = get_close_matches(_end_of(name), ends, n=3, cutoff=0.85)
    package = "Name the package that brings it by --package."
    return f"Did you mean {' or '.join(like)}? If not: {package[0].lower()}{package[1:]}" if like else package


def _end_of(url: str) -> str:
    return url.rpartition("/")[2]


def _refuse_other_release(package: PackageFacts, release: Release) -> None:
    made_for = [find_release(version).key for version in package.fhir_versions if _is_known(version)]
    if made_for and release.key not in made_for and not (release.key in _LIKE and _LIKE & set(made_for)):
        names = ", ".join(find_release(key).name for key in made_for)
        raise WorkbenchError(
            f"The package {package.label} is made for {names}, and {release.name} was asked for.",
            hint="Leave out --fhir-version, or name the package of that release.",
        )


def _is_known(version: str) -> bool:
    try:
        find_release(version)
    except WorkbenchError:
        return False
    return True
