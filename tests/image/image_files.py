"""The files that make the image, read for the tests."""

import dataclasses
import fnmatch
import functools
import re
import shutil
from pathlib import Path

from setuptools.config.pyprojecttoml import read_configuration

REPOSITORY = Path(__file__).parents[2]
UV = REPOSITORY / ".uv" / "bin" / "uv"


@dataclasses.dataclass
class Stage:
    """A stage of the Dockerfile: its image, its name, and its instructions in order."""

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
            found.append(Stage(image, name))
        elif instruction:
            found[-1].instructions.append((instruction, value))
    return found


def copied():
    """What the builder takes from the tree."""
    builder = next(stage for stage in stages() if stage.name == "builder")
    return [source for value in builder.values("COPY") for source in value.split()[:-1]]


def is_sent(path):
    """Whether a path of the tree is sent to the builder, by .dockerignore: the last match decides."""
    sent = True
    for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").replace("**/", "*")
        parts = Path(path).parts
        above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        if any(fnmatch.fnmatchcase(each, pattern) for each in above):
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
