"""The files that make the image, read for the tests."""

import dataclasses
import functools
import re
import shutil
from pathlib import Path

from setuptools.config.pyprojecttoml import read_configuration

REPOSITORY = Path(__file__).parents[2]


@dataclasses.dataclass
class Stage:
    """A stage of the Dockerfile: its image (without a digest), its name, and its instructions in order."""

    image: str
    name: str
    instructions: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def values(self, instruction):
        return [value for each, value in self.instructions if each == instruction]


def stages():
    """The Dockerfile's; here every instruction is in capitals, and no `ARG` comes before the first `FROM`."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found = []
    for line in lines.replace("\\\n", " ").splitlines():
        instruction, _, value = line.partition(" ")
        value = " ".join(value.split())
        if instruction == "FROM":
            image, _, name = value.partition(" AS ")
            found.append(Stage(image.partition("@")[0], name))
        elif instruction:
            found[-1].instructions.append((instruction, value))
    return found


def stage(name):
    """That of a name; the last has none."""
    return next(each for each in stages() if each.name == name)


def copied():
    """What the stages take from the tree."""
    values = [value for each in stages() for value in each.values("COPY") if not value.startswith("--from=")]
    return [source for value in values for source in value.split()[:-1]]


def install_command(wheel):
    """That of the final stage, which installs the project's wheel from a folder, here `wheel`."""
    *_, run = stages()[-1].values("RUN")
    return run.rpartition("target=/tmp/wheel ")[2].replace("/tmp/wheel", str(wheel))


def matches(path, pattern):
    """Whether a pattern of .dockerignore fits a path or a folder above it: only `**` crosses `/`."""
    wildcards = {"**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    regex = "".join(wildcards.get(piece) or re.escape(piece) for piece in pieces)
    return re.fullmatch(f"{regex}(/.*)?", str(path)) is not None


def is_sent(path):
    """Whether a path of the tree is sent to the builder, by .dockerignore: the last match decides."""
    sent = True
    for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#") and matches(path, line.removeprefix("!")):
            sent = line.startswith("!")
    return sent


def copy_context(folder):
    """A copy of what the builder has, without what .dockerignore leaves out."""
    for source in copied():
        for path in (REPOSITORY / source, *(REPOSITORY / source).rglob("*")):
            name = path.relative_to(REPOSITORY)
            if path.is_file() and is_sent(name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / name)


def locked(name):
    """Version by package of a file of requirements/."""
    text = (REPOSITORY / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


@functools.cache
def project():
    """pyproject.toml; the installed metadata are those of the time of the installation."""
    return read_configuration(REPOSITORY / "pyproject.toml", expand=False)
