"""A place like a host's container, made by hand: for a server that must do without what a developer's machine has.

Its root is read-only but for /tmp and /dev/shm, which are empty; the user is not root, is named in no file and has no
home that could be written; the only network is a loopback of its own. It takes root and Linux to make one.
"""

import functools
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc")
_ENTER = r"""
set -eu
root=$1; shift
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"  # first: what is shown may lie below it
while [ "$1" != -- ]; do  # pairs: what, and where it is to be seen
    if [ -L "$1" ]; then cp -P "$1" "$root$2"; else
        mkdir -p "$root$2"
        mount --bind "$1" "$root$2"
        mount -o remount,bind,ro "$root$2"
    fi
    shift 2
done
shift
mkdir "$root/proc" "$root/dev"
mount --rbind /proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom; do touch "$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
mkdir -m 1777 "$root/dev/shm"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/dev/shm"
mount -o remount,ro "$root/dev"
mount -o remount,ro "$root"
user=$1; shift
exec chroot --userspec="$user:$user" --groups= "$root" "$@"
"""


@functools.cache
def why_not() -> str:
    """Why there can be no enclosure here; nothing where there can be one."""
    if not sys.platform.startswith("linux"):
        return "only Linux has namespaces"
    if os.getuid() != 0:
        return "only root may make one"
    needed = ("unshare", "nsenter", "mount", "chroot", "ip")
    if missing := [name for name in needed if shutil.which(name) is None]:
        return "not installed here: " + ", ".join(missing)
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", "ip link set lo up && mount -t tmpfs tmpfs /mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stderr.strip() or "not permitted here" if tried.returncode else ""


def command(
    inner: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    user: int,
    root: Path,
    shown: Mapping[Path, str],
) -> list[str]:
    """What runs `inner` in an enclosure, in the same process, which nothing else keeps from being signalled.

    Parameters
    ----------
    inner : the program and its arguments, as they are called inside.
    folder : the folder inside that it starts in.
    environment : all that it finds of one.
    user : its number, and that of its only group.
    root : an empty folder, for the enclosure's root.
    shown : folders of this machine that can be read inside, and where.
    """
    pairs = {**{Path(place): place for place in _SYSTEM if os.path.lexists(place)}, **shown}
    told = [str(part) for pair in pairs.items() for part in pair]
    return [
        "unshare", "--net", "--mount", "sh", "-c", _ENTER, "sh", str(root), *told, "--", str(user),
        "env", "-i", "-C", folder, *(f"{name}={value}" for name, value in environment.items()), *inner,
    ]  # fmt: skip


def inside(process: int) -> list[str]:
    """The beginning of a command that has the network of an enclosure's process."""
    return ["nsenter", f"--net=/proc/{process}/ns/net"]


def copy_tracked(folder: Path, source: str, to: str = ".") -> None:
    """A file, or what is in a folder, that is under version control, as whoever clones the project has it."""
    listed = subprocess.run(["git", "ls-files", "-z", source], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        inside = Path(name).relative_to(source) if (ROOT / source).is_dir() else Path(name).name
        target = folder / to / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)


def protect(folder: Path) -> None:
    """Let everybody read what is there, and nobody write, but for root, who is asked for no permission."""
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o555 if place.is_dir() else 0o444)


def unprotect(folder: Path) -> None:
    """Let folders below this one be emptied again."""
    for place, _, _ in os.walk(folder):
        if not os.path.ismount(place):
            os.chmod(place, 0o755)


def bare_python(folder: Path) -> Path:
    """A Python that can import what requirements.txt names, what that requires, and nothing else; its path.

    The packages are links to those that are installed here: nothing is fetched.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (place,) = folder.glob("lib/python*/site-packages")
    for name in required():
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}:
            if not (place / top).exists():
                (place / top).symlink_to(distribution.locate_file(top))
    return folder / "bin" / "python"


def required() -> set[str]:
    """Names of the distributions that requirements.txt asks for, and of all that these need here."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    waiting = [Requirement(line) for line in lines if line and not line.startswith("#")]
    found: dict[tuple[str, str], None] = {}
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            if (wanted.name.lower(), extra) in found:
                continue
            found[wanted.name.lower(), extra] = None
            for line in importlib.metadata.requires(wanted.name) or ():
                needs = Requirement(line)
                if needs.marker is None or needs.marker.evaluate({"extra": extra}):
                    waiting.append(needs)
    return {name for name, _ in found}
