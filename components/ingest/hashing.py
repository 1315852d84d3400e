"""Hashes that are the same on every machine, in every run, whatever the order or sharding of the data."""

import hashlib

import numpy as np
import pyarrow as pa

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def hash_ids(ids: pa.Array) -> np.ndarray:
    """uint64 [ids]: 64 bits of BLAKE2b of each binary id."""
    digests = b"".join(hashlib.blake2b(each, digest_size=8).digest() for each in ids.to_pylist())
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def mix(first: np.ndarray, *others: np.ndarray | int) -> np.ndarray:
    """uint64: one hash of several, broadcast against each other, with the finaliser of SplitMix64.

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    mixed = _finalise(np.asarray(first, np.uint64))
    for other in others:
        mixed = _finalise(mixed ^ _finalise(np.asarray(other, np.uint64)))
    return mixed


def uniform(hashes: np.ndarray) -> np.ndarray:
    """float64 in [0, 1): the upper 53 bits of each hash."""
    return (hashes >> np.uint64(11)) * 2.0**-53


def _finalise(state: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        state = state + _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
