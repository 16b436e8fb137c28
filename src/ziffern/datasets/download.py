"""Getting bytes from outside: one file by HTTP, or files of an npm package or a zip file.

Both end within a time limit and say in one line why they failed. Whether the bytes are the right
ones, and where they are kept, is `sources`' business.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path, PurePosixPath

from ziffern import __version__

# (what is being fetched, bytes so far, bytes in all or None)
Progress = Callable[[str, int, int | None], None]

SILENCE = 10.0  # seconds to wait for a connection, or for the next bytes
TOTAL = 300.0  # seconds for one file
NPM_TOTAL = 180.0  # seconds for one package
_LARGEST = 2**30  # bytes; more than any dataset of this kind


class FetchError(Exception):
    """A source did not give its content; the message is the reason, for a longer sentence.

    `gone` tells that asking it for another file is useless as well.
    """

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


def get(url: str, progress: Progress | None = None) -> bytes:
    """Return what an HTTP address holds.

    Raises:
        FetchError: no connection, an HTTP error, silence or slowness beyond the limits, or fewer
            bytes than announced.
    """
    deadline = time.monotonic() + TOTAL
    request = urllib.request.Request(url, headers={"User-Agent": f"ziffern/{__version__}"})
    content = bytearray()
    try:
        with urllib.request.urlopen(request, timeout=min(SILENCE, TOTAL)) as answer:
            announced = answer.headers.get("Content-Length")
            total = int(announced) if announced and announced.isdecimal() else None
            # read1 returns after each arrival, so that a trickle cannot outlast the deadline
            while block := answer.read1(2**18):
                content += block
                if progress:
                    progress(url, len(content), total)
                if time.monotonic() > deadline:
                    raise FetchError(f"took longer than {TOTAL:.0f} s", gone=True)
                if len(content) > _LARGEST:
                    raise FetchError("sends without end", gone=True)
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(f"HTTP {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise FetchError(_why(error.reason), gone=True) from error
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(_why(error), gone=True) from error
    if total is not None and len(content) < total:
        raise FetchError(f"connection lost after {len(content):,} of {total:,} bytes")
    return bytes(content)


def npm_files(package: str, folder: str, names: Iterable[str]) -> dict[str, bytes]:
    """Return files of an npm package, fetched by the `npm` client into a temporary folder.

    Nothing is installed and no code of the package runs (`npm pack` only downloads).

    Args:
        package: NAME@VERSION.
        folder: where in the package the files lie.
        names: their names; those that are missing are left out.

    Raises:
        FetchError: no npm, or it failed or took too long.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("npm is not installed", gone=True)
    with tempfile.TemporaryDirectory(prefix="ziffern-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        _npm_pack(npm, package, place)
        archives = sorted(place.glob("*.tgz"))
        if not archives:
            raise FetchError("npm gave no package", gone=True)
        wanted = {str(PurePosixPath("package", folder, name)): name for name in names}
        found = {}
        try:
            with tarfile.open(archives[0], "r:gz") as archive:
                for member in archive:
                    if member.isfile() and member.name in wanted:
                        file = archive.extractfile(member)
                        assert file is not None  # regular files always have content
                        found[wanted[member.name]] = file.read()
        except (tarfile.TarError, EOFError, OSError) as error:
            raise FetchError(f"npm's package is damaged ({error})", gone=True) from error
    return found


def zip_files(content: bytes, folder: str, names: Iterable[str]) -> dict[str, bytes]:
    """Return files of a zip file that was fetched, plain or as .gz; missing ones are left out.

    Raises:
        FetchError: it is damaged.
    """
    found = {}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = set(archive.namelist())
            for name in names:
                for spelling in (name, f"{name}.gz"):
                    member = str(PurePosixPath(folder, spelling))
                    if member in members:
                        found[name] = archive.read(member)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise FetchError(f"the zip file is damaged ({error})", gone=True) from error
    return found


def _npm_pack(npm: str, package: str, place: Path) -> None:
    command = [npm, "pack", package, "--loglevel=error", "--ignore-scripts", "--fetch-retries=0"]
    quiet = os.environ | {"npm_config_update_notifier": "false"}
    # to a file, because a pipe would be held open by a child that outlives a killed npm
    with (place / "messages.txt").open("w+b") as messages:
        try:
            done = subprocess.run(
                command,
                cwd=place,
                env=quiet,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                timeout=NPM_TOTAL,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise FetchError(f"npm took longer than {NPM_TOTAL:.0f} s", gone=True) from error
        except OSError as error:
            raise FetchError(f"npm does not run ({error})", gone=True) from error
        messages.seek(0)
        said = messages.read().decode(errors="replace").splitlines()
    if done.returncode != 0:
        errors = [line.removeprefix("npm error ") for line in said if "complete log" not in line]
        why = " ".join(" ".join(errors).split())[:200] or f"exit code {done.returncode}"
        raise FetchError(f"npm failed: {why}", gone=True)


def _why(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return f"no answer within {SILENCE:.0f} s"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__
