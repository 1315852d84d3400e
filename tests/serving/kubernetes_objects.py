"""Manifests as objects of the Kubernetes client."""

from kubernetes import client

PLAIN = {"str": str, "int": int, "bool": bool}


def build(kind, value, place):
    """`value` as an object of the Kubernetes client, which refuses what a field may not be.

    Raises:
        ValueError: if a field is unknown, missing or of another type.
    """
    if value is None or kind == "object":
        return value
    if kind in PLAIN:
        if type(value) is not PLAIN[kind]:
            raise ValueError(f"{place}: {value!r} is no {kind}")
        return value
    if kind.startswith("list["):
        return [build(kind[5:-1], item, f"{place}[{number}]") for number, item in enumerate(value)]
    if kind.startswith("dict("):
        of_values = kind[5:-1].split(", ")[1]
        return {key: build(of_values, item, f"{place}.{key}") for key, item in value.items()}
    model = getattr(client, kind)
    attributes = {key: attribute for attribute, key in model.attribute_map.items()}
    unknown = ", ".join(sorted(set(value) - set(attributes)))
    if unknown:
        raise ValueError(f"{place}: no field {unknown}")
    return model(
        **{
            attributes[key]: build(model.openapi_types[attributes[key]], item, f"{place}.{key}")
            for key, item in value.items()
        }
    )
