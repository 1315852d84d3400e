"""Stands in for `autoncf run`: `python fake_run.py STORY ARGUMENT...` does what the next line of STORY says.

A line is JSON: `summary` to leave in the root, a `version` to push, `errors` to write, a `status` to exit
with, a `signal` to die of, a file to hold a lock on for a minute (`hang`), with a child; both despite SIGTERM
(`stubborn`), only the child (`orphans`), or none (`alone`).
"""

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

story, told = Path(sys.argv[1]), Path(sys.argv[1]).with_suffix(".told")
with told.open("a+") as file:
    file.seek(0)
    number = len(file.readlines())
    file.write(json.dumps(sys.argv[2:]) + "\n")
step = json.loads(story.read_text().splitlines()[number])
print(f"attempt {number + 1}", flush=True)
root = Path(sys.argv[sys.argv.index("--root") + 1])
if "summary" in step:
    (root / "summary.json").write_text(step["summary"])
if "version" in step:
    (root / f"serving/recommender/{step['version']}").mkdir(parents=True)
    (root / f"serving/recommender/{step['version']}/saved_model.pb").touch()
print(step.get("errors", ""), file=sys.stderr, flush=True)
if "signal" in step:
    os.kill(os.getpid(), step["signal"])
if "hang" in step:
    if step.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(step["hang"], "w") as lock:
        is_parent = bool(step.get("alone")) or os.fork()
        fcntl.flock(lock, fcntl.LOCK_EX)
        print("hangs", flush=True)
        if is_parent and step.get("orphans"):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
sys.exit(step.get("status", 0))
