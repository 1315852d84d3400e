"""What of a Beam pipeline travels to its workers: everything pickled in the pipeline's specification.

As a script, it is a worker of another process: it unpickles what is in the files it is given.
"""

import base64
import bz2
import io
import json
import pathlib
import pickle
import pickletools
import re
import sys
import zlib
from collections.abc import Iterator

from apache_beam.portability.api import beam_runner_api_pb2 as api

_IN_PAYLOADS = {
    "beam:transform:pardo:v1": api.ParDoPayload,
    "beam:transform:combine_per_key:v1": api.CombinePayload,
    "beam:transform:combine_globally:v1": api.CombinePayload,
    "beam:transform:combine_grouped_values:v1": api.CombinePayload,
    "beam:transform:read:v1": api.ReadPayload,
    "beam:transform:window_into:v1": api.WindowIntoPayload,
}
_PATH = re.compile(r"/[\w.@~+/-]+")


def pickles(specification: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and payload of every function, transform, coder and source that is pickled."""
    components = api.Pipeline.FromString(specification).components
    for transform in components.transforms.values():
        for spec in _specs(transform.spec):
            yield transform.unique_name, spec.payload
    for kind in (components.coders, components.windowing_strategies):
        for name, message in kind.items():
            for spec in _specs(message):
                yield name, spec.payload


def _specs(message: object) -> Iterator[api.FunctionSpec]:
    """The pickled ones of the function specifications in a message, and in their payloads."""
    if isinstance(message, api.FunctionSpec):
        if message.urn in _IN_PAYLOADS:
            yield from _specs(_IN_PAYLOADS[message.urn].FromString(message.payload))
        elif "pickled_python" in message.urn:
            yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            values = value.values()
        else:
            values = value if field.label == field.LABEL_REPEATED else [value]
        for each in values:
            if hasattr(each, "ListFields"):
                yield from _specs(each)


class Contents(pickle.Unpickler):
    """What a pickle is made of.

    Attributes:
        type: name of the type of what was pickled, of a function without its arguments.
        modules: those whose classes and functions it names.
        paths: absolute ones, wherever they stand in it; not those of source files, which every function that
            travels by value has.
    """

    def __init__(self, payload: bytes) -> None:
        plain = _decompressed(payload)
        super().__init__(io.BytesIO(plain))
        self.modules: set[str] = set()
        texts = [argument for _, argument, _ in pickletools.genops(plain)]
        texts = [text.decode("latin-1") if isinstance(text, bytes) else text for text in texts]
        found = {path for text in texts if isinstance(text, str) for path in _PATH.findall(text)}
        self.paths = {path for path in found if not path.endswith(".py")}
        content = self.load()
        # A function stands before its arguments.
        kind = type(content[0] if isinstance(content, tuple) else content)
        # Not the qualified name: a class that travels by value leaves the function it is from behind.
        self.type = f"{kind.__module__}.{kind.__name__}"

    def find_class(self, module: str, name: str) -> object:
        self.modules.add(module)
        found = super().find_class(module, name)
        if isinstance(found, type) and issubclass(found, pathlib.PurePath):
            return self._path
        return found

    def _path(self, *parts: str) -> pathlib.Path:
        path = pathlib.Path(*parts)
        self.paths.add(str(path))
        return path


def _decompressed(payload: bytes) -> bytes:
    """As Beam's picklers compress: functions so, coders, which stand behind their name, otherwise."""
    content = base64.b64decode(payload.rpartition(b"$")[2])
    return bz2.decompress(content) if content.startswith(b"BZh") else zlib.decompress(content)


def types(specification: bytes) -> list[list[str]]:
    """Name and type of everything that travels, sorted."""
    return sorted([name, Contents(payload).type] for name, payload in pickles(specification))


if __name__ == "__main__":
    print(json.dumps([types(pathlib.Path(file).read_bytes()) for file in sys.argv[1:]]))
